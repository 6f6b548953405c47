/** A database of two thousand tables: no step's time may grow with their square. */
import t from "tap";
import { drillHost } from "../fixtures/drill-host.ts";

const TABLES = 2000;
/** Far more than any step takes on a slow machine. */
const SLOW_SECONDS = 60;

t.test("two thousand tables are backed up and tested, each step in time", async (t) => {
  const tested = await drillHost(t);
  const database = await tested.source.freshDatabase("many");
  await database.query(`DO $$ BEGIN FOR n IN 1 .. ${TABLES} LOOP
    EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, body text)', n);
    EXECUTE format('INSERT INTO t%s VALUES (%s, %L)', n, n, md5(n::text));
  END LOOP; END $$`);
  const began = performance.now();
  await tested.backup();
  const backup = { name: "backup", seconds: (performance.now() - began) / 1000 };
  const ran = await tested.drill();
  const report = tested.reportOf(ran) as {
    steps?: { name: string; seconds: number; outcome: string }[];
    checks?: { name: string; database?: string; outcome: string; facts: object }[];
  };
  t.equal(ran.exit, 0, ran.stderr);
  t.match(report, { verdict: "passed", findings: [], measures: { tables: TABLES, rows: TABLES } });
  const steps = report.steps ?? [];
  t.notOk(steps.some(({ outcome }) => outcome !== "passed"));
  for (const { name, seconds } of [backup, ...steps])
    t.ok(seconds < SLOW_SECONDS, `${name} took ${seconds} s`);
  t.match(
    report.checks?.find((check) => check.name === "round-trip" && check.database === "many"),
    { outcome: "passed", facts: { rows: TABLES } },
  );
});
