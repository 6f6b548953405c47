/** Wires the board of the backups into a gateway: its routes, its entry in the menu, its sweeping. */
import { boardOf } from "../board/board.ts";
import { reportIn, type PinnedHosts } from "../board/evidence.ts";
import { boardMenu, boardRoutes } from "../board/http/board-routes.ts";
import { evidenceRoutes } from "../board/http/evidence-routes.ts";
import { openDisplayStore } from "../board/store/displays.ts";
import { evidenceOn } from "../board/store/evidence.ts";
import type { NodeOptions } from "../auth/http/serve.ts";
import type { Settings } from "../auth/settings.ts";
import type { Pool } from "../auth/store/database.ts";
import type { GatewayConfig } from "../config.ts";
import type { Fault } from "../fault.ts";
import { sha256Of } from "../seal/report.ts";
import { readVerifyKeys } from "./key-files.ts";

const DAY_MS = 86_400_000;
/** What the board looks back, and the pages of reports. */
const BOARD_MS = 91 * DAY_MS;
/** Facts are kept beyond what the board shows, for whoever asks the database. */
const FACTS_KEPT_MS = 400 * DAY_MS;

export type BoardParts = Required<Pick<NodeOptions, "areas" | "sweeps">> & { settings: Settings };

/** Nothing where no board is configured. Throws KEY_FILE_…. */
export async function boardParts(
  { board, time_zone: timeZone }: Pick<GatewayConfig, "board" | "time_zone">,
  settings: Settings,
  pool: Pool,
  refused: (fault: Fault, address: string) => void,
): Promise<BoardParts> {
  if (board === undefined) return { settings, areas: [], sweeps: [] };
  const hosts: PinnedHosts = {
    backup: await readVerifyKeys(board.backup_hosts),
    restoreTest: await readVerifyKeys(board.restore_tests),
  };
  const evidence = evidenceOn(pool);
  const ago = (now: Date, ms: number): Date => new Date(now.getTime() - ms);
  const rules = { expectMs: board.expect, clusters: board.clusters, timeZone };
  return {
    settings: { ...settings, more: [...(settings.more ?? []), boardMenu(board.roles)] },
    areas: [
      boardRoutes({
        roles: board.roles,
        displays: openDisplayStore(pool),
        board: async (now) => boardOf(await evidence.facts(ago(now, BOARD_MS)), rules, now),
        report: async (id) => {
          const envelope = await evidence.envelope(id);
          return envelope && { report: reportIn(envelope, hosts), sha256: sha256Of(envelope) };
        },
      }),
      evidenceRoutes({
        hosts,
        keep: (facts, envelope, now) => evidence.insert(facts, envelope, now),
        refused,
      }),
    ],
    sweeps: [(now) => evidence.sweep(ago(now, FACTS_KEPT_MS), ago(now, BOARD_MS))],
  };
}
