/** A database with one of everything goes through backup and restore test, and its plain dump is the source's. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { drillHost } from "../fixtures/drill-host.ts";
import { loadEverything, plainDump, plainGlobals } from "../fixtures/everything.ts";

const tested = await drillHost(t);
const { source, folder } = tested;
const at = (name: string): string => join(folder, name);

t.test("one of everything, restored with zero errors, dumps to the same bytes", async (t) => {
  const everything = await loadEverything(source, 'every\'thing = "ő"');
  await source.database("postgres").query("CREATE TABLE here_too AS SELECT 1 AS id");
  await tested.backup();
  // The operator's own check sees the restored database; here it is the witness.
  const script = at("dump.sh");
  await writeFile(
    script,
    `#!/bin/sh
set -eu
"$1/pg_dump" --create --restrict-key=same --file="$2.sql"
"$1/pg_dumpall" --globals-only --no-role-passwords --restrict-key=same --file="$2.globals"
`,
    { mode: 0o755 },
  );
  const witness = (name: string, file: string): Record<string, unknown> => ({
    name,
    commands: [{ name: "witness", run: [script, source.programs, at(file)] }],
  });
  const ran = await tested.drill([], {
    change: (config) => {
      config.clusters[0] = {
        name: "crm",
        databases: [witness(everything.name, "everything"), witness("postgres", "postgres")],
      };
    },
  });
  const report = tested.reportOf(ran);
  t.strictSame(report["findings"], [], ran.stderr);
  t.equal(report["verdict"], "passed");
  t.equal(ran.exit, 0, ran.stderr);
  const outcomes = (report["steps"] as { outcome: string }[]).map(({ outcome }) => outcome);
  t.strictSame([...new Set(outcomes)], ["passed"]);
  const checks = report["checks"] as {
    name: string;
    outcome: string;
    problems: string[];
    database?: string;
  }[];
  for (const check of checks) if (check.outcome === "failed") t.fail(check.name, check);
  t.ok(checks.filter(({ name, outcome }) => name === "round-trip" && outcome === "passed").length >= 2);
  for (const [database, file] of [
    [everything.name, "everything"],
    ["postgres", "postgres"],
  ] as const) {
    const restored = await readFile(`${at(file)}.sql`, "utf8");
    t.ok(restored.length > 1000);
    t.equal(restored, await plainDump(source, database), `the plain dump of ${database}`);
  }
  t.equal(
    await readFile(`${at("everything")}.globals`, "utf8"),
    await plainGlobals(source),
    "and the globals",
  );
});
