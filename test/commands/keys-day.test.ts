/** `lakat keys day publish`, `list` and `destroy`, on a host whose clock the test holds. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { newDayKey, openDayKey, publishDayKey } from "../../src/seal/day-key.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { lakat } from "../fixtures/lakat.ts";

const DAY_MS = 86_400_000;
const START = Date.parse("2026-11-23T03:00:00Z");

/** A restore-test host that publishes into a folder; day n is n days after the start. */
async function testHost(t: Test) {
  const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);
  const signingKey = newSigningKey();
  await writeFile(at("host.key"), signingKey.privatePem, { mode: 0o600 });
  await writeFile(at("db1.pub"), newSigningKey().publicPem);
  await mkdir(at("store"));
  await writeFile(
    at("lakat.yaml"),
    `role: restore-test
signing_key: ${at("host.key")}
day_keys: { directory: ${at("day-keys")}, ahead: 2, keep: 2 }
backup_hosts: [${at("db1.pub")}]
source: { type: directory, name: copy, path: ${at("store")}, prefix: lakat }
`,
  );
  const keys = (command: string, day: number, ...args: string[]) =>
    lakat(["keys", "day", command, "--config", at("lakat.yaml"), ...args], {
      now: () => new Date(START + day * DAY_MS),
    });
  return {
    at,
    signingKey,
    keys,
    published: (day: string) => at(`store/lakat/day-keys/${day}.json`),
    held: async () => (await readdir(at("day-keys"))).sort(),
  };
}

t.test("publishing makes today's key and those ahead, once", async (t) => {
  const { keys, published, held, at, signingKey } = await testHost(t);
  const first = await keys("publish", 0);
  t.equal(first.exit, 0, first.stderr);
  t.match(first.stdout, /^2026-11-23 +published +age1/m);
  t.strictSame(await held(), ["2026-11-23.json", "2026-11-24.json", "2026-11-25.json"]);
  t.equal((await stat(at("day-keys"))).mode & 0o777, 0o700);
  t.equal((await stat(at("day-keys/2026-11-23.json"))).mode & 0o777, 0o600);
  const bytes = await readFile(published("2026-11-23"));
  t.notMatch(bytes.toString(), /AGE-SECRET-KEY/);
  const { payload } = JSON.parse(bytes.toString()) as { payload: string };
  t.notMatch(Buffer.from(payload, "base64").toString(), /AGE-SECRET-KEY/);
  const opened = openDayKey(bytes, { day: "2026-11-23", now: new Date(START), trusted: [signingKey] });
  t.equal(opened.notAfter.toISOString(), "2026-11-26T00:00:00.000Z");

  const again = await keys("publish", 0, "--json");
  const states = (again.json()["published"] as { state: string }[]).map(({ state }) => state);
  t.strictSame(states, ["already there", "already there", "already there"]);
  const next = await keys("publish", 1);
  t.match(next.stdout, /^2026-11-25 +already there/m);
  t.match(next.stdout, /^2026-11-26 +published/m);
  t.strictSame(await readFile(published("2026-11-23")), bytes, "what was published stays");
});

t.test("a key that is not ours for one day is refused, and the other days get theirs", async (t) => {
  const { keys, published, at } = await testHost(t);
  await mkdir(at("store/lakat/day-keys"), { recursive: true });
  const day = "2026-11-24";
  const stranger = await newDayKey(day, new Date(START), new Date(START + 9 * DAY_MS));
  await writeFile(published(day), publishDayKey(stranger, newSigningKey()));
  const { exit, stdout, stderr } = await keys("publish", 0);
  t.equal(exit, 1);
  t.match(stderr, /^lakat: DAY_KEY_INVALID: the day key for 2026-11-24 is refused: .*not by a trusted key/);
  t.match(stdout, /^2026-11-24 +REFUSED/m);
  t.match(stdout, /^2026-11-25 +published/m);
});

t.test("a key of ours whose private half was lost is told", async (t) => {
  const { keys, at } = await testHost(t);
  await keys("publish", 0);
  await rm(at("day-keys/2026-11-23.json"));
  const { exit, stderr } = await keys("publish", 0);
  t.equal(exit, 1);
  t.match(stderr, /DAY_KEY_INVALID: another key of ours is published for 2026-11-23.*private half was lost/);
});

t.test("a key is held until its day and the days after it have passed, and then destroyed", async (t) => {
  const { keys, held } = await testHost(t);
  t.match(await keys("list", 0), {
    exit: 3,
    stdout: "no day keys\n",
    stderr: /^lakat: DAY_KEYS_RUN_OUT: day keys run out: there is none for today;/,
  });
  t.match(await keys("destroy", 0), { exit: 0, stdout: "nothing has passed\n" });
  await keys("publish", 0);
  t.equal((await keys("list", 0)).exit, 0);
  t.match((await keys("list", 0)).stdout, /^2026-11-23 +until 2026-11-26T00:00:00\.000Z +age1/m);
  t.match(await keys("destroy", 2.8), { exit: 0, stdout: "nothing has passed\n" });
  t.match((await keys("list", 3)).stdout, /^2026-11-23 +passed, to be destroyed/m);
  t.match(await keys("destroy", 3), { exit: 0, stdout: "destroyed 2026-11-23\n" });
  t.strictSame(await held(), ["2026-11-24.json", "2026-11-25.json"]);

  t.match(await keys("destroy", 0, "--day", "2026-11-23"), {
    exit: 2,
    stderr: /USAGE: this host holds no day key of/,
  });
  const named = await keys("destroy", 0, "--day", "2026-11-25", "--json");
  t.match(named.json(), { ok: true, destroyed: ["2026-11-25"] });
  t.strictSame(await held(), ["2026-11-24.json"]);
});

t.test("they are for the restore-test host, with a part day_keys", async (t) => {
  const { keys, at } = await testHost(t);
  const text = await readFile(at("lakat.yaml"), "utf8");
  await writeFile(at("lakat.yaml"), text.replace(/^day_keys.*\n/m, ""));
  for (const command of ["publish", "list", "destroy"])
    t.match(await keys(command, 0), { exit: 2, stderr: /CONFIG_INVALID: day_keys: missing/ });
});
