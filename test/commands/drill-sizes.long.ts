/** Backups of nothing, and of one very long value. */
import t, { type Test } from "tap";
import { drillHost } from "../fixtures/drill-host.ts";

const tested = await drillHost(t);
const { source } = tested;
const MUCH = 50 * 2 ** 20;

interface Check {
  name: string;
  outcome: string;
  database?: string;
  facts: Record<string, number>;
}
interface Report {
  verdict: string;
  findings: unknown[];
  steps: { name: string; outcome: string }[];
  checks: Check[];
  measures?: { tables?: number; rows?: number };
}

async function green(t: Test): Promise<Report> {
  await tested.reset();
  await tested.backup();
  const ran = await tested.drill();
  const report = tested.reportOf(ran) as unknown as Report;
  t.equal(ran.exit, 0, ran.stderr);
  t.match(report, { verdict: "passed", findings: [] });
  t.notOk(report.steps.some(({ outcome }) => outcome !== "passed"));
  return report;
}

t.test("a server with no database but its own, and one without a table", async (t) => {
  const alone = await green(t);
  t.match(alone.measures, { tables: 0, rows: 0 });
  t.strictSame([...new Set(alone.checks.map(({ database }) => database ?? "postgres"))], ["postgres"]);
  await source.freshDatabase("hollow");
  const hollow = await green(t);
  t.match(hollow.measures, { tables: 0, rows: 0 });
  t.ok(
    hollow.checks.some(
      ({ name, database, outcome }) => name === "rows" && database === "hollow" && outcome === "passed",
    ),
  );
  await source.database("postgres").query("DROP DATABASE hollow");
});

t.test("one value of 50 MB", async (t) => {
  const database = await source.freshDatabase("long");
  await database.query(`CREATE TABLE one (id int PRIMARY KEY, value text);
    INSERT INTO one SELECT 1, string_agg(md5(n::text), '') FROM generate_series(1, ${MUCH / 32}) n`);
  const { checks } = await green(t);
  t.match(
    checks.find(({ name, database }) => name === "round-trip" && database === "long"),
    { outcome: "passed", facts: { rows: 1 } },
  );
});
