/** The board of the demo: evidence that is made and signed when it starts, and read as a host's would be. */
import { boardOf } from "../board/board.ts";
import { readEvidence } from "../board/evidence.ts";
import { boardMenu, boardRoutes } from "../board/http/board-routes.ts";
import { openDisplayStore } from "../board/store/displays.ts";
import type { NodeOptions } from "../auth/http/serve.ts";
import type { MenuEntry } from "../auth/settings.ts";
import type { Pool } from "../auth/store/database.ts";
import { EVIDENCE_CLUSTERS, sampleEvidence } from "../demo/evidence.ts";
import { sha256Of, type Report } from "../seal/report.ts";
import { newSigningKey } from "../seal/signing-key.ts";

const EXPECT_MS = 26 * 3_600_000;
/** Everybody of the demo may look. */
const ROLES = ["staff"];

/** The board's entry of the menu and its routes; its displays lie in the gateway's database. */
export function demoBoard(
  pool: Pool,
  now: Date,
  timeZone: string,
): { menu: MenuEntry; routes: NonNullable<NodeOptions["areas"]>[number] } {
  const keys = { backup: newSigningKey(), restoreTest: newSigningKey() };
  const hosts = { backup: [keys.backup], restoreTest: [keys.restoreTest] };
  const reports = new Map<string, { report: Report; sha256: string }>();
  const facts = sampleEvidence(now, timeZone, keys).map((bytes) => {
    const { facts: read, report } = readEvidence(bytes, hosts);
    if (report !== undefined) reports.set(report.id, { report, sha256: sha256Of(bytes) });
    return read;
  });
  const rules = { expectMs: EXPECT_MS, clusters: EVIDENCE_CLUSTERS, timeZone };
  return {
    menu: boardMenu(ROLES),
    routes: boardRoutes({
      roles: ROLES,
      displays: openDisplayStore(pool),
      board: (at) => Promise.resolve(boardOf(facts, rules, at)),
      report: (id) => Promise.resolve(reports.get(id)),
    }),
  };
}
