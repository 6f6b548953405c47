/** What happens when pg_restore's workers wait for each other; which they do depends on their pace, so it is made up here. */
import t from "tap";
import { Fault } from "../../src/fault.ts";
import { againAfterDeadlock } from "../../src/restore-test/load-database.ts";

const fault = (what: string): Fault =>
  new Fault("RESTORE_FAILED", `pg_restore of crm/post-data exited with 1: ${what}`, "x");

/** Loads that fail as told, one after the other, and then go well; what was done, in order. */
async function done(...failures: Error[]): Promise<string[]> {
  const said: string[] = [];
  const load = async (): Promise<void> => {
    said.push("load");
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  await againAfterDeadlock(load, async () => void said.push("undo")).catch((error: unknown) => {
    said.push(String(error));
  });
  return said;
}

t.test("a deadlock is undone and tried once more, and nothing else is", async (t) => {
  const deadlock = fault("ERROR:  deadlock detected");
  t.strictSame(await done(), ["load"]);
  t.strictSame(await done(deadlock), ["load", "undo", "load"]);
  t.strictSame(await done(deadlock, deadlock), ["load", "undo", "load", String(deadlock)]);
  const other = fault("ERROR:  relation exists");
  t.strictSame(await done(other), ["load", String(other)]);
  t.strictSame(await done(new Error("deadlock detected")), ["load", "Error: deadlock detected"]);
});
