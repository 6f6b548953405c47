/** Which results settle what is to be thought of a backup, and what is not said twice. */
import t from "tap";
import { CODES, type Code } from "../../src/fault.ts";
import { isDue, isOldNews } from "../../src/restore-test/due.ts";

const NOW = new Date("2026-11-24T06:00:00Z");
const DAY_MS = 86_400_000;

const told = (codes: Code[], id?: string, hoursAgo = 1) => ({
  ...(id === undefined ? {} : { backup: { id } as never }),
  findings: codes.map((code) => ({ code, what: "what", todo: "todo" })),
  finishedAt: new Date(NOW.getTime() - hoursAgo * 3_600_000).toISOString(),
});

t.test("a backup is due until a report judges it", async (t) => {
  const cases: [past: ReturnType<typeof told>[], due: boolean, why: string][] = [
    [[], true, "no report"],
    [[told([], "other")], true, "a report on another backup"],
    [[told([], "one")], false, "green"],
    [[told(["RECOVERY_KEY_EXPIRES_SOON"], "one")], false, "with a finding"],
    [[told(["ROWS_DIFFER"], "one")], false, "red"],
    [[told(["SCRATCH_FULL"], "one")], true, "this host had no room"],
    [[told(["ROWS_DIFFER", "TIME_LIMIT"], "one")], true, "not judged to the end"],
    [[told(["PG_FAILED"], "one"), told(["ROWS_DIFFER"], "one")], false, "judged at the second try"],
    [[told(["STORE_UNREACHABLE"])], true, "a report that found no backup"],
  ];
  for (const [past, due, why] of cases) t.equal(isDue(past, "one"), due, why);
});

t.test("that there is nothing to test is said once in an interval", async (t) => {
  const missing = told(["BACKUP_OVERDUE"]);
  const cases: [
    draft: ReturnType<typeof told>,
    past: ReturnType<typeof told>[],
    old: boolean,
    why: string,
  ][] = [
    [missing, [], false, "never said"],
    [missing, [told(["BACKUP_OVERDUE"], undefined, 23)], true, "said within the interval"],
    [missing, [told(["BACKUP_OVERDUE"], undefined, 24)], false, "said an interval ago"],
    [missing, [told(["BACKUP_OVERDUE"]), told([], "one")], false, "a backup was there since"],
    [told(["BACKUP_OVERDUE", "CLOCK_DOUBTFUL"]), [missing], true, "a finding beside it"],
    [told(["STORE_UNREACHABLE"]), [missing], false, "the store does not answer now"],
    [missing, [told(["STORE_UNREACHABLE"])], false, "it did not answer then"],
    [told(["BACKUP_OVERDUE"], "one"), [missing], false, "there is a backup"],
  ];
  for (const [draft, past, old, why] of cases) t.equal(isOldNews(draft, past, DAY_MS, NOW), old, why);
  t.equal(CODES.BACKUP_OVERDUE, 1, "it is red, and so is not let through as a mere finding");
});
