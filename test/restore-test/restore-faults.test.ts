/** Restores that fail or are refused: what is never touched, and that nothing half done is left. */
import t from "tap";
import { plainDump } from "../fixtures/everything.ts";
import { processes, until } from "../fixtures/processes.ts";
import { restorable } from "../fixtures/restorable.ts";

const { host, folder, original, target, restore, damaged } = await restorable(t);
const IDS = "SELECT count(*)::int AS n FROM deals";
t.beforeEach(() => target.clean());

t.test("nothing is touched when one database is in the way, unless told so", async (t) => {
  const occupied = await target.freshDatabase("crm");
  await occupied.query("CREATE FUNCTION precious() RETURNS int LANGUAGE sql AS 'SELECT 1'");
  const refused = await restore([]);
  t.equal(refused.exit, 2);
  t.match(
    refused.stderr,
    /^lakat: TARGET_NOT_EMPTY: database crm of the target is not empty.*--destroy-existing-data/,
  );
  t.strictSame(await target.databases(), ["crm", "postgres"]);
  t.strictSame(await target.roles(), []);
  t.strictSame((await occupied.query("SELECT precious()")).rows, [{ precious: 1 }]);

  const told = await restore(["--destroy-existing-data"]);
  t.equal(told.exit, 0, told.stderr);
  t.equal(await plainDump(target, "crm"), original.crm);
});

t.test("a large object, a type, a schema or an extension is in the way too", async (t) => {
  for (const content of [
    "SELECT lo_create(0)",
    "CREATE TYPE mood AS ENUM ('fine')",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION pgcrypto",
    "CREATE TABLE t ()",
  ]) {
    await target.clean();
    await (await target.freshDatabase("crm")).query(content);
    t.match(await restore([]), { exit: 2, stderr: /TARGET_NOT_EMPTY/ }, content);
  }
});

t.test("a damaged part leaves no database behind", async (t) => {
  const from = ["--from", "local", "--database", "crm"];
  const cases: [string, string, (whole: Buffer) => Buffer | undefined, RegExp][] = [
    [
      "the last byte of the rows",
      "crm/data-01.dump.zst.age",
      (whole) => Buffer.concat([whole.subarray(0, -1), Buffer.from([whole.at(-1) === 0 ? 1 : 0])]),
      /(AGE_INVALID|BACKUP_DAMAGED): /,
    ],
    [
      "rows cut short",
      "crm/data-01.dump.zst.age",
      (whole) => whole.subarray(0, -1000),
      /BACKUP_DAMAGED: .*data-01/,
    ],
    [
      "the indexes",
      "crm/post-data.dump.zst.age",
      (whole) => whole.subarray(1),
      /BACKUP_DAMAGED: .*post-data/,
    ],
    [
      "the definitions",
      "crm/pre-data.dump.zst.age",
      () => undefined,
      /BACKUP_DAMAGED: .*pre-data.* is missing/,
    ],
  ];
  for (const [what, name, change, message] of cases)
    await damaged(name, change, async () => {
      const { exit, stderr } = await restore(from);
      t.equal(exit, 1, what);
      t.match(stderr, message, what);
      t.strictSame(await target.databases(), ["postgres"], `${what}: nothing is left`);
    });
  await damaged(
    "crm/post-data.dump.zst.age",
    () => undefined,
    async () => {
      const { exit } = await restore([...from, "--keep-partial"]);
      t.equal(exit, 1);
      t.strictSame(await target.databases(), ["crm", "postgres"]);
      t.strictSame(
        (await target.database("crm").query(IDS)).rows,
        [{ n: 20_000 }],
        "what was loaded is kept",
      );
    },
  );
  for (const name of ["inventory.json.age", "globals.sql.zst.age", "key.age"])
    await damaged(
      name,
      (whole) => Buffer.concat([whole, whole]),
      async () => {
        await target.clean();
        t.match(await restore(["--from", "local"]), { exit: 1, stderr: `BACKUP_DAMAGED: ${folder}/${name}` });
        t.strictSame(await target.databases(), ["postgres"]);
        t.strictSame(await target.roles(), []);
      },
    );
});

t.test("what the target refuses is told in its words, and nothing is left", async (t) => {
  const refused = await restore(["--database", "crm", "--no-globals"]);
  t.equal(refused.exit, 1);
  t.match(
    refused.stderr,
    /^lakat: RESTORE_FAILED: pg_restore of crm\/pre-data .*role "(clerk|reader)" does not exist/,
  );
  t.equal(refused.stderr.split("\n").length, 2);
  t.strictSame(await target.databases(), ["postgres"]);

  await target.sql("CREATE ROLE modest LOGIN PASSWORD 'modest' CREATEDB");
  const modest = target.server.replace(/\/\/[^@]*@/, "//modest:modest@");
  t.match(await restore([], { to: modest }), { exit: 1, stderr: /PG_RIGHTS: .*as modest is no superuser/ });
  const wrong = target.server.replace(/:[^:@]*@/, ":wrong@");
  t.match(await restore([], { to: wrong }), { exit: 1, stderr: /PG_AUTH: / });
  t.match(await restore([], { to: "postgres://u@127.0.0.1:1" }), { exit: 1, stderr: /PG_UNREACHABLE: / });
});

t.test("SIGTERM in the middle leaves no database and no child", async (t) => {
  const slow = host.s3.fail({
    on: { operation: "GetObject", keyIncludes: "crm/data-01" },
    how: { bytesPerSecond: 20_000 },
  });
  const spawned = await host.spawn(
    ["restore", "--identity", host.rsa.file, "--to", target.server, "--database", "crm", "--json"],
    { as: "reader" },
  );
  await until("the loader", () =>
    processes().some(({ session, command }) => session === spawned.pid && command.includes("pg_restore")),
  );
  await until("the rows", () => slow.hits > 0);
  spawned.child.kill("SIGTERM");
  const { exit, stderr } = await spawned.ended;
  t.equal(exit, 1);
  t.match(stderr, /^lakat: INTERRUPTED: stopped by SIGTERM/);
  t.strictSame(
    processes().filter(({ session }) => session === spawned.pid),
    [],
  );
  t.strictSame(await target.databases(), ["postgres"]);
});
