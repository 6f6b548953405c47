/** `lakat config check` and `config schema`: everything a run would trip over, without the network. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { stringify } from "yaml";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { lakat } from "../fixtures/lakat.ts";
import { rsaTestKey, x25519TestKey } from "../fixtures/recovery-keys.ts";

const NOW = new Date("2026-11-23T03:00:00Z");
const [rsa, x25519] = await Promise.all([rsaTestKey("a", NOW), x25519TestKey("b")]);

/** A backup host with everything in its place; `change` puts something out of it. */
async function check(
  t: Test,
  change: (config: Record<string, unknown>, at: (name: string) => string) => unknown = () => undefined,
  { now = NOW, env = { PGPW: "x" } }: { now?: Date; env?: NodeJS.ProcessEnv } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);
  await writeFile(at("host.key"), newSigningKey().privatePem, { mode: 0o600 });
  await writeFile(at("test.pub"), newSigningKey().publicPem);
  await writeFile(at("a.crt"), rsa.publicText);
  const config = {
    role: "backup",
    cluster: "crm",
    postgres: { user: "lakat", password: { env: "PGPW" } },
    signing_key: at("host.key"),
    recovery_keys: [
      { name: "a", certificate: at("a.crt"), fingerprint: rsa.key.fingerprint },
      { name: "b", recipient: x25519.publicText.trim(), fingerprint: x25519.key.fingerprint },
    ],
    restore_test: { public_key: at("test.pub") },
    destinations: [{ type: "directory", name: "copy", path: at("store") }],
  };
  await change(config, at);
  await writeFile(at("lakat.yaml"), stringify(config));
  const said = await lakat(["config", "check"], {
    now: () => now,
    env: { ...env, LAKAT_CONFIG: at("lakat.yaml") },
  });
  return { ...said, at };
}

t.test("a good one says so, for which role", async (t) => {
  const { exit, stdout, stderr, at } = await check(t);
  t.equal(exit, 0, stderr);
  t.equal(stdout, `${at("lakat.yaml")}: a valid configuration for the role backup\n`);
});

t.test("of two wrong recovery keys both are named", async (t) => {
  const { exit, stderr } = await check(t, async (config, at) => {
    await rm(at("a.crt"));
    const keys = config["recovery_keys"] as { fingerprint: string }[];
    config["recovery_keys"] = keys.map((key, i) => ({
      ...key,
      fingerprint: `SHA256:${String(i).repeat(64)}`,
    }));
  });
  t.equal(exit, 2);
  t.match(stderr, /KEY_FILE_UNREADABLE: .*a\.crt.*RECOVERY_KEY_NOT_PINNED: recovery key b /);
});

t.test("a place where no copy may lie is told before the first run", async (t) => {
  const s3 = {
    type: "s3",
    name: "offsite",
    bucket: "bbb",
    region: "eu-central-1",
    access_key_id: { env: "PGPW" },
    secret_access_key: { env: "PGPW" },
  };
  const cases: [Record<string, unknown>, RegExp | undefined][] = [
    [s3, undefined],
    [{ ...s3, endpoint: "https://s3.example.com", country: "DE" }, undefined],
    [{ ...s3, endpoint: "https://s3.example.com" }, /bbb declares no country/],
    [{ ...s3, endpoint: "https://s3.example.com", country: "HU" }, /outside Hungary/],
    [{ ...s3, region: "us-east-1" }, /lies in US/],
    [{ ...s3, region: "eu-centrall-1" }, /a region whose country is unknown/],
    [{ ...s3, country: "FR" }, /which is in DE, and the configuration says FR/],
    [{ type: "directory", name: "copy", path: "/srv", off_site: true }, /outside Hungary/],
  ];
  for (const [destination, refused] of cases) {
    const { exit, stderr } = await check(t, (config) => (config["destinations"] = [destination]));
    t.equal(exit, refused === undefined ? 0 : 2, stderr);
    if (refused !== undefined) t.match(stderr, refused);
    if (refused !== undefined) t.match(stderr, "RESIDENCY_REFUSED");
  }
});

t.test("every file and secret that is wrong is told at once, on one line", async (t) => {
  const { exit, stderr } = await check(
    t,
    async (config, at) => {
      await chmod(at("host.key"), 0o644);
      await rm(at("test.pub"));
      await writeFile(at("a.crt"), "nonsense");
      config["destinations"] = [
        {
          type: "s3",
          name: "offsite",
          bucket: "bbb",
          region: "eu-central-1",
          access_key_id: { env: "NO_ID" },
        },
      ];
    },
    { env: {} },
  );
  t.equal(exit, 2);
  for (const part of [
    "KEY_FILE_EXPOSED: ",
    "KEY_FILE_UNREADABLE: ",
    "RECOVERY_KEY_INVALID: ",
    "NO_ID is not set",
    "postgres.password: the environment variable PGPW is not set",
  ])
    t.ok(stderr.includes(part), `${part} in ${stderr}`);
  t.equal(stderr.split("\n").length, 2);
});

t.test("keys that must not be used, and those that soon will not", async (t) => {
  const keys = (config: Record<string, unknown>) => config["recovery_keys"] as Record<string, unknown>[];
  for (const [what, change, now, exit, message] of [
    [
      "another than the pinned one",
      (config: Record<string, unknown>) =>
        Object.assign(keys(config)[0] ?? {}, { fingerprint: `SHA256:${"0".repeat(64)}` }),
      NOW,
      2,
      /RECOVERY_KEY_NOT_PINNED/,
    ],
    ["expired", () => undefined, new Date("2037-01-01T00:00:00Z"), 2, /RECOVERY_KEY_EXPIRED/],
    [
      "expires soon",
      () => undefined,
      new Date("2036-10-20T00:00:00Z"),
      3,
      /^lakat: RECOVERY_KEY_EXPIRES_SOON: /,
    ],
    [
      "only one",
      (config: Record<string, unknown>) => keys(config).pop(),
      NOW,
      3,
      /^lakat: ONE_RECOVERY_KEY: /,
    ],
  ] as const) {
    const said = await check(t, change, { now });
    t.equal(said.exit, exit, what);
    t.match(said.stderr, message);
  }
});

t.test("an S3 endpoint without encryption is refused but on this machine", async (t) => {
  const to = (endpoint: string) => (config: Record<string, unknown>) => {
    const secret = { env: "PGPW" };
    config["destinations"] = [
      {
        type: "s3",
        name: "o",
        bucket: "bbb",
        region: "x",
        endpoint,
        country: "DE",
        access_key_id: secret,
        secret_access_key: secret,
      },
    ];
  };
  for (const good of [
    "https://s3.example.com",
    "http://127.0.0.1:9000",
    "http://localhost:9000",
    "http://[::1]:9000",
  ])
    t.match(await check(t, to(good)), { exit: 0 }, good);
  for (const bad of [
    "http://s3.example.com",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com:80",
    "http://localhost@evil.example",
    "HTTP://s3.example.com",
  ])
    t.match(await check(t, to(bad)), { exit: 2, stderr: /endpoint is not encrypted/ }, bad);
});

t.test("the schema is a JSON Schema, as text and for machines", async (t) => {
  const text = await lakat(["config", "schema"]);
  t.equal(text.exit, 0);
  t.match(JSON.parse(text.stdout), { $schema: /2020-12/, oneOf: [{}, {}] });
  t.match((await lakat(["config", "schema", "--json"])).json(), { ok: true, schema: { oneOf: [{}, {}] } });
});
