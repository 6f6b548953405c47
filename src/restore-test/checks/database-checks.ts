/** Which checks one database is put to, in their order. */
import type { Check, Checked } from "../check.ts";
import { amcheckCheck } from "./amcheck.ts";
import { assertionCheck, type Assertion } from "./assertion.ts";
import { commandCheck, type CheckCommand } from "./command.ts";
import { constraintsCheck } from "./constraints.ts";
import { extensionsCheck } from "./extensions.ts";
import { freshnessCheck, type Freshness } from "./freshness.ts";
import { indexesCheck } from "./indexes.ts";
import { rowsCheck } from "./rows.ts";
import { sequencesCheck } from "./sequences.ts";

/** What the configuration says of all databases of a cluster. */
export interface ClusterChecks {
  checks: { round_trip: boolean; amcheck: boolean; sequences: "tell" | "demand" };
}

/** What it says of one. */
export interface DatabaseChecks {
  freshness: Freshness[];
  assertions: Assertion[];
  commands: CheckCommand[];
}

/**
 * The checks in the order in which they are to run, one after another: what the backup says first, the operator's own
 * then, commands last, since they may write. `others` are made elsewhere; one that is not given is left out, one that
 * is switched off is told of as skipped.
 */
export function databaseChecks(
  { checks }: ClusterChecks,
  database: DatabaseChecks | undefined,
  others: { roundTrip?: Check | undefined; canary?: Check | undefined },
): Check[] {
  const roundTrip = checks.round_trip ? others.roundTrip : switchedOff("round-trip", "round_trip");
  return [
    rowsCheck,
    ...(roundTrip === undefined ? [] : [roundTrip]),
    ...(others.canary === undefined ? [] : [others.canary]),
    constraintsCheck,
    indexesCheck,
    checks.amcheck ? amcheckCheck : switchedOff("amcheck", "amcheck"),
    sequencesCheck(checks.sequences),
    extensionsCheck,
    ...(database?.freshness ?? []).map(freshnessCheck),
    ...(database?.assertions ?? []).map((assertion) => assertionCheck(assertion)),
    ...(database?.commands ?? []).map(commandCheck),
  ];
}

function switchedOff(name: Checked["name"], key: string): Check {
  return {
    name,
    run: async ({ database }) => ({
      name,
      database,
      outcome: "skipped",
      facts: {},
      problems: [],
      why: `switched off by checks.${key} in the configuration`,
    }),
  };
}
