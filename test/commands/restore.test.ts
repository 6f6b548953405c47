/** `lakat restore` as people call it: which keys open, what to do when all is lost, what a terminal shows. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { BUCKET, PREFIX } from "../fixtures/backup-host.ts";
import { run } from "../fixtures/programs.ts";
import { x25519TestKey } from "../fixtures/recovery-keys.ts";
import { restorable } from "../fixtures/restorable.ts";
import { atTerminal } from "../fixtures/terminal.ts";

const { host, backupId, folder, target, restore } = await restorable(t);
const at = (name: string): string => join(host.folder, name);
const PASSPHRASE = "seven words drawn by lot, or eight";
await writeFile(at("passphrase"), `${PASSPHRASE}\n`, { mode: 0o600 });
await writeFile(at("wrong"), "six words drawn by lot, or seven", { mode: 0o600 });
// The locked form, as the safe's second copy has it.
await run("openssl", [
  "pkcs8",
  "-topk8",
  "-v2",
  "aes-256-cbc",
  "-in",
  host.rsa.file,
  "-out",
  at("rsa.locked"),
  "-passout",
  `file:${at("passphrase")}`,
]);
await run("chmod", ["600", at("rsa.locked")]);

t.beforeEach(() => target.clean());

/** Opens the backup into a folder that is removed again. */
async function open(args: string[], env: Record<string, string> = {}) {
  const ran = await host.run(["restore", "--to-directory", at("opened"), ...args], { as: "reader", env });
  await rm(at("opened"), { recursive: true, force: true });
  return ran;
}

t.test("every form of a recovery key opens", async (t) => {
  for (const [what, args] of Object.entries({
    "RSA in PEM": ["--identity", host.rsa.file],
    "age identity": ["--identity", host.x25519.file],
    "encrypted PKCS#8": ["--identity", at("rsa.locked"), "--passphrase-file", at("passphrase")],
    "two, of which one fits": ["--identity", at("stranger.key"), "--identity", host.x25519.file],
  })) {
    await writeFile(at("stranger.key"), (await x25519TestKey("x")).identityText, { mode: 0o600 });
    const { exit, stdout, stderr } = await open(args);
    t.equal(exit, 0, `${what}: ${stderr}`);
    t.match(stdout, `backup ${backupId} of crm`);
  }
});

t.test("keys that do not open say so before anything is made", async (t) => {
  for (const [args, message] of [
    [["--identity", at("stranger.key")], /^lakat: NO_IDENTITY_MATCH: /],
    [["--identity", at("rsa.locked"), "--passphrase-file", at("wrong")], /^lakat: PASSPHRASE_WRONG: /],
    [["--identity", at("rsa.locked")], /^lakat: SECRET_MISSING: .*no terminal.*--passphrase-file/],
    [["--identity", at("nowhere.key")], /^lakat: KEY_FILE_UNREADABLE: .*nowhere\.key.*no such file/],
    [["--identity", at("north.crt")], /^lakat: KEY_FILE_/],
    [["--backup-key", at("stranger.key")], /^lakat: NO_IDENTITY_MATCH: /],
    [["--backup-key", at("passphrase")], /^lakat: AGE_INVALID: .*does not hold an age identity/],
    [[], /^lakat: USAGE: a key is needed/],
    [["--identity", host.rsa.file, "--to", target.server], /^lakat: USAGE: say where to restore to/],
    [["--identity", host.rsa.file, "--backup-key", at("passphrase")], /^lakat: USAGE: /],
  ] as const) {
    const { exit, stderr } = await open([...args]);
    t.ok(exit === 1 || exit === 2, args.join(" "));
    t.match(stderr, message);
    t.equal(stderr.split("\n").length, 2, "one line");
    t.notMatch(stderr, PASSPHRASE);
  }
  for (const jobs of ["0", "-1", "x", "100"])
    t.match(await restore([`--jobs=${jobs}`]), { exit: 2, stderr: /--jobs .* is not a number from 1 to 99/ });
  t.match(await restore([], { to: "mysql://x" }), { exit: 2, stderr: /USAGE: the target is not a postgres/ });
  t.strictSame(await target.databases(), ["postgres"]);
});

t.test("with the backup's own key, taken out by age on a machine that never saw lakat", async (t) => {
  const stored = host.s3.objects(BUCKET).find(({ key }) => key === `${PREFIX}/${folder}/key.age`);
  await writeFile(at("key.age"), (await stored?.read()) ?? "");
  await writeFile(at("backup.key"), await run("age", ["-d", "-i", host.rsa.file, at("key.age")]), {
    mode: 0o600,
  });
  const { exit, stderr } = await host.run(
    ["restore", "--backup-key", at("backup.key"), "--to", target.server, "--database", "crm"],
    { as: "reader" },
  );
  t.equal(exit, 0, stderr);
  t.strictSame(await target.databases(), ["crm", "postgres"]);
});

t.test("all is lost but the bucket, the key from the safe and a copy of the host's public key", async (t) => {
  const gone = { LAKAT_CONFIG: "/nowhere/lakat.yaml" };
  const aws = { AWS_ACCESS_KEY_ID: "reader", AWS_SECRET_ACCESS_KEY: host.secrets[0] ?? "" };
  const bucket = [
    "--from",
    `s3://${BUCKET}/${PREFIX}`,
    "--endpoint",
    host.s3.endpoint,
    "--region",
    "eu-central-1",
  ];
  const local = ["--from", at("local")];
  const trusted = ["--host-key", at("host.pub")];
  const key = ["--identity", host.x25519.file];

  for (const [what, from, env] of [
    ["the bucket", bucket, { ...gone, ...aws }],
    [
      "the bucket, AWS_ENDPOINT_URL",
      bucket.slice(0, 2),
      { ...gone, ...aws, AWS_ENDPOINT_URL: host.s3.endpoint, AWS_REGION: "eu-central-1" },
    ],
    ["a folder", local, gone],
  ] as const) {
    const { exit, stdout, stderr } = await open([...from, ...trusted, ...key], env);
    t.equal(exit, 0, `${what}: ${stderr}`);
    t.match(stdout, backupId);
  }
  const server = await restore([...bucket, ...trusted, "--database", "crm"], { env: { ...gone, ...aws } });
  t.equal(server.exit, 0, server.stderr);

  for (const [args, env, message] of [
    [
      [...local, ...key],
      gone,
      /USAGE: no host's public key is known.*--host-key.*--accept-unverified-manifest/,
    ],
    [[...bucket, ...trusted, ...key], gone, /SECRET_MISSING: .*AWS_ACCESS_KEY_ID/],
    [
      [...bucket.slice(0, 2), ...trusted, ...key],
      { ...gone, ...aws },
      /USAGE: the bucket's region is not known/,
    ],
    [["--from", "elsewhere", ...key], gone, /CONFIG_UNREADABLE: /],
    [["--from", "elsewhere", ...key], {}, /USAGE: there is no destination elsewhere.*offsite, local/],
    [["--from", "s3://B", ...trusted, ...key, "--region", "x"], { ...gone, ...aws }, /USAGE: .*bucket/],
    [["--from", "/nowhere", ...trusted, ...key], gone, /STORE_NOT_FOUND: /],
  ] as const) {
    const { exit, stderr } = await open([...args], env);
    t.ok(exit > 0);
    t.match(stderr, message);
    t.equal(stderr.split("\n").length, 2, "one line");
  }

  await writeFile(at("other.pub"), newSigningKey().publicPem);
  t.match(await open([...local, "--host-key", at("other.pub"), ...key], gone), {
    exit: 1,
    stderr: /BACKUP_NOT_FOUND: .*that a trusted host has signed/,
  });
  const lost = await open([...local, "--accept-unverified-manifest", ...key], gone);
  t.equal(lost.exit, 3);
  t.match(lost.stderr, /^lakat: MANIFEST_UNVERIFIED: NOBODY VOUCHES for the backup in /);
  t.match(lost.stdout, /^WARNING: nobody vouches/m);
  const json = await open([...local, "--accept-unverified-manifest", ...key, "--json"], gone);
  t.match(json.json, { ok: false, exit: 3, verified: false, findings: [{ code: "MANIFEST_UNVERIFIED" }] });
});

t.test("at a terminal: the passphrase is asked for and not shown, and the progress goes by", async (t) => {
  const env = {
    LAKAT_CONFIG: await host.writeConfig(),
    S3_KEY: "reader",
    S3_SECRET: host.secrets[0] ?? "",
  };
  host.s3.fail({ on: { operation: "GetObject", keyIncludes: "crm/data-01" }, how: { delayMs: 700 } });
  const { exit, screen } = await atTerminal(
    ["restore", "--identity", at("rsa.locked"), "--to", target.server, "--database", "crm"],
    { env, answers: [[`Passphrase of ${at("rsa.locked")}: `, `${PASSPHRASE}\r`]] },
  );
  t.equal(exit, 0, screen);
  t.notMatch(screen, PASSPHRASE);
  t.notMatch(screen, "drawn by lot");
  const frames = screen.split("\r\u001b[K");
  for (const phase of ["pre-data", "data", "post-data", "count"])
    t.ok(
      frames.some((frame) => frame.startsWith(`${phase} `)),
      phase,
    );
  t.ok(
    frames.some((frame) => /^data +1 stream {2}[\d.]+ [KM]?i?B {2}[\d.]+ [KM]?i?B\/s/.test(frame)),
    "streams, bytes and rate",
  );
  const last = frames.at(-1) ?? "";
  t.match(last, /^backup .* restored in [\d.]+ s/, "the line is gone when the summary comes");
  t.notMatch(last, "streams");

  const wrong = await atTerminal(
    ["restore", "--identity", at("rsa.locked"), "--to", target.server, "--database", "crm"],
    { env, answers: [["Passphrase of ", "another passphrase\r"]] },
  );
  t.equal(wrong.exit, 2);
  t.match(wrong.screen, /lakat: PASSPHRASE_WRONG: /);
  t.notMatch(wrong.screen, "another passphrase");
  for (const [key, typed] of [
    ["Ctrl-C", "half\u0003"],
    ["Ctrl-D", "\u0004"],
  ] as const) {
    const broken = await atTerminal(
      ["restore", "--identity", at("rsa.locked"), "--to", target.server, "--database", "crm"],
      { env, answers: [["Passphrase of ", typed]] },
    );
    t.equal(broken.exit, 1, key);
    t.match(broken.screen, /lakat: INTERRUPTED: no passphrase was given/);
  }
});
