/** Roles and tablespaces of a backup, also of one that somebody forged, against a real server. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { loadGlobals } from "../../src/restore-test/globals.ts";
import { plainGlobals } from "../fixtures/everything.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { faultOf, never } from "../fixtures/store-conformance.ts";

const postgres = await withPostgres(t);
const { host, port, user, password } = postgres;
const root = postgres.database("postgres");
const load = (sql: string): Promise<void> =>
  loadGlobals(
    { host, port, user, password },
    "template1",
    sql,
    { keepRoles: false, noTablespaces: false },
    never(),
  );

t.test("what pg_dumpall writes is loaded, over roles that are there", async (t) => {
  await root.query(`CREATE ROLE clerk LOGIN; COMMENT ON ROLE clerk IS 'a; "b" isn''t \\ \n\\! c'`);
  await root.query(`CREATE ROLE "odd ""role"" ő" IN ROLE clerk; ALTER ROLE clerk SET work_mem TO '5MB'`);
  const before = await plainGlobals(postgres);
  await root.query(`DROP ROLE "odd ""role"" ő"; ALTER ROLE clerk NOLOGIN; ALTER ROLE clerk RESET ALL`);
  await load(before);
  t.equal(await plainGlobals(postgres), before);
});

t.test("commands to the host are not obeyed, wherever they stand", async (t) => {
  const folder = t.testdir();
  const forged = (file: string): string[] => [
    `\\! touch ${join(folder, file)}\n`,
    `SELECT 1 \\! touch ${join(folder, file)}\n;`,
    `\\unrestrict abc\n\\! touch ${join(folder, file)}\n`,
    `SET standard_conforming_strings = off; SELECT '\\''; \\! touch ${join(folder, file)}\n-- ';`,
    `SELECT 'touch ${join(folder, file)}' AS x \\gset\n\\! :x\n`,
    `COPY (SELECT 1) TO STDOUT; COPY pg_class FROM STDIN;\n\\.\n\\! touch ${join(folder, file)}\n`,
  ];
  for (const [i, sql] of forged("made").entries()) {
    await load(`\\restrict abc\n${sql}`).catch((error: unknown) =>
      t.match(error, { code: "RESTORE_FAILED" }, `case ${i}`),
    );
    await t.rejects(access(join(folder, "made")), { code: "ENOENT" }, `case ${i}`);
  }
});

t.test("what the server refuses is named", async (t) => {
  t.match(await faultOf(load("CREATE ROLE a; ALTER ROLE nobody_there LOGIN;")), {
    code: "RESTORE_FAILED",
    message: 'roles and tablespaces: role "nobody_there" does not exist (42704)',
    todo: /--no-globals/,
  });
  t.match(await faultOf(load("CREATE TABLESPACE fast LOCATION '/nowhere/at/all';")), {
    code: "RESTORE_FAILED",
    message: /"\/nowhere\/at\/all" does not exist \(58P01\)/,
    todo: /--no-tablespaces/,
  });
});
