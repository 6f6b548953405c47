import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { loadDemo, type DemoOptions } from "../../src/demo/demo.ts";
import { withPostgres, type Database } from "../fixtures/postgres.ts";

const run = promisify(execFile);
const postgres = await withPostgres(t);
const { host, port, user, password, programs } = postgres;

function options(database: Database, more: Partial<DemoOptions> = {}): DemoOptions {
  return {
    connection: { host, port, user, password },
    database: database.name,
    programs,
    seed: 42,
    bytes: 2e6,
    signal: new AbortController().signal,
    ...more,
  };
}

async function dump(database: Database): Promise<string> {
  const args = ["--restrict-key=same", `--dbname=${database.uri}`];
  return (await run(join(programs, "pg_dump"), args, { maxBuffer: 1e8 })).stdout;
}

t.test(
  "two databases of the same seed and size have the same dump, of about the size asked for",
  async (t) => {
    const [one, two] = [await postgres.freshDatabase(), await postgres.freshDatabase(`odd 'name' \\ ő`)];
    const progress: number[] = [];
    const loaded = await loadDemo(options(one, { onProgress: (bytes) => progress.push(bytes) }));
    t.same(await loadDemo(options(two, { jobs: 4 })), loaded);
    t.ok((await dump(one)) === (await dump(two)));
    t.same(
      progress,
      progress.toSorted((a, b) => a - b),
    );
    t.equal(progress.at(-1), loaded.bytes);
    t.ok(Math.abs(loaded.bytes / 2e6 - 1) < 0.1, `${loaded.bytes} bytes`);
    for (const { name, rows } of loaded.tables) {
      const counted = await one.query(`SELECT count(*)::integer AS n FROM crm.${name}`);
      t.equal(counted.rows[0]?.["n"], rows, name);
    }
    await t.rejects(loadDemo(options(one)), { code: "TARGET_NOT_EMPTY" });
  },
);

t.test("the data is consistent and the database is ready for work", async (t) => {
  const database = await postgres.freshDatabase();
  await loadDemo(options(database, { bytes: 5e5 }));
  const one = async (sql: string): Promise<unknown> => (await database.query(sql)).rows[0]?.["n"];
  t.equal(
    await one(`SELECT count(*)::integer AS n FROM crm.invoices i
               WHERE net <> (SELECT sum(total) FROM crm.invoice_lines l WHERE l.invoice_id = i.id)`),
    0,
    "invoices are the sum of their lines",
  );
  t.equal(
    await one(`SELECT count(*)::integer AS n FROM crm.documents
               WHERE sha256(lo_get(content)) <> sha256 OR length(lo_get(content)) <> bytes`),
    0,
    "documents hold what their row says",
  );
  t.equal(
    await one(`SELECT count(*)::integer AS n FROM crm.deals d JOIN crm.contacts c ON c.id = d.contact_id
               WHERE c.company_id <> d.company_id`),
    0,
    "deals are made with people of the company",
  );
  t.not(await one("SELECT count(*)::integer AS n FROM crm.revenue_by_month"), 0);
  t.not(await one("SELECT count(*)::integer AS n FROM crm.open_invoices"), 0);
  t.equal(await one("SELECT to_regclass('crm.arriving') AS n"), null);
  await database.query(`
    INSERT INTO crm.users (full_name, email, role) VALUES ('Új Ember', 'uj@crm.example', 'sales');
    INSERT INTO crm.notes (company_id, author_id, body) VALUES (1, 1, 'új');
    INSERT INTO crm.calls (contact_id, user_id, direction, started_at, seconds, outcome) VALUES (1, 1, 'in', now(), 1, 'reached');
    INSERT INTO crm.contacts (company_id, language, family_name, given_name) VALUES (1, 'hu', 'Új', 'Ember');
    UPDATE crm.companies SET city = 'Vác' WHERE id = 1;
    SET ROLE crm_reader; SELECT count(*) FROM crm.invoices; RESET ROLE;
    DELETE FROM crm.documents`);
  t.equal(
    await one("SELECT count(*)::integer AS n FROM pg_largeobject_metadata"),
    0,
    "the trigger removed them",
  );
  t.equal(await one("SELECT count(*)::integer AS n FROM crm.contacts WHERE full_name = 'Új Ember'"), 1);
  t.equal(
    await one(
      "SELECT count(*)::integer AS n FROM crm.companies WHERE updated_at > now() - interval '1 hour'",
    ),
    1,
  );
});

t.test("what cannot be done is said by code", async (t) => {
  const database = await postgres.freshDatabase();
  const wrong = (more: Partial<DemoOptions>) => loadDemo(options(database, more));
  await t.rejects(wrong({ seed: -1 }), { code: "USAGE" });
  await t.rejects(wrong({ bytes: 1e12 }), { code: "USAGE" });
  await t.rejects(wrong({ connection: { host, port, user, password: "wrong" } }), { code: "PG_AUTH" });
  await t.rejects(wrong({ connection: { host: "/nowhere", port, user, password } }), {
    code: "PG_UNREACHABLE",
  });
  await t.rejects(wrong({ database: "not there" }), { code: "PG_UNREACHABLE", message: /does not exist/ });
  await t.rejects(wrong({ programs: "/nowhere" }), { code: "PROGRAM_MISSING" });
});

t.test("aborting midway ends it soon, also on the server", async (t) => {
  const database = await postgres.freshDatabase();
  const stop = new AbortController();
  const reason = new Error("enough");
  const onProgress = (bytes: number) => bytes > 1e6 && stop.abort(reason);
  const started = performance.now();
  await t.rejects(loadDemo(options(database, { bytes: 1e9, signal: stop.signal, onProgress })), reason);
  t.ok(performance.now() - started < 5000);
  const working = `SELECT count(*)::integer AS n FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active'`;
  for (let tries = 0; tries < 200; tries++) {
    if ((await database.query(working)).rows[0]?.["n"] !== 0) continue;
    const kept = await database.query("SELECT count(*)::integer AS n FROM crm.notes");
    return t.equal(kept.rows[0]?.["n"], 0, "a table is there as a whole or not at all");
  }
  return t.fail("COPY goes on");
});
