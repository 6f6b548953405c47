/** What is done to a restored server before it is checked; one restore serves them all. */
import type { Code } from "../../fault.ts";
import type { CheckName } from "../../seal/report.ts";
import type { ScratchServer } from "../scratch-host.ts";
import type { Kit } from "./kit.ts";
import type { Workshop } from "./workshop.ts";

export interface Tampering {
  name: string;
  expected: readonly Code[];
  /** The check that has to see it: where the configuration switches it off there is no occasion. */
  check: CheckName;
  /** Out: words that the finding has to hold; a string says why there is no occasion. */
  tamper(tools: Workshop, server: ScratchServer, kit: Kit): Promise<readonly string[] | string>;
}

export const TAMPERINGS: readonly Tampering[] = [
  {
    name: "one value changed in one row",
    expected: ["ROUND_TRIP_DIFFERS"],
    check: "round-trip",
    tamper: async (tools, server, { inventory, signal }) => {
      const table = await tools.changeValue(server, inventory, signal);
      return table === undefined ? "the backup has no rows" : [table];
    },
  },
  {
    name: "an index corrupted",
    expected: ["PAGES_CORRUPT", "INDEX_INVALID"],
    check: "amcheck",
    tamper: async (tools, server, { inventory, signal }) => {
      const index = await tools.corruptIndex(server, inventory, signal);
      return index === undefined ? "the backup has no B-tree index with two rows" : [index];
    },
  },
];

/** Added where a canary is configured. */
export function canaryTakenAway(database: string): Tampering {
  return {
    name: "the canary missing",
    expected: ["CANARY_MISSING"],
    check: "canary",
    tamper: async (tools, server, { signal }) => {
      await tools.removeCanary(server, database, signal);
      return [];
    },
  };
}
