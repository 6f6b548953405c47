/** `lakat keys recovery new` and `check`, held against the programs that must do without lakat. */
import { readdirSync, statSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { lakat, type Said } from "../fixtures/lakat.ts";
import { run } from "../fixtures/programs.ts";
import { atTerminal } from "../fixtures/terminal.ts";

const PASSPHRASE = "seven words drawn by lot, or eight";
const NOW = new Date("2026-11-23T03:00:00Z");

const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
t.teardown(() => rm(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
await writeFile(at("passphrase"), `${PASSPHRASE}\n`, { mode: 0o600 });
await writeFile(at("wrong"), "six words drawn by lot, or seven", { mode: 0o600 });
await writeFile(at("short"), "fourteen chars", { mode: 0o600 });

const make = (name: string, ...args: string[]): Promise<Said> =>
  lakat(
    [
      "keys",
      "recovery",
      "new",
      "--name",
      name,
      "--out",
      folder,
      "--passphrase-file",
      at("passphrase"),
      ...args,
    ],
    { now: () => NOW },
  );
const check = (...args: string[]): Promise<Said> => lakat(["keys", "recovery", "check", ...args]);

const rsa = await make("safe-a", "--json");
const x25519 = await make("safe-b", "--type", "x25519", "--json");
const recipient = String(x25519.json()["recipient"]);

function modes(t: Test, expected: Record<string, number>): void {
  for (const [name, mode] of Object.entries(expected)) t.equal(statSync(at(name)).mode & 0o777, mode, name);
}

t.test("rsa: a certificate, and private halves that age and openssl take", async (t) => {
  t.equal(rsa.exit, 0, rsa.stderr);
  t.match(rsa.json(), { ok: true, kind: "ssh-rsa", fingerprint: /^SHA256:[0-9a-f]{64}$/, findings: [] });
  modes(t, { "safe-a.crt": 0o644, "safe-a.identity": 0o600, "safe-a.locked": 0o600, "safe-a.html": 0o600 });
  const text = (
    await run("openssl", ["x509", "-in", at("safe-a.crt"), "-noout", "-text", "-dates"])
  ).toString();
  t.match(text, "Public-Key: (4096 bit)");
  t.match(text, /notAfter=Nov 2\d .*2036/);
  await run("openssl", ["pkey", "-in", at("safe-a.locked"), "-passin", `file:${at("passphrase")}`, "-noout"]);

  const line = (
    await run("ssh-keygen", ["-y", "-f", at("safe-a.identity")]).catch(() => undefined)
  )?.toString();
  if (line !== undefined) {
    await writeFile(at("line.pub"), line);
    await run("age", ["-R", at("line.pub"), "-o", at("sealed"), at("short")]);
    t.equal(
      (await run("age", ["-d", "-i", at("safe-a.identity"), at("sealed")])).toString(),
      "fourteen chars",
    );
  }
  const page = await readFile(at("safe-a.html"), "utf8");
  t.match(page, "safe-a");
  t.match(page, "<svg");
});

t.test("x25519: a recipient, and private halves that age takes", async (t) => {
  t.equal(x25519.exit, 0, x25519.stderr);
  modes(t, {
    "safe-b.recipient": 0o644,
    "safe-b.identity": 0o600,
    "safe-b.locked": 0o600,
    "safe-b.html": 0o600,
  });
  t.equal((await readFile(at("safe-b.recipient"), "utf8")).trim(), recipient);
  await run("age", ["-r", recipient, "-o", at("sealed-b"), at("short")]);
  t.equal(
    (await run("age", ["-d", "-i", at("safe-b.identity"), at("sealed-b")])).toString(),
    "fourteen chars",
  );
  t.match(await readFile(at("safe-b.locked"), "utf8"), /age-encryption|AGE ENCRYPTED/);
});

t.test("check proves every pair, and tells every other", async (t) => {
  const [crt, pub] = [
    ["--certificate", at("safe-a.crt")],
    ["--recipient", recipient],
  ] as const;
  const unlock = ["--passphrase-file", at("passphrase")];
  for (const args of [
    ["--identity", at("safe-a.identity"), ...crt],
    ["--identity", at("safe-a.locked"), ...crt, ...unlock],
    ["--identity", at("safe-b.identity"), ...pub],
    ["--identity", at("safe-b.locked"), ...pub, ...unlock],
  ]) {
    const { exit, stdout, stderr } = await check(...args);
    t.equal(exit, 0, stderr);
    t.match(stdout, `${args[1] ?? ""} opens what is sealed to`);
    t.match(stdout, /^fingerprint SHA256:[0-9a-f]{64}$/m);
  }
  await chmod(at("safe-b.recipient"), 0o600);
  for (const [args, expected] of [
    [["--identity", at("safe-b.identity"), ...crt], /^lakat: KEY_MISMATCH: /],
    [["--identity", at("safe-a.identity"), ...pub], /^lakat: KEY_MISMATCH: /],
    [
      ["--identity", at("safe-a.locked"), ...crt, "--passphrase-file", at("wrong")],
      /^lakat: PASSPHRASE_WRONG: /,
    ],
    [["--identity", at("safe-a.locked"), ...crt], /^lakat: SECRET_MISSING: .*no terminal/],
    [["--identity", at("safe-a.identity"), "--recipient", "age1nonsense"], /^lakat: RECOVERY_KEY_INVALID: /],
    [["--identity", at("safe-a.identity"), "--certificate", at("short")], /^lakat: RECOVERY_KEY_INVALID: /],
    [["--identity", at("safe-a.identity")], /^lakat: USAGE: /],
    [["--identity", at("safe-a.identity"), ...crt, ...pub], /^lakat: USAGE: /],
    [[...crt], /^lakat: USAGE: /],
    [["--identity", at("safe-a.crt"), ...crt], /^lakat: KEY_FILE_EXPOSED: /],
    [["--identity", at("safe-b.recipient"), ...pub], /^lakat: KEY_FILE_INVALID: /],
  ] as const) {
    const { exit, stdout, stderr } = await check(...args);
    t.equal(exit, 2, args.join(" "));
    t.equal(stdout, "");
    t.match(stderr, expected);
    t.equal(stderr.split("\n").length, 2, "one line");
    t.notMatch(stderr, /AGE-SECRET-KEY-1[0-9A-Z]|words drawn/);
  }
});

t.test("a private half that others can read is refused", async (t) => {
  await chmod(at("safe-b.identity"), 0o640);
  const { exit, stderr } = await check("--identity", at("safe-b.identity"), "--recipient", recipient);
  await chmod(at("safe-b.identity"), 0o600);
  t.equal(exit, 2);
  t.match(stderr, /KEY_FILE_EXPOSED: .*safe-b\.identity.*mode 0640.*chmod 600/);
});

t.test("nothing is overwritten, whichever of the files is there", async (t) => {
  for (const left of ["recipient", "identity", "locked", "html"]) {
    const path = at(`once.${left}`);
    await writeFile(path, "precious");
    const before = readdirSync(folder);
    t.match(await make("once", "--type", "x25519"), {
      exit: 2,
      stderr: `KEY_FILE_EXISTS: ${path} exists already`,
    });
    t.strictSame(readdirSync(folder), before, "and nothing else is made");
    t.equal(await readFile(path, "utf8"), "precious");
    await rm(path);
  }
});

t.test("--locked-only leaves no readable private half anywhere", async (t) => {
  const { exit, stdout, stderr } = await make("sealed", "--type", "x25519", "--locked-only");
  t.equal(exit, 0, stderr);
  const files = readdirSync(folder).filter((name) => name.startsWith("sealed."));
  t.strictSame(files.sort(), ["sealed.html", "sealed.locked", "sealed.recipient"]);
  for (const name of files) {
    const text = await readFile(at(name), "utf8");
    t.notMatch(text, /AGE-SECRET-KEY-1[0-9A-Z]{58}/, name);
    if (name !== "sealed.recipient") t.match(text, "BEGIN AGE ENCRYPTED FILE", name);
  }
  t.match(await readFile(at("safe-b.html"), "utf8"), /AGE-SECRET-KEY-1[0-9A-Z]{58}/, "the other page has it");
  t.notMatch(stdout, /PRIVATE, no passphrase/);
  t.match(stdout, `--identity ${at("sealed.locked")} --recipient age1`);
});

t.test("what is asked for wrongly is said before a key is made", async (t) => {
  const before = readdirSync(folder);
  for (const [args, expected] of [
    [["--name", "Safe A"], /USAGE: the key needs a name/],
    [["--name", "../escape"], /USAGE: the key needs a name/],
    [[], /USAGE: the key needs a name/],
    [["--name", "x", "--type", "dsa"], /USAGE: --type dsa is not known/],
    [["--name", "x", "--years", "0"], /USAGE: --years/],
    [["--name", "x", "--years", "1.5"], /USAGE: --years/],
    [
      ["--name", "x", "--passphrase-file", at("short")],
      /PASSPHRASE_WRONG: the passphrase is shorter than 15/,
    ],
    [["--name", "x"], /SECRET_MISSING: .*no terminal/],
  ] as const) {
    const { exit, stderr } = await lakat(["keys", "recovery", "new", "--out", folder, ...args]);
    t.equal(exit, 2, args.join(" "));
    t.match(stderr, expected);
  }
  t.strictSame(readdirSync(folder), before);
});

t.test("at a terminal the passphrase is asked for twice and never shown", async (t) => {
  const args = ["keys", "recovery", "new", "--name", "typed", "--out", folder];
  const once = "Passphrase for the locked copy: ";
  const differs = await atTerminal(args, {
    answers: [
      [once, `${PASSPHRASE}\r`],
      ["Once more: ", "another one, which is longer\r"],
    ],
  });
  t.equal(differs.exit, 2);
  t.match(differs.screen, /PASSPHRASE_WRONG: the two passphrases differ/);
  t.notMatch(differs.screen, /words drawn|another one/);
  const agrees = await atTerminal(args, {
    answers: [
      [once, "short\r"],
      ["Once more: ", "short\r"],
    ],
  });
  t.match(agrees.screen, /PASSPHRASE_WRONG: the passphrase is shorter than 15/);

  // Letters of more than one byte, and one taken back.
  await writeFile(at("typed"), "őrség és tavasz", { mode: 0o600 });
  const rsaKey = ["pkey", "-in", at("safe-a.locked"), "-passin", `file:${at("passphrase")}`];
  await run("openssl", [...rsaKey, "-aes256", "-out", at("typed.locked"), "-passout", `file:${at("typed")}`]);
  await chmod(at("typed.locked"), 0o600);
  const checked = await atTerminal(
    ["keys", "recovery", "check", "--identity", at("typed.locked"), "--certificate", at("safe-a.crt")],
    { answers: [[`Passphrase of ${at("typed.locked")}: `, "őrség és tavaszX\u007f\r"]] },
  );
  t.equal(checked.exit, 0, checked.screen);
  t.notMatch(checked.screen, /őrség|tavasz/);
});
