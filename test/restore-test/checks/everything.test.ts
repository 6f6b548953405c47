/** No check cries wolf: one of everything, restored, passes them all, and is the same afterwards. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { amcheckCheck } from "../../../src/restore-test/checks/amcheck.ts";
import { databaseChecks } from "../../../src/restore-test/checks/database-checks.ts";
import { loadEverything, plainDump, program } from "../../fixtures/everything.ts";
import { withPostgres } from "../../fixtures/postgres.ts";
import { restoredFrom } from "../../fixtures/restored.ts";

const postgres = await withPostgres(t);
const source = await loadEverything(postgres);
const restored = await postgres.freshDatabase(`every"thing' =\\ ő`);
const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
t.teardown(() => rm(folder, { recursive: true }));
const dump = join(folder, "dump");
await program(postgres, "pg_dump", ["-Fc", "-f", dump], source.env);
await program(
  postgres,
  "pg_restore",
  ["--exit-on-error", `--dbname=dbname='${restored.name.replace(/['\\]/g, "\\$&")}'`, dump],
  {},
);

t.test("every check is green on what was restored, and changes nothing", async (t) => {
  const { inventory } = await restoredFrom(postgres, source);
  const subject = { ...(await restoredFrom(postgres, restored)), inventory };
  const before = await plainDump(postgres, restored.name);
  const cluster = { checks: { round_trip: true, amcheck: true, sequences: "tell" as const } };
  const facts: Record<string, unknown> = {};
  for (const check of databaseChecks(cluster, undefined, {})) {
    const checked = await check.run(subject);
    t.match(checked, { name: check.name, outcome: "passed", problems: [] }, check.name);
    facts[check.name] = checked.facts;
  }
  t.strictSame(facts["constraints"], { constraints: 42, notValid: 3, notAskedAgain: 2, notNull: 72 });
  t.match(facts["indexes"], { incomplete: 1 });
  t.match(facts["sequences"], { behind: 1, which: "counters.always_id_seq behind counters.always.id" });
  t.equal(await plainDump(postgres, restored.name), before);
});

t.test("amcheck comes and goes past event triggers that note it and refuse it", async (t) => {
  await restored.query(`
    DROP EXTENSION amcheck;
    CREATE FUNCTION events.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'frozen'; END $$;
    CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION events.refuse();
    ALTER EVENT TRIGGER refuse ENABLE ALWAYS`);
  const before = await plainDump(postgres, restored.name);
  const checked = await amcheckCheck.run(await restoredFrom(postgres, restored));
  t.match(checked, { outcome: "passed", problems: [] });
  t.ok(Number(checked.facts["tables"]) > 100 && Number(checked.facts["indexes"]) > 100);
  t.equal(await plainDump(postgres, restored.name), before);
  await t.rejects(restored.query("CREATE TABLE t ()"), /frozen/, "they are on again");
});
