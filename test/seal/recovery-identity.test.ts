import { createPrivateKey, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { armor, Encrypter } from "age-encryption";
import t from "tap";
import { openBytes, sealBytes } from "../../src/seal/age.ts";
import { newRsaRecoveryKey, newX25519RecoveryKey } from "../../src/seal/new-recovery-key.ts";
import { needsPassphrase, parseIdentity, proveRecoveryPair } from "../../src/seal/recovery-identity.ts";
import { recoveryKeyFromCertificate, recoveryKeyFromRecipient } from "../../src/seal/recovery-key.ts";
import { run } from "../fixtures/programs.ts";

const passphrase = `árvíztűrő ${randomBytes(8).toString("hex")}`;
const now = new Date("2026-11-23T12:00:00Z");
const rsa = await newRsaRecoveryKey({ name: "Széf, észak", now, years: 5, passphrase, bits: 3072 });
const x25519 = await newX25519RecoveryKey({ now, passphrase });
const rsaKey = recoveryKeyFromCertificate(rsa.publicText, "north");
const x25519Key = recoveryKeyFromRecipient(x25519.publicText.trim(), "south");
const rsaLocked = rsa.lockedText ?? "";
const x25519Locked = x25519.lockedText ?? "";

t.test("a new RSA key: certificate, plain and locked form", async (t) => {
  const dir = t.testdir();
  const path = (name: string, content: string) => {
    writeFileSync(join(dir, name), content, { mode: 0o600 });
    return join(dir, name);
  };
  const certificate = path("safe.crt", rsa.publicText);
  const text = (
    await run("openssl", ["x509", "-in", certificate, "-noout", "-text", "-nameopt", "utf8"])
  ).toString();
  t.match(text, "Subject: CN=Széf, észak");
  t.match(text, "Public-Key: (3072 bit)");
  t.match(text, "Nov 23 12:00:00 2031 GMT");
  t.match(text, "sha256WithRSAEncryption");
  await run("openssl", [
    "verify",
    "-CAfile",
    certificate,
    "-attime",
    String(now.getTime() / 1000),
    certificate,
  ]);
  t.equal(rsaKey.fingerprint, rsa.fingerprint);

  const locked = path("recovery.locked", rsaLocked);
  const opened = await run("openssl", ["pkcs8", "-in", locked, "-passin", `pass:${passphrase}`]);
  t.equal(opened.toString(), rsa.identityText, "openssl pkcs8 gives the plain form back");
  const asn1 = (await run("openssl", ["asn1parse", "-in", locked])).toString();
  t.match(asn1, /PBES2[^]*PBKDF2[^]*INTEGER\s+:0927C0[^]*hmacWithSHA256[^]*aes-256-cbc/, "600,000 rounds");

  const plain = randomBytes(1000);
  const sealed = await sealBytes(plain, [
    { wrapFileKey: (k) => [rsaKey.wrap(Buffer.from(k), randomBytes(32))] },
  ]);
  const pkcs1 = createPrivateKey(rsa.identityText).export({ type: "pkcs1", format: "pem" }).toString();
  for (const [name, content] of [
    ["pkcs8.key", rsa.identityText],
    ["pkcs1.key", pkcs1],
  ] as const) {
    t.ok((await run("age", ["-d", "-i", path(name, content)], sealed)).equals(plain), `age -i ${name}`);
    t.ok((await openBytes(sealed, [(await parseIdentity(content)).identity])).equals(plain), `we ${name}`);
  }
  const damaged = Buffer.from(sealed);
  const line = damaged.indexOf("\n", damaged.indexOf("-> ")) + 5;
  damaged[line] = damaged[line] === 0x41 ? 0x42 : 0x41;
  const { identity } = await parseIdentity(rsa.identityText);
  await t.rejects(openBytes(damaged, [identity]), {
    code: "AGE_INVALID",
    message: /ssh-rsa stanza.*damaged/,
  });
});

t.test("every form of a private key is read", async (t) => {
  const legacy = createPrivateKey(rsa.identityText)
    .export({ type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase: "ascii" })
    .toString();
  const binary = armor.decode(x25519Locked);
  const cases: [string, string | Buffer, string | undefined, string][] = [
    ["PKCS#8", rsa.identityText, undefined, rsa.fingerprint],
    ["PKCS#8 with a passphrase it does not need", rsa.identityText, "x", rsa.fingerprint],
    ["encrypted PKCS#8", rsaLocked, passphrase, rsa.fingerprint],
    ["encrypted PKCS#1", legacy, "ascii", rsa.fingerprint],
    ["age identity", x25519.identityText, undefined, x25519.fingerprint],
    ["age identity, CRLF", x25519.identityText.replaceAll("\n", "\r\n"), undefined, x25519.fingerprint],
    ["locked age identity", x25519Locked, passphrase, x25519.fingerprint],
    ["locked age identity, binary", Buffer.from(binary), passphrase, x25519.fingerprint],
  ];
  for (const [name, file, secret, fingerprint] of cases) {
    t.equal((await parseIdentity(file, secret)).fingerprint, fingerprint, name);
    t.equal(needsPassphrase(file), secret !== undefined && secret !== "x", `${name}: passphrase asked for`);
  }
});

t.test("what is no private key, and a wrong passphrase", async (t) => {
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(10);
  encrypter.setPassphrase("p");
  const notAKey = armor.encode(await encrypter.encrypt("not a key"));
  const line = x25519.identityText.split("\n")[2] ?? "";
  const cases: [string, string, string | undefined, string, RegExp][] = [
    ["empty", "", undefined, "KEY_FILE_INVALID", /0 age identities/],
    ["two identities", `${line}\n${line}\n`, undefined, "KEY_FILE_INVALID", /2 age identities/],
    ["a recipient", x25519.publicText, undefined, "KEY_FILE_INVALID", /no AGE-SECRET-KEY-1/],
    [
      "a mistyped identity",
      line.replace(/.$/, line.endsWith("Q") ? "P" : "Q"),
      undefined,
      "KEY_FILE_INVALID",
      /whole/,
    ],
    ["a certificate", rsa.publicText, undefined, "KEY_FILE_INVALID", /no private key/],
    ["locked text that is no key", notAKey, "p", "KEY_FILE_INVALID", /no AGE-SECRET-KEY/],
    ["cut armor", x25519Locked.slice(0, -60), passphrase, "KEY_FILE_INVALID", /damaged/],
    ["PKCS#8, no passphrase", rsaLocked, undefined, "PASSPHRASE_WRONG", /locked with a passphrase/],
    ["PKCS#8, wrong one", rsaLocked, "wrong", "PASSPHRASE_WRONG", /does not open/],
    ["age, no passphrase", x25519Locked, undefined, "PASSPHRASE_WRONG", /locked with a passphrase/],
    ["age, wrong one", notAKey, "wrong", "PASSPHRASE_WRONG", /does not open/],
  ];
  for (const [name, file, secret, code, message] of cases) {
    await t.rejects(parseIdentity(file, secret), { code, message }, name);
  }
  const dsa = (await run("openssl", ["genpkey", "-algorithm", "ed25519"])).toString();
  await t.rejects(parseIdentity(dsa), { code: "KEY_FILE_INVALID", message: /no RSA key/ });
});

t.test("a private key is proved to belong to a recovery key", async (t) => {
  const [north, south] = [await parseIdentity(rsa.identityText), await parseIdentity(x25519.identityText)];
  await t.resolves(proveRecoveryPair(rsaKey, north));
  await t.resolves(proveRecoveryPair(x25519Key, south));
  await t.rejects(proveRecoveryPair(rsaKey, south), { code: "KEY_MISMATCH", message: /north/ });
  const other = await parseIdentity((await newX25519RecoveryKey({ now })).identityText);
  await t.rejects(proveRecoveryPair(x25519Key, other), { code: "KEY_MISMATCH" });
  const lying = { ...other, fingerprint: x25519Key.fingerprint };
  await t.rejects(
    proveRecoveryPair(x25519Key, lying),
    { code: "KEY_MISMATCH" },
    "a fingerprint is not enough",
  );
});

t.test("no passphrase, no locked form", async (t) => {
  t.equal((await newX25519RecoveryKey({ now })).lockedText, undefined);
});
