/** One run of a kind at a time on this host. */
import { claimOnHost } from "../delivery/host-claim.ts";
import { Fault } from "../fault.ts";

/**
 * Takes the lock named by a kind of run and the folder it works in. Out: a function that gives it back. Throws
 * DRILL_RUNNING when another process has it.
 */
export async function lockHost(kind: string, folder: string): Promise<() => Promise<void>> {
  const release = await claimOnHost(kind, folder);
  if (release !== undefined) return release;
  throw new Fault(
    "DRILL_RUNNING",
    `another ${kind} is running on this host`,
    "See how that one ends; run this again after it if it was to do something else.",
  );
}
