/** Each check is red on a database broken on purpose, and says what is wrong with it. */
import t from "tap";
import type { Check } from "../../../src/restore-test/check.ts";
import { constraintsCheck } from "../../../src/restore-test/checks/constraints.ts";
import { extensionsCheck } from "../../../src/restore-test/checks/extensions.ts";
import { indexesCheck } from "../../../src/restore-test/checks/indexes.ts";
import { rowsCheck } from "../../../src/restore-test/checks/rows.ts";
import { sequencesCheck } from "../../../src/restore-test/checks/sequences.ts";
import { meaningfulSettings, settingsCheck } from "../../../src/restore-test/checks/settings.ts";
import { withPostgres } from "../../fixtures/postgres.ts";
import { restoredFrom } from "../../fixtures/restored.ts";

const postgres = await withPostgres(t);

/** Makes a database, has its inventory read, breaks it, and gives the check's problems and facts. */
async function after(
  check: Check,
  made: string,
  broken: string,
): Promise<{ outcome: string; problems: string[]; facts: Record<string, unknown> }> {
  const database = await postgres.freshDatabase();
  await database.query(made);
  const restored = await restoredFrom(postgres, database);
  await database.query(broken);
  return check.run(restored);
}

t.test("rows", async (t) => {
  const made = `CREATE TABLE a AS SELECT generate_series(1, 3) n; CREATE TABLE b (n int); SELECT lo_create(0)`;
  t.match(await after(rowsCheck, made, ""), {
    outcome: "passed",
    facts: { tables: 2, rows: 3, largeObjects: 1 },
  });
  const emptied = "TRUNCATE a; INSERT INTO b VALUES (1); SELECT lo_unlink(oid) FROM pg_largeobject_metadata";
  t.strictSame((await after(rowsCheck, made, emptied)).problems, [
    "public.a: 0 rows instead of 3",
    "public.b: 1 rows instead of 0",
    "0 large objects instead of 1",
  ]);
});

/** An event trigger that refuses everything stands in the way as well. */
const FAMILY = `
  CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1), (2);
  CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED, n int, CHECK (n <> 13));
  INSERT INTO child VALUES (1, 1, 1), (2, 2, 2);
  CREATE TABLE parted (id int REFERENCES parent, at int NOT NULL) PARTITION BY LIST (at);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1); INSERT INTO parted VALUES (2, 1);
  CREATE TABLE to_parted (id int PRIMARY KEY) PARTITION BY RANGE (id);
  CREATE TABLE to_parted_1 PARTITION OF to_parted FOR VALUES FROM (1) TO (10); INSERT INTO to_parted VALUES (1);
  CREATE TABLE to_parted_2 PARTITION OF to_parted FOR VALUES FROM (10) TO (20); INSERT INTO to_parted VALUES (11);
  CREATE TABLE from_both (id int REFERENCES to_parted) PARTITION BY LIST (id);
  CREATE TABLE from_both_rest PARTITION OF from_both DEFAULT; INSERT INTO from_both VALUES (1), (11);
  CREATE TABLE from_plain (id int REFERENCES to_parted); INSERT INTO from_plain VALUES (1), (11);
  CREATE TABLE heir (CONSTRAINT own CHECK (n < 100)) INHERITS (child); INSERT INTO heir VALUES (3, 1, 3);
  CREATE DOMAIN small AS int CHECK (VALUE < 10); CREATE TABLE of_domain (s small); INSERT INTO of_domain VALUES (5);
  CREATE FUNCTION moody() RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
  CREATE TABLE by_code (n int CHECK (moody())); INSERT INTO by_code VALUES (1);
  CREATE TYPE pair AS (a int, b int); CREATE TABLE composite (p pair NOT NULL); INSERT INTO composite VALUES (ROW(NULL, NULL));
  CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'frozen'; END $$;
  CREATE EVENT TRIGGER none ON ddl_command_start EXECUTE FUNCTION refuse()`;
const REPLICA = "SET session_replication_role = replica;";
/** Demands of rows that are there what they do not keep, and says that it was looked at. */
const demand = (what: string): string =>
  `DROP EVENT TRIGGER none; ALTER ${what} NOT VALID; UPDATE pg_constraint SET convalidated = true WHERE NOT convalidated`;

const BROKEN_CONSTRAINTS: Record<string, [broken: string, problems: RegExp[]]> = {
  "foreign keys, of a partitioned table too": [
    `${REPLICA} DELETE FROM parent WHERE id = 2`,
    [
      /^public\.child: child_parent_fkey: .*violates foreign/,
      /^public\.parted_1: parted_id_fkey: .*violates foreign/,
    ],
  ],
  "foreign keys to a partitioned table": [
    `${REPLICA} DELETE FROM to_parted`,
    [/^public\.from_both_rest: from_both_id_fkey: /, /^public\.from_plain: from_plain_id_fkey: /],
  ],
  "one of a table's CHECKs": [
    demand("TABLE child ADD CONSTRAINT two CHECK (n <> 2)"),
    [/^public\.child: two: .*violated by some row/],
  ],
  "an inheriting table's CHECK": [
    demand("TABLE child ADD CONSTRAINT three CHECK (n <> 3)"),
    [/^public\.heir: three: .*violated by some row/],
  ],
  "a partition's CHECK": [
    demand("TABLE parted ADD CONSTRAINT never CHECK (id <> 2)"),
    [/^public\.parted_1: never: .*violated by some row/],
  ],
  "a domain's CHECK": [
    demand("DOMAIN small ADD CONSTRAINT not_five CHECK (VALUE <> 5)"),
    [/^public\.small: not_five: .*contains values that violate/],
  ],
  "NOT NULL": [
    `INSERT INTO child VALUES (4, NULL, NULL); UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 'child'::regclass`,
    [/^public\.child: n is null in 1 rows and may not be$/, /^public\.child: parent is null in 1 rows/],
  ],
};

t.test("constraints", async (t) => {
  t.match(await after(constraintsCheck, FAMILY, ""), {
    outcome: "passed",
    problems: [],
    facts: { constraints: 8, notValid: 0, notAskedAgain: 1, notNull: 7 },
  });
  for (const [what, [broken, expected]] of Object.entries(BROKEN_CONSTRAINTS)) {
    const { problems } = await after(constraintsCheck, FAMILY, broken);
    t.equal(problems.length, expected.length, what, { problems });
    for (const one of expected)
      t.ok(
        problems.some((said) => one.test(said)),
        what,
        { problems },
      );
  }
});

t.test("no false alarm over constraints that are no different at the source", async (t) => {
  const notValid = `DROP EVENT TRIGGER none; ALTER TABLE child ADD CONSTRAINT two CHECK (n <> 2) NOT VALID`;
  t.match(await after(constraintsCheck, FAMILY, notValid), { outcome: "passed", facts: { notValid: 2 } });
  const moody = "CREATE OR REPLACE FUNCTION moody() RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'";
  t.match(await after(constraintsCheck, FAMILY, `DROP EVENT TRIGGER none; ${moody}`), { outcome: "passed" });
});

t.test("indexes", async (t) => {
  const made = `
    CREATE TABLE a (n int PRIMARY KEY, m int); CREATE INDEX a_m ON a (m);
    CREATE TABLE parted (n int) PARTITION BY LIST (n); CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
    CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
    CREATE INDEX whole ON parted (n); CREATE INDEX half ON ONLY parted (n);
    CREATE INDEX of_1 ON parted_1 (n); ALTER INDEX half ATTACH PARTITION of_1`;
  t.match(await after(indexesCheck, made, ""), { outcome: "passed", facts: { incomplete: 1 } });
  const set = (what: string, index: string): string =>
    `UPDATE pg_index SET ${what} = false WHERE indexrelid = '${index}'::regclass;`;
  const broken = set("indisvalid", "a_pkey") + set("indisready", "a_m") + set("indisvalid", "whole");
  t.strictSame((await after(indexesCheck, made, broken)).problems, [
    "public.a_m is not ready",
    "public.a_pkey is not valid",
    "public.whole is not valid",
  ]);
});

t.test("sequences: behind is when what comes next is not beyond what is there", async (t) => {
  const demanded = sequencesCheck("demand");
  const serial = "CREATE TABLE a (id serial); INSERT INTO a SELECT FROM generate_series(1, 5)";
  const cases: [made: string, broken: string, behind: boolean][] = [
    [serial, "", false],
    [serial, "SELECT setval('a_id_seq', 4)", true],
    [serial, "SELECT setval('a_id_seq', 5, false)", true],
    [serial, "SELECT setval('a_id_seq', 6, false)", false],
    [serial, "ALTER SEQUENCE a_id_seq CYCLE; SELECT setval('a_id_seq', 4)", false],
    [serial, "ALTER SEQUENCE a_id_seq INCREMENT 5; INSERT INTO a VALUES (9)", false],
    [serial, "ALTER SEQUENCE a_id_seq INCREMENT 5; INSERT INTO a VALUES (10)", true],
    [serial, "TRUNCATE a; SELECT setval('a_id_seq', 1, false)", false],
    [serial, "INSERT INTO a VALUES (2147483647); SELECT setval('a_id_seq', 2147483647)", false],
    [
      "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY (INCREMENT -1)); INSERT INTO a DEFAULT VALUES",
      "",
      false,
    ],
    [
      "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY (INCREMENT -1)); INSERT INTO a DEFAULT VALUES",
      "SELECT setval('a_id_seq', -1, false)",
      true,
    ],
    ["CREATE SEQUENCE s; CREATE TABLE a (id bigint DEFAULT nextval('s'))", "INSERT INTO a VALUES (1)", true],
    [
      `CREATE TABLE a (id int GENERATED BY DEFAULT AS IDENTITY, k int) PARTITION BY LIST (k);
      CREATE TABLE a_1 PARTITION OF a FOR VALUES IN (1); INSERT INTO a (k) VALUES (1)`,
      "INSERT INTO a VALUES (7, 1)",
      true,
    ],
    [
      "CREATE SEQUENCE s; CREATE TABLE a (t text DEFAULT nextval('s')::text)",
      "INSERT INTO a VALUES ('10')",
      false,
    ],
  ];
  for (const [made, broken, behind] of cases) {
    const { outcome, facts } = await after(demanded, made, broken);
    t.match(
      { outcome, behind: facts["behind"] },
      { outcome: behind ? "failed" : "passed", behind: Number(behind) },
      `${made} ${broken}`,
    );
  }
  t.match(await after(sequencesCheck("tell"), serial, "SELECT setval('a_id_seq', 4)"), {
    outcome: "passed",
    problems: [],
    facts: { sequences: 1, behind: 1, which: "public.a_id_seq behind public.a.id" },
  });
});

t.test("extensions", async (t) => {
  const made = "CREATE EXTENSION hstore; CREATE EXTENSION citext";
  t.match(await after(extensionsCheck, made, ""), { outcome: "passed", facts: { extensions: 3 } });
  const broken = "DROP EXTENSION citext; UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'hstore'";
  const { problems } = await after(extensionsCheck, made, broken);
  t.match(problems, [/^citext [\d.]+ is missing$/, /^hstore is 0\.9 instead of [\d.]+$/]);
});

t.test("settings: a server that is started with the source's reads data as that does", async (t) => {
  const settings = [
    { name: "DateStyle", value: "German, DMY" },
    { name: "extra_float_digits", value: "0" },
    { name: "shared_buffers", value: "64GB" },
    { name: "lc_messages", value: "hu_HU.UTF-8" },
  ];
  const meant = meaningfulSettings(settings);
  t.match(meant, { DateStyle: "German, DMY", extra_float_digits: "0", bytea_output: "hex" });
  t.notOk("shared_buffers" in meant || "lc_messages" in meant);

  const like = await withPostgres(t, { settings: meant });
  const restored = await restoredFrom(like, like.database("postgres"));
  // Restored with the globals and databases; it hides the server's own value, which may still be right.
  await like.database("postgres").query("ALTER ROLE postgres SET IntervalStyle = 'iso_8601'");
  const { database, outcome, problems, facts } = await settingsCheck(settings).run(restored);
  t.match({ database, outcome, problems }, { database: undefined, outcome: "passed", problems: [] });
  t.equal(facts["settings"], Object.keys(meant).length - 1, "each of them exists and was compared");
  t.match(await settingsCheck([{ name: "TimeZone", value: "Europe/Budapest" }]).run(restored), {
    outcome: "failed",
    problems: [
      "DateStyle is German, DMY instead of ISO, MDY",
      "TimeZone is GMT instead of Europe/Budapest",
      "extra_float_digits is 0 instead of 1",
    ],
  });
});
