/** Pages broken on disk while the server is down, an index that lost rows, and a server without amcheck. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { startPostmaster, stopPostmaster } from "../../../src/restore-test/postmaster.ts";
import { amcheckCheck } from "../../../src/restore-test/checks/amcheck.ts";
import { serverAccount } from "../../../src/restore-test/server-account.ts";
import { withPostgres } from "../../fixtures/postgres.ts";
import { postgresWithout } from "../../fixtures/postgres-without.ts";
import { restoredFrom } from "../../fixtures/restored.ts";

const PAGE = 8192;
const whole = await withPostgres(t);

t.test("pages broken on disk, and rows that an index does not have", async (t) => {
  const postgres = await withPostgres(t);
  const database = await postgres.freshDatabase();
  await database.query(`
    CREATE TABLE a (n int PRIMARY KEY, t text); INSERT INTO a SELECT n, 'text ' || n FROM generate_series(1, 5000) n;
    CREATE TABLE b (n int); INSERT INTO b SELECT generate_series(1, 5000);
    CREATE TABLE zeros (n int); INSERT INTO zeros SELECT generate_series(1, 5000);
    CREATE TABLE long (t text); ALTER TABLE long ALTER t SET STORAGE EXTERNAL;
    INSERT INTO long SELECT repeat(md5(n::text), 500) FROM generate_series(1, 20) n;
    CREATE FUNCTION moody(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n';
    CREATE TABLE c (n int); INSERT INTO c SELECT generate_series(1, 10);
    CREATE INDEX c_n ON c (n); CREATE INDEX c_moody ON c (moody(n)); CHECKPOINT`);
  const restored = await restoredFrom(postgres, database);
  t.match(await amcheckCheck.run(restored), { outcome: "passed", problems: [], facts: { structureOnly: 1 } });

  // Not written: by a row that came while the index did not take any, and by a function that is of another mind.
  await database.query(`
    UPDATE pg_index SET indisready = false, indislive = false WHERE indexrelid = 'c_n'::regclass; INSERT INTO c VALUES (11);
    UPDATE pg_index SET indisready = true, indislive = true WHERE indexrelid = 'c_n'::regclass;
    CREATE OR REPLACE FUNCTION moody(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -n'; CHECKPOINT`);
  const files = await database.query(`
    SELECT pg_relation_filepath('a_pkey') AS index, pg_relation_filepath('b') AS heap, pg_relation_filepath('zeros') AS zeros,
           (SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relname = 'long') AS toast`);
  const { index, heap, zeros, toast } = files.rows[0] as Record<string, string>;
  await postgres.stop();
  const data = join(postgres.folder, "data");
  // Two keys of the second page in each other's place; a row's header of ones; no page at all; rows of TOAST gone.
  await swapItems(join(data, String(index)), 1);
  await overwrite(join(data, String(heap)), 2 * PAGE - 32, Buffer.alloc(24, 0xff));
  await overwrite(join(data, String(zeros)), 3 * PAGE, Buffer.alloc(PAGE, 0x5a));
  await overwrite(join(data, String(toast)), 0, Buffer.alloc(PAGE));
  const account = await serverAccount();
  const signal = new AbortController().signal;
  const server = await startPostmaster({
    ...postgres,
    ...{ account, data, signal, durability: false, listen: "loopback", settings: {} },
    ...{ socket: data, log: join(postgres.folder, "log-again") },
  });
  t.teardown(() => stopPostmaster(server));
  const again = { ...restored, connection: { ...restored.connection, port: server.port } };
  const { outcome, problems, facts } = await amcheckCheck.run(again);
  t.equal(outcome, "failed");
  for (const expected of [
    /^public\.a_pkey: item order invariant violated/,
    /^public\.b: block 1: /,
    /^public\.zeros: invalid page in block 3/,
    /^public\.long: block \d+: toast value \d+ /,
    /^public\.c_n: heap tuple .* lacks matching index tuple/,
  ])
    t.ok(
      problems.some((one) => expected.test(one)),
      String(expected),
      { problems },
    );
  t.notOk(problems.some((one) => one.includes("c_moody")));
  t.match(facts, { structureOnly: 1 });
});

t.test("a server without the extension: skipped, with what to install", async (t) => {
  const postgres = await withPostgres(t, { programs: await postgresWithout(t, whole, "amcheck") });
  const checked = await amcheckCheck.run(await restoredFrom(postgres, await postgres.freshDatabase()));
  t.match(checked, { outcome: "skipped", problems: [], why: /install PostgreSQL's contrib package/ });
});

async function overwrite(file: string, at: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

/** Exchanges what the second and the fourth line pointer of a page point to. */
async function swapItems(file: string, page: number): Promise<void> {
  const handle = await open(file, "r+");
  const header = Buffer.alloc(40);
  await handle.read(header, 0, 40, page * PAGE);
  const [second, fourth] = [Buffer.from(header.subarray(28, 32)), Buffer.from(header.subarray(36, 40))];
  await handle.write(fourth, 0, 4, page * PAGE + 28);
  await handle.write(second, 0, 4, page * PAGE + 36);
  await handle.close();
}
