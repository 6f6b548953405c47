/** Freshness and assertions: what the operator asks of the data itself. */
import pg from "pg";
import t from "tap";
import { assertionCheck, type Assertion } from "../../../src/restore-test/checks/assertion.ts";
import { freshnessCheck } from "../../../src/restore-test/checks/freshness.ts";
import { until } from "../../fixtures/processes.ts";
import { withPostgres } from "../../fixtures/postgres.ts";
import { restoredFrom } from "../../fixtures/restored.ts";

const postgres = await withPostgres(t);
const database = await postgres.freshDatabase();
await database.query(`
  CREATE SCHEMA app; CREATE SCHEMA "odd.schema ""x""";
  CREATE DOMAIN app.moment AS timestamptz; CREATE DOMAIN app.moment_too AS app.moment;
  CREATE TABLE app.t (at timestamptz, local timestamp, day date, of_domain app.moment_too, n int, none timestamptz);
  INSERT INTO app.t VALUES ('2026-05-01 10:00Z', '2026-05-01 10:00', '2026-05-01', '2026-05-01 10:00Z', 1),
    ('2026-04-01 10:00Z', '-infinity', '2026-04-30', '2026-04-01 10:00Z', 2), (NULL, 'infinity', 'infinity', 'infinity', 3),
    ('2999-01-01Z', '2999-01-01', '2999-01-01', NULL, 4);
  CREATE TABLE "odd.schema ""x"""."Odd.table" ("At ""it""" timestamptz);
  INSERT INTO "odd.schema ""x"""."Odd.table" VALUES ('2026-05-01 10:00Z');
  CREATE VIEW app.v AS SELECT 1 / (n - 1) AS n, at FROM app.t;
  CREATE TABLE app.parted (at timestamptz) PARTITION BY RANGE (at); CREATE TABLE app.all PARTITION OF app.parted DEFAULT;
  INSERT INTO app.parted VALUES ('2026-05-01 10:00Z');
  CREATE MATERIALIZED VIEW app.m AS SELECT * FROM app.parted;
  CREATE FUNCTION app.write() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.t DEFAULT VALUES; RETURN 1; END $$;
  ALTER DATABASE ${pg.escapeIdentifier(database.name)} SET search_path = app;
  ALTER DATABASE ${pg.escapeIdentifier(database.name)} SET TimeZone = 'Europe/Budapest'`);
const restored = await restoredFrom(postgres, database, { snapshotAt: new Date("2026-05-01T12:00:00Z") });

const HOUR = 3_600_000;

t.test("freshness: of every type that has an age, at the time of the snapshot", async (t) => {
  const cases: [table: string, column: string, ageSeconds: number][] = [
    ["app.t", "at", 7200],
    // 10:00 in Budapest, two hours ahead of UTC in summer.
    ["app.t", "local", 14_400],
    // Its day is not over.
    ["app.t", "day", 0],
    ["app.t", "of_domain", 7200],
    ["app.parted", "at", 7200],
    ["app.m", "at", 7200],
    [`"odd.schema ""x""".Odd.table`, `At "it"`, 7200],
    [`"odd.schema ""x"""."Odd.table"`, `"At ""it"""`, 7200],
  ];
  for (const [table, column, ageSeconds] of cases) {
    const ask = async (younger_than: number): Promise<unknown> =>
      freshnessCheck({ table, column, younger_than }).run(restored);
    t.match(
      await ask((ageSeconds + 1) * 1000),
      { outcome: "passed", facts: { ageSeconds } },
      `${table}.${column}`,
    );
    t.match(await ask(ageSeconds * 1000), { outcome: "failed", subject: `${table}.${column}` });
  }
  const stale = await freshnessCheck({ table: "app.t", column: "at", younger_than: HOUR }).run(restored);
  t.strictSame(stale.facts, { newest: "2026-05-01T10:00:00Z", ageSeconds: 7200 });
  t.strictSame(stale.problems, [
    "the newest value of app.t.at is 2 h older than the snapshot; less than 1 h was asked for",
  ]);
});

t.test("freshness: a date counts as the end of its day", async (t) => {
  const nextDay = { ...restored, snapshotAt: new Date("2026-05-02T01:00:00Z") };
  const checked = await freshnessCheck({ table: "app.t", column: "day", younger_than: 4 * HOUR }).run(
    nextDay,
  );
  t.match(checked, { outcome: "passed", facts: { ageSeconds: 3 * 3600, newest: "2026-05-01T22:00:00Z" } });
});

t.test("freshness: what cannot be asked is said", async (t) => {
  const cases: [table: string, column: string, problem: RegExp][] = [
    ["app.t", "none", /^app\.t\.none has no value up to the time of the snapshot$/],
    ["app.t", "n", /^app\.t\.n is of type integer: only a date or a timestamp has an age$/],
    ["app.t", "nothing", /^there is no column app\.t\.nothing$/],
    ["app.T", "at", /^there is no column/],
    ["t", "at", /^t is not of the form schema\.table$/],
    [`app.t" WHERE false --`, "at", /is not of the form/],
  ];
  for (const [table, column, problem] of cases)
    t.match(await freshnessCheck({ table, column, younger_than: HOUR }).run(restored), {
      outcome: "failed",
      problems: [problem],
    });
});

const asked = async (of: Omit<Assertion, "name">, limit?: number): Promise<string[]> => {
  const checked = await assertionCheck({ name: "mine", ...of }, limit).run(restored);
  t.match(checked, {
    name: "assertion",
    subject: "mine",
    database: database.name,
    outcome: checked.problems.length === 0 ? "passed" : "failed",
  });
  return checked.problems;
};

t.test("assertions that hold, with the database's own search_path", async (t) => {
  const hold: Omit<Assertion, "name">[] = [
    { sql: "SELECT count(*) FROM t; -- a remark", equals: 4 },
    { sql: "SELECT sum(n)::numeric(10, 2) FROM t", equals: "10" },
    { sql: "SELECT bool_or(n = 3) FROM t", equals: true },
    { sql: "SELECT 'true'::text", equals: true },
    { sql: "SELECT 9223372036854775807", equals: "9223372036854775807" },
    { sql: "SELECT none FROM t WHERE n = 1", equals: null },
    { sql: "SHOW TimeZone", equals: "Europe/Budapest" },
    { sql: "SELECT avg(n) FROM t", at_least: 2.5, at_most: 2.5 },
    { sql: "SELECT 1.5e300::float8", at_least: 1e300 },
    { sql: "SELECT FROM t WHERE n > 4", no_rows: true },
    {
      sql: "SELECT n, n = 1, 'x' || n, none FROM t WHERE n < 3 ORDER BY n",
      rows: [
        [1, true, "x1", null],
        [2, false, "x2", null],
      ],
    },
    { sql: "VALUES ('a')", rows: [["a"]] },
    { sql: "SELECT 1 WHERE false", rows: [] },
  ];
  for (const one of hold) t.strictSame(await asked(one), [], one.sql);
});

t.test("assertions that do not hold", async (t) => {
  const fail: [asked: Omit<Assertion, "name">, problem: string | RegExp][] = [
    [{ sql: "SELECT 3", equals: 4 }, "gives 3 instead of 4"],
    [{ sql: "SELECT '007'", equals: 7 }, "gives 007 instead of 7"],
    [{ sql: "SELECT NULL", equals: "" }, "gives null instead of "],
    [{ sql: "SELECT ''", equals: null }, "gives  instead of null"],
    [{ sql: "SELECT 9223372036854775806", equals: "9223372036854775807" }, /instead of/],
    [{ sql: "SELECT false", equals: true }, "gives f instead of true"],
    [{ sql: "SELECT 5", at_least: 6 }, "gives 5, less than 6"],
    [{ sql: "SELECT 7.5", at_most: 7 }, "gives 7.5, more than 7"],
    [{ sql: "SELECT NULL", at_least: 0 }, "gives null, which is no number"],
    [{ sql: "SELECT ''", at_most: 0 }, "gives , which is no number"],
    [{ sql: "SELECT 'NaN'::float8", at_least: 0 }, "gives NaN, which is no number"],
    [{ sql: "SELECT n FROM t", equals: 1 }, "gives 4 rows of 1 columns, where one value was asked for"],
    [{ sql: "SELECT 1, 2", equals: 1 }, "gives 1 rows of 2 columns, where one value was asked for"],
    [{ sql: "SELECT 1 WHERE false", equals: 1 }, "gives no row, where one value was asked for"],
    [{ sql: "SELECT n FROM t", no_rows: true }, "gives 4 rows instead of none"],
    [{ sql: "SELECT 1", rows: [[1], [2]] }, "gives 1 rows instead of 2"],
    [{ sql: "VALUES (1), (2), (3)", rows: [[1], [2]] }, "gives 3 rows instead of 2"],
    [
      {
        sql: "VALUES (1, 'a'), (2, 'b')",
        rows: [
          [1, "a"],
          [2, "c"],
        ],
      },
      "row 2, column 2 is b instead of c",
    ],
    [{ sql: "VALUES (1, 2)", rows: [[1]] }, "gives 2 columns instead of 1"],
    [{ sql: "SELECT repeat('long ', 1000)", equals: "short" }, /^gives (long ){39}long… instead of short$/],
    [{ sql: "SELEC 1", equals: 1 }, /^syntax error/],
    [{ sql: "", equals: 1 }, "gives no row, where one value was asked for"],
    [{ sql: "SELECT n FROM v", no_rows: true }, "division by zero"],
  ];
  for (const [one, problem] of fail) t.match(await asked(one), [problem], one.sql);
});

t.test("assertions cannot write, nor get out of their transaction", async (t) => {
  const before = await database.query("SELECT count(*) FROM app.t");
  const refused: [sql: string, problem: RegExp][] = [
    ["INSERT INTO t DEFAULT VALUES RETURNING 1", /cannot execute INSERT in a read-only transaction/],
    ["SELECT write()", /cannot execute INSERT in a read-only transaction/],
    ["WITH gone AS (DELETE FROM t RETURNING 1) SELECT 1", /cannot execute SELECT in a read-only transaction/],
    ["COMMIT; DELETE FROM t", /cannot insert multiple commands/],
    ["SELECT 1; SELECT 2", /cannot insert multiple commands/],
    ["SET TRANSACTION READ WRITE", /must be set before any query/],
    ["SELECT set_config('transaction_read_only', 'off', true) || write()", /must be set before any query/],
    ["COPY t FROM STDIN", /./],
  ];
  for (const [sql, problem] of refused) t.match(await asked({ sql, no_rows: true }), [problem], sql);
  t.strictSame((await database.query("SELECT count(*) FROM app.t")).rows, before.rows);
  t.strictSame(await asked({ sql: "COMMIT", equals: 1 }), ["gives no row, where one value was asked for"]);
});

t.test("an assertion that never ends is ended, by its limit and by a signal", async (t) => {
  const never = "SELECT pg_sleep(600)";
  t.strictSame(await asked({ sql: never, equals: 1 }, 100), ["took longer than 0.1 s"]);
  const stop = new AbortController();
  const running = assertionCheck({ name: "never", sql: never, equals: 1 }).run({
    ...restored,
    signal: stop.signal,
  });
  const others =
    "SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()";
  await until("it to run", async () => ((await database.query(others)).rowCount ?? 0) > 0);
  stop.abort(new Error("enough"));
  await t.rejects(running, { message: "enough" });
});

t.test("of millions of rows only those are kept that are looked at", async (t) => {
  const before = process.memoryUsage().heapUsed;
  const sql = "SELECT repeat('x', 100) FROM generate_series(1, 1000000)";
  t.strictSame(await asked({ sql, no_rows: true }), ["gives 1000000 rows instead of none"]);
  t.ok(process.memoryUsage().heapUsed - before < 60e6, "a hundred megabytes of text were not held");
});
