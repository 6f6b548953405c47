/** An index that sabotage made wrong is always seen: many kinds of indexes, many pages, one after another. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { swapEntries } from "../../../src/restore-test/sabotage/btree-page.ts";
import { corruptFile, corruptIndex } from "../../../src/restore-test/sabotage/corrupt-index.ts";
import { withPostgres, type Database } from "../../fixtures/postgres.ts";

const BLOCK = 8192;
/** Each is 33 tries. */
const ROUNDS = 3;
const postgres = await withPostgres(t);
const { host, port, user, password } = postgres;
const server = { connection: { host, port, user, password }, cluster: postgres };

const KINDS = [
  "(id)",
  "(id DESC) INCLUDE (word)",
  "(word)",
  '(word COLLATE "C" text_pattern_ops)',
  "(few)",
  "(few, word NULLS FIRST)",
  "(mostly_null)",
  "(at, uid)",
  "(lower(word)) WHERE few > 3",
  "(id) WITH (fillfactor = 20)",
];

/** How many rows: one page, a few, some hundred. */
async function filled(rows: number): Promise<Database> {
  const database = await postgres.freshDatabase();
  await database.query(`
    CREATE EXTENSION amcheck;
    CREATE TABLE t AS SELECT n AS id, md5(n::text) AS word, n % 7 AS few, nullif(n % 50, 1 + n % 49) AS mostly_null,
      now() + n * interval '1 minute' AS at, md5((n * 3)::text)::uuid AS uid FROM generate_series(1, ${rows}) n;
    ${KINDS.map((kind, i) => `CREATE INDEX i${i} ON t ${kind};`).join("\n")}
    CREATE UNIQUE INDEX u ON t (id)`);
  return database;
}

/** Names of the indexes in which amcheck sees something wrong. */
async function seen(database: Database): Promise<string[]> {
  const names = await namesOf(database);
  const wrong: string[] = [];
  for (const { name } of names)
    await database.query(`SELECT bt_index_check('${name}'::regclass, true)`).catch(() => wrong.push(name));
  return wrong;
}

async function namesOf(database: Database): Promise<{ name: string; path: string }[]> {
  const { rows } = await database.query(
    "SELECT c.relname AS name, pg_relation_filepath(c.oid) AS path FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass ORDER BY 1",
  );
  return rows as { name: string; path: string }[];
}

t.test("every time", async (t) => {
  const databases = await Promise.all([10, 500, 30_000].map(filled));
  for (const database of databases) t.strictSame(await seen(database), [], "a good index is good");
  let tries = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const files = await Promise.all(databases.map(namesOf));
    await postgres.restart(async (data) => {
      for (const { path } of files.flat()) {
        const file = join(data, path);
        if (await corruptFile(file, (await stat(file)).size / BLOCK, BLOCK)) tries++;
        else t.fail(`${path} has no page that would do`);
      }
    });
    for (const [i, database] of databases.entries()) {
      t.strictSame(
        await seen(database),
        files[i]?.map(({ name }) => name),
      );
      await database.query("REINDEX TABLE t");
    }
  }
  t.equal(tries, ROUNDS * 3 * (KINDS.length + 1));
});

t.test("it takes the largest index of users, and leaves a server without one alone", async (t) => {
  const [large, none, tiny] = [await filled(3000), await postgres.freshDatabase(), await filled(1)];
  await none.query("CREATE TABLE plain AS SELECT 1 AS n");
  const signal = new AbortController().signal;
  const name = await corruptIndex(server, [none.name, large.name], signal);
  t.equal(name, "public.i9", "the one with the fillfactor");
  t.strictSame(await seen(large), ["i9"]);
  t.equal(await corruptIndex(server, [none.name, tiny.name], signal), undefined, "one row has no order");
  t.strictSame(await seen(tiny), []);
});

t.test("pages that have no entries to swap", async (t) => {
  const database = await filled(500);
  const [index] = await namesOf(database);
  let whole = Buffer.alloc(0);
  await postgres.restart(async (data) => {
    whole = await readFile(join(data, index?.path ?? ""));
  });
  const [meta, leaf] = [whole.subarray(0, BLOCK), whole.subarray(BLOCK, 2 * BLOCK)];
  t.equal(swapEntries(meta), undefined, "the meta page");
  t.equal(swapEntries(Buffer.alloc(BLOCK)), undefined, "a page of zeros");
  t.equal(swapEntries(Buffer.alloc(10)), undefined, "no page");
  const swapped = swapEntries(leaf);
  t.ok(swapped !== undefined && !swapped.equals(leaf));
  t.strictSame(swapped && swapEntries(swapped), leaf, "twice is as before");
  const deleted = Buffer.from(leaf);
  deleted.writeUInt16LE(deleted.readUInt16LE(BLOCK - 4) | 4, BLOCK - 4);
  t.equal(swapEntries(deleted), undefined, "a deleted page");
  const path = join(t.testdir({ empty: "" }), "empty");
  await writeFile(path, "");
  t.equal(await corruptFile(path, 0, BLOCK), false);
});
