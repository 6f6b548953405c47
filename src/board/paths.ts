/** Where the board's pages are, on the login host. Pure. */

export const BOARD_PATH = "/backups";
export const DISPLAYS_PATH = "/backups/displays";
export const WALL_PATH = "/wall";
export const WALL_STYLE_PATH = "/wall.css";

/** Where a report is shown. */
export const reportPath = (id: string): string => `${BOARD_PATH}/reports/${encodeURIComponent(id)}`;

/** The board with the history of this cluster. */
export const clusterPath = (cluster: string): string =>
  `${BOARD_PATH}?${new URLSearchParams({ cluster }).toString()}#history`;

/** Where hosts push what they signed. */
export const EVIDENCE_PATH = "/evidence";
