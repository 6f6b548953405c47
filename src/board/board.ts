/** What the board shows: computed when it is looked at, from what is known and the clock. Pure. */
import type { Verdict } from "../seal/report.ts";

/** Worst last. A missing report is red by the clock alone. */
export type Light = "green" | "amber" | "red";

export interface Board {
  now: Date;
  /** The worst of all. */
  verdict: Light;
  clusters: ClusterBoard[];
  /** The newest daily report. */
  daily?: { id: string; at: Date; verdict: Verdict };
  /** The newest sabotage run. */
  sabotage?: { id: string; at: Date; verdict: Verdict; cases: number; missed: number };
  /** Of all clusters and of the day, red before amber. */
  findings: BoardFinding[];
}

/** Its texts come from signed reports, or from the board itself; they are English. */
export interface BoardFinding {
  light: Exclude<Light, "green">;
  /** Undefined: of the day. */
  cluster?: string;
  /** A code of src/fault.ts. */
  code: string;
  what: string;
  todo: string;
  /** Id of the report that says so. */
  report?: string;
}

export interface ClusterBoard {
  cluster: string;
  light: Light;
  why: { code: string; what: string; todo: string }[];
  /** The newest backup that was restored and found right. */
  newestProved?: { backup: string; committed: Date };
  newestBackup?: { backup: string; committed: Date };
  restore?: { seconds: number; target?: number };
  /** Oldest first. */
  trend: { at: Date; bytes: number; rows?: number; restoreSeconds?: number }[];
  /** The last 90 calendar days in the organisation's time zone; `report`: id of the day's. */
  days: { day: string; light: Light | "none"; report?: string }[];
}
