/** Commands of the operator's: what they are told, how they fail, and that none of them stays. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { MOST_PROBLEMS, type Checked, type Restored } from "../../../src/restore-test/check.ts";
import { commandCheck } from "../../../src/restore-test/checks/command.ts";
import { until } from "../../fixtures/processes.ts";
import { withPostgres } from "../../fixtures/postgres.ts";
import { restoredFrom } from "../../fixtures/restored.ts";

const postgres = await withPostgres(t, { listen: "socket" });
const database = await postgres.freshDatabase(`odd "name" /?&=%ő`);
const restored = await restoredFrom(postgres, database);
const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
t.teardown(() => rm(folder, { recursive: true }));

const LONG = 60_000;

function run(argv: string[], time_limit = LONG, change: Partial<Restored> = {}): Promise<Checked> {
  return commandCheck({ name: "smoke test", run: argv, time_limit }).run({ ...restored, ...change });
}
const sh = (script: string, ...rest: [time_limit?: number, change?: Partial<Restored>]): Promise<Checked> =>
  run(["sh", "-c", script], ...rest);

/** Whether a process, whose id lies in a file of the folder, is still there (a zombie is not). */
async function alive(file: string): Promise<boolean> {
  const pid = Number(await readFile(join(folder, file), "utf8"));
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z");
  return !/\) [ZX]/.test(stat);
}

t.test("finds the database by both ways, and nothing else in its environment", async (t) => {
  const psql = join(postgres.programs, "psql");
  const both = `for to in '' "$LAKAT_DATABASE_URL"; do
    [ "$(${psql} -XAtc 'SELECT current_database()' \${to:+"$to"})" = "$PGDATABASE" ] || exit 7; done
    ${psql} -Xqc 'CREATE TABLE written ()' && pwd && env | grep -o '^[A-Z_]*=' | sort; exit 1`;
  process.env["LAKAT_TEST_SECRET"] = "not for it";
  t.teardown(() => delete process.env["LAKAT_TEST_SECRET"]);
  const { problems, facts } = await sh(both);
  t.strictSame(facts, { exit: 1 });
  const [ended, folderOfIt, ...names] = problems;
  t.strictSame([ended, folderOfIt], ["exited with 1", "/"]);
  // PWD is the shell's own, and some are of the program that runs these tests.
  const its = names
    .map((name) => name.slice(0, -1))
    .filter((name) => !/TAPJS|^NODE_OPTIONS$|^PWD$/.test(name));
  t.strictSame(its, "LAKAT_DATABASE_URL LANG PATH PGDATABASE PGHOST PGPASSWORD PGPORT PGUSER".split(" "));
});

t.test("green when it exits with 0, whatever it says; no shell reads its arguments", async (t) => {
  t.strictSame(await run(["printf", "%s", "$HOME; exit 1"]), {
    name: "command",
    database: database.name,
    subject: "smoke test",
    outcome: "passed",
    facts: { exit: 0 },
    problems: [],
  });
  t.match(await sh("exec yes | head -c 20000000 >&2"), { outcome: "passed" }, "much output is no trouble");
});

t.test("of a failure its end and the last of what it said, without the password", async (t) => {
  const { problems, facts, outcome } = await sh(
    `yes 'far too much' | head -n 100000 >&2; for n in $(seq 30); do printf 'line %s\\t\\033[31m\\n\\n' $n >&2; done; echo "at $LAKAT_DATABASE_URL" >&2; exit 3`,
  );
  t.strictSame({ outcome, facts }, { outcome: "failed", facts: { exit: 3 } });
  t.equal(problems.length, MOST_PROBLEMS);
  t.equal(problems[0], "exited with 3");
  t.equal(problems.at(-2), "line 30  [31m");
  t.match(problems.at(-1), /^at postgres:\/\/postgres:…@/);
  t.notMatch(problems.join(), postgres.password);
  t.match(await sh("kill -SEGV $$"), { problems: ["was ended by SIGSEGV"], facts: {} });
});

t.test("what does not exist, or may not be run", async (t) => {
  t.match(await run(["/nowhere/smoke-test"]), {
    outcome: "failed",
    problems: ["/nowhere/smoke-test could not be started (ENOENT)"],
  });
  t.match(await run(["/etc/passwd"]), { problems: ["/etc/passwd could not be started (EACCES)"] });
});

t.test("at the time limit it ends with all that it started, also when it does not listen", async (t) => {
  const deaf = `trap '' TERM; echo begun; sh -c 'trap "" TERM; echo $$ >${folder}/child; while :; do sleep 1; done' & echo $$ >${folder}/deaf; while :; do sleep 1; done`;
  const checked = await sh(deaf, 1000);
  t.match(checked, { outcome: "failed", problems: ["took longer than 1 s", "begun"] });
  t.notOk((await alive("deaf")) || (await alive("child")));
  const polite = await sh("trap 'echo leaving; exit 0' TERM; while :; do sleep 0.01; done", 1000);
  t.match(polite, { outcome: "failed", facts: { exit: 0 } });
  t.match(polite.problems.join(), /^took longer than 1 s,.*leaving$/);
});

t.test("what it left behind is ended, and is not waited for", async (t) => {
  const checked = await sh(
    `sh -c 'echo $$ >${folder}/left; exec sleep 600' & until [ -s ${folder}/left ]; do sleep 0.01; done; exit 0`,
  );
  t.match(checked, { outcome: "passed" });
  await until("it to be gone", async () => !(await alive("left")));
  // In a session of its own it is out of reach; its hold on the pipe must not keep us.
  const away = await sh(
    `setsid sh -c 'echo $$ >${folder}/away; exec sleep 600' & until [ -s ${folder}/away ]; do sleep 0.01; done; exit 0`,
  );
  t.match(away, { outcome: "passed" });
  process.kill(Number(await readFile(join(folder, "away"), "utf8")));
});

t.test("a signal ends it", async (t) => {
  const stop = new AbortController();
  const running = sh(`echo $$ >${folder}/stopped; exec sleep 600`, LONG, { signal: stop.signal });
  await until("it to run", async () => alive("stopped").catch(() => false));
  stop.abort(new Error("enough"));
  await t.rejects(running, { message: "enough" });
  t.notOk(await alive("stopped"));
  await t.rejects(sh("exit 0", LONG, { signal: stop.signal }), { message: "enough" });
});
