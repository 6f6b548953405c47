/** A gateway with a secret that can be guessed, or with a door left open by its configuration, does not start. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { strongSecret } from "../../src/auth/secret-strength.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { lakat, type Said } from "../fixtures/lakat.ts";

const folder = t.testdir();
await mkdir(join(folder, "keys"));
const keyFile = async (name: string): Promise<string> => {
  const path = join(folder, "keys", name);
  await writeFile(path, newSigningKey().privatePem, { mode: 0o600 });
  return path;
};
const assertion = await keyFile("assertion.key");
const audit = await keyFile("audit.key");

/** Ports that nobody has at this moment: whoever starts listens on them. */
const ports = await Promise.all(
  [1, 2, 3].map(
    () =>
      new Promise<number>((resolve) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
          const { port } = server.address() as AddressInfo;
          server.close(() => resolve(port));
        });
      }),
  ),
);
const [pages = 0, authz = 0, internal = 0] = ports;

const random = (): string => randomBytes(32).toString("base64");
const good = { SECRET: random(), SEALING: random(), PEPPER: random() };
const config = {
  role: "gateway",
  public_url: "https://login.example.hu",
  organisation: "Example",
  trusted_proxies: ["127.0.0.1"],
  listen: { pages: `127.0.0.1:${pages}`, authz: `127.0.0.1:${authz}`, internal: `127.0.0.1:${internal}` },
  // Nothing answers there: whatever gets as far as the database says PG_UNREACHABLE.
  postgres: { host: "127.0.0.1", port: 1, user: "lakat", sslmode: "disable" },
  secret_key: { env: "SECRET" },
  encryption_keys: [{ id: "e1", key: { env: "SEALING" } }],
  peppers: [{ id: "p1", key: { env: "PEPPER" } }],
  assertion_keys: [assertion],
  audit_key: audit,
  outbox: join(folder, "outbox"),
};

const serve = async (more: object = {}, env: Partial<typeof good> = {}): Promise<Said> => {
  const path = join(folder, "lakat.yaml");
  await writeFile(path, JSON.stringify({ ...config, ...more }));
  return lakat(["gateway", "serve", "--config", path], { env: { ...good, ...env } });
};

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });

const WEAK: [what: string, secret: string][] = [
  ["nothing", ""],
  ["a blank", " "],
  ["a word", "changeme"],
  ["a word, padded", "changemechangemechangemechangemechangemecha"],
  ["the one of an example", "insecure_session_secret_insecure_session_secret"],
  ["zeros", "0".repeat(64)],
  ["zeros in base64", Buffer.alloc(32).toString("base64")],
  ["one byte", "ab".repeat(40)],
  ["counting bytes", Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString("hex")],
  ["the alphabet", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"],
  ["digits", "0123456789".repeat(7)],
  ["16 random bytes", randomBytes(16).toString("base64")],
  ["16 random bytes in hex", randomBytes(16).toString("hex")],
  ["31 random bytes", randomBytes(31).toString("hex")],
  ["16 random bytes, twice", randomBytes(16).toString("hex").repeat(2)],
  ["a phrase", "correct horse battery staple and some more words after it"],
  ["a phrase without blanks", "correcthorsebatterystapleandsomemorewordsafterit"],
  ["a phrase in base64", Buffer.from("winter lamp orchard ninety two quiet rivers").toString("base64")],
  ["a phrase in hex", Buffer.from("winter lamp orchard ninety two quiet rivers").toString("hex")],
  ["a key in PEM", newSigningKey().privatePem],
];

t.test("attack 22: what is not random refuses to start, whichever secret it is", async (t) => {
  for (const name of ["SECRET", "SEALING", "PEPPER"] as const)
    for (const [what, secret] of WEAK) {
      const { exit, stderr } = await serve({}, { [name]: secret });
      t.equal(exit, 2, `${name}: ${what}`);
      t.match(stderr, /^lakat: SECRET_(WEAK|MISSING): /, `${name}: ${what}`);
      if (secret.trim() !== "") t.notOk(stderr.includes(secret), "and is not printed");
    }
  for (const port of ports) t.notOk(await isListening(port), "nothing listens");
});

t.test("attack 22: nor does one secret for two purposes", async (t) => {
  const twice: [string, object, Partial<typeof good>][] = [
    ["secret and pepper", {}, { PEPPER: good.SECRET }],
    ["secret and encryption", {}, { SEALING: good.SECRET }],
    ["the same in another encoding", {}, { SEALING: Buffer.from(good.PEPPER, "base64").toString("hex") }],
    [
      "one that is longer than what is used of it",
      {},
      (() => {
        const long = randomBytes(48).toString("base64");
        return { SECRET: long, SEALING: long };
      })(),
    ],
    ["a signing key", { audit_key: assertion }, {}],
  ];
  for (const [what, more, env] of twice) {
    const { exit, stderr } = await serve(more, env);
    t.equal(exit, 2, what);
    t.match(stderr, /^lakat: SECRET_WEAK: two of /, what);
  }
});

t.test("attack 22: nor does a file that holds no key, and the message names it", async (t) => {
  const text = join(folder, "no-key");
  await writeFile(text, `${random()}\n`, { mode: 0o600 });
  for (const [what, more] of [
    ["audit_key", { audit_key: text }],
    ["assertion_keys", { assertion_keys: [assertion, text] }],
  ] as const) {
    const { exit, stderr } = await serve(more);
    t.equal(exit, 2, what);
    t.ok(stderr.startsWith(`lakat: KEY_FILE_INVALID: ${what}: ${text} is not `), stderr);
  }
});

t.test("attack 22: nor does a configuration that believes everybody, or speaks in clear", async (t) => {
  const open: [string, object][] = [
    ["no proxies", { trusted_proxies: [] }],
    ["everybody", { trusted_proxies: ["0.0.0.0/0"] }],
    ["everybody, in IPv6", { trusted_proxies: ["::/0"] }],
    ["half of everybody", { trusted_proxies: ["127.0.0.1", "128.0.0.0/1"] }],
    ["the unspecified address", { trusted_proxies: ["0.0.0.0"] }],
    ["a star", { trusted_proxies: ["*."] }],
    ["no TLS", { public_url: "http://login.example.hu" }],
    ["an application without TLS", { applications: [{ name: "crm", url: "http://crm.example.hu" }] }],
    [
      "an application that is public",
      { applications: [{ name: "crm", url: "https://crm.example.hu", public: ["/*"] }] },
    ],
    ["more than five codes", { lockout: { codes: 6 } }],
    ["sessions without an end", { sessions: { absolute: "30d" } }],
    ["short passwords", { passwords: { least_length: 8 } }],
    ["a cheap hash", { passwords: { passes: 1 } }],
    ["a small hash", { passwords: { memory: "1MiB" } }],
    ["wide codes", { code_tolerance: 2 }],
  ];
  for (const [what, more] of open) {
    const { exit, stderr } = await serve(more);
    t.equal(exit, 2, what);
    t.match(stderr, /^lakat: CONFIG_INVALID: /, what);
    const checked = await lakat(["config", "check", "--config", join(folder, "lakat.yaml")], { env: good });
    t.match(checked, { exit: 2, stderr: /^lakat: CONFIG_INVALID: / }, `${what}, checked`);
  }
  for (const port of ports) t.notOk(await isListening(port), "nothing listens");
});

t.test("with good ones it gets as far as its database", async (t) => {
  const { stderr } = await serve();
  t.match(stderr, /^lakat: PG_[A-Z_]+: /);
});

t.test("what a generator makes is taken, in each encoding", async () => {
  const encoding = fc.constantFrom<BufferEncoding[]>("base64", "base64url", "hex");
  fc.assert(
    fc.property(encoding, fc.integer({ min: 32, max: 64 }), (encoding, bytes) => {
      strongSecret(randomBytes(bytes).toString(encoding), "secret_key");
    }),
    { numRuns: 2000 },
  );
});
