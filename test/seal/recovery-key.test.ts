import { createHash, publicEncrypt, randomBytes, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stanza } from "age-encryption";
import t from "tap";
import { openBytes, sealBytes } from "../../src/seal/age.ts";
import { decodeBech32 } from "../../src/seal/bech32.ts";
import { fingerprintForVoice } from "../../src/seal/fingerprint.ts";
import {
  checkRecoveryKey,
  newRandomness,
  recordingRecipient,
  recoveryKeyFromCertificate,
  recoveryKeyFromRecipient,
} from "../../src/seal/recovery-key.ts";
import { parseIdentity } from "../../src/seal/recovery-identity.ts";
import { run } from "../fixtures/programs.ts";
import { rsaTestKey, x25519TestKey } from "../fixtures/recovery-keys.ts";

const NOW = new Date("2026-11-23T12:00:00Z");
const rsa = await rsaTestKey("safe north", NOW);
const x25519 = await x25519TestKey("safe south");

for (const { key, identityText } of [rsa, x25519]) {
  t.test(`${key.kind}: a stanza with chosen randomness`, async (t) => {
    const keyFile = join(t.testdir(), "recovery.key");
    writeFileSync(keyFile, identityText, { mode: 0o600 });
    const plain = randomBytes(100_000);
    const recipient = recordingRecipient(key);
    const sealed = await sealBytes(plain, [recipient]);
    t.ok((await run("age", ["-d", "-i", keyFile], sealed)).equals(plain), "the age program opens it");
    const { identity } = await parseIdentity(identityText);
    t.ok((await openBytes(sealed, [identity])).equals(plain), "and so do we");
    t.equal(recipient.randomness().length, 32);
    await t.rejects(sealBytes(plain, [recipient]), /second file/, "it records one file only");
    t.throws(() => recordingRecipient(key).randomness(), /before it was used/);

    const fileKey = randomBytes(16);
    const [seed, other] = [newRandomness(key), newRandomness(key)];
    t.same(key.wrap(fileKey, seed), key.wrap(fileKey, seed), "the same randomness gives the same stanza");
    t.notSame(key.wrap(fileKey, seed), key.wrap(fileKey, other), "other randomness another");
    t.notSame(key.wrap(fileKey, seed), key.wrap(randomBytes(16), seed), "another file key another");
    t.throws(() => key.wrap(fileKey, randomBytes(31)), "randomness of the wrong length is refused");
  });
}

t.test("what the age program seals to the public half opens with our identity", async (t) => {
  const plain = randomBytes(70_000);
  const theirs = await run("age", ["-r", x25519.publicText.trim()], plain);
  const { identity } = await parseIdentity(x25519.identityText);
  t.ok((await openBytes(theirs, [identity])).equals(plain), "X25519");

  const wire = sshPublicKey(rsa.publicText);
  const file = join(t.testdir(), "recipients");
  writeFileSync(file, `ssh-rsa ${wire.toString("base64")}\n`);
  const toRsa = await run("age", ["-R", file, "-r", x25519.publicText.trim()], plain);
  const parsed = await parseIdentity(rsa.identityText);
  t.ok((await openBytes(toRsa, [parsed.identity])).equals(plain), "ssh-rsa, beside another recipient");
  const tag = createHash("sha256").update(wire).digest().subarray(0, 4).toString("base64").replace(/=+$/, "");
  t.equal(rsa.key.wrap(randomBytes(16), randomBytes(32)).args[1], tag, "the tag is that of the SSH key");
});

t.test("the RSA stanza is plain OAEP: node's own encryption and ours open alike", async (t) => {
  const fileKey = randomBytes(16);
  const tag = rsa.key.wrap(fileKey, randomBytes(32)).args[1] ?? "";
  const body = publicEncrypt(
    {
      key: new X509Certificate(rsa.publicText).publicKey,
      oaepHash: "sha256",
      oaepLabel: Buffer.from("age-encryption.org/v1/ssh-rsa"),
    },
    fileKey,
  );
  const { identity } = await parseIdentity(rsa.identityText);
  if (typeof identity === "string") throw new Error("an RSA identity is an object");
  t.same(await identity.unwrapFileKey([new Stanza(["ssh-rsa", tag], body)]), fileKey);
  t.equal(await identity.unwrapFileKey([new Stanza(["ssh-rsa", "AAAAAA"], body)]), null, "not ours: a miss");
});

t.test("the fingerprint is the one openssl computes", async (t) => {
  const pem = join(t.testdir(), "safe.crt");
  writeFileSync(pem, rsa.publicText);
  const publicPem = await run("openssl", ["x509", "-in", pem, "-pubkey", "-noout"]);
  const der = await run("openssl", ["pkey", "-pubin", "-outform", "DER"], publicPem);
  t.equal(rsa.key.fingerprint, `SHA256:${createHash("sha256").update(der).digest("hex")}`);
  const point = decodeBech32(x25519.publicText.trim())?.bytes ?? Buffer.alloc(0);
  const spki = await run(
    "openssl",
    ["pkey", "-pubin", "-inform", "DER", "-outform", "DER"],
    x25519Der(point),
  );
  t.equal(x25519.key.fingerprint, `SHA256:${createHash("sha256").update(spki).digest("hex")}`);
  const voice = fingerprintForVoice(rsa.key.fingerprint);
  t.match(voice, /^([0-9a-f]{4} ){3}[0-9a-f]{4}(\n([0-9a-f]{4} ){3}[0-9a-f]{4}){3}$/);
  t.equal(`SHA256:${voice.replace(/\s/g, "")}`, rsa.key.fingerprint);
});

t.test("only the pinned, long enough, unexpired key is taken", async (t) => {
  const pinned = rsa.key.fingerprint;
  t.doesNotThrow(() => checkRecoveryKey(rsa.key, { pinned, now: NOW }));
  const spoken = fingerprintForVoice(pinned).toUpperCase();
  t.doesNotThrow(() => checkRecoveryKey(rsa.key, { pinned: spoken, now: NOW }), "as read out");
  t.doesNotThrow(() => checkRecoveryKey(x25519.key, { pinned: x25519.key.fingerprint, now: NOW }));
  t.throws(() => checkRecoveryKey(rsa.key, { pinned: x25519.key.fingerprint, now: NOW }), {
    code: "RECOVERY_KEY_NOT_PINNED",
    message: /safe north.*not the pinned one/,
  });
  t.throws(() => checkRecoveryKey(rsa.key, { pinned: pinned.slice(0, -1), now: NOW }), {
    code: "RECOVERY_KEY_INVALID",
  });
  const end = new Date("2036-11-23T12:00:00Z");
  t.doesNotThrow(() => checkRecoveryKey(rsa.key, { pinned, now: new Date(end.getTime() - 1000) }));
  t.throws(() => checkRecoveryKey(rsa.key, { pinned, now: end }), {
    code: "RECOVERY_KEY_EXPIRED",
    message: /expired on 2036-11-23/,
  });
  const { key: short } = await rsaTestKey("short", NOW, 2048);
  t.throws(() => checkRecoveryKey(short, { pinned: short.fingerprint, now: NOW }), {
    code: "RECOVERY_KEY_TOO_SHORT",
    message: /2048 bits/,
  });
});

t.test("what is no recovery key is refused, and says why", async (t) => {
  const dir = t.testdir();
  const ec = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    join(dir, "ec.key"),
  ];
  const ecCertificate = await run("openssl", ["req", "-x509", "-subj", "/CN=ec", "-days", "2", ...ec]);
  const der = new X509Certificate(rsa.publicText).raw;
  der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
  const forged = `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
  const certificates: [string, RegExp][] = [
    ["", /exactly one CERTIFICATE/],
    [rsa.publicText + rsa.publicText, /exactly one CERTIFICATE/],
    [rsa.identityText, /exactly one CERTIFICATE/],
    [rsa.publicText.replace("MII", "MIJ"), /cannot be read/],
    [ecCertificate.toString(), /no usable RSA key/],
    [forged, /own signature is wrong/],
  ];
  for (const [pem, message] of certificates) {
    t.throws(() => recoveryKeyFromCertificate(pem, "x"), { code: "RECOVERY_KEY_INVALID", message });
  }
  const recipient = x25519.publicText.trim();
  const flipped = recipient.slice(0, -1) + (recipient.endsWith("q") ? "p" : "q");
  for (const text of ["", "age1", flipped, x25519.identityText, recipient.toUpperCase(), `${recipient} `]) {
    t.throws(() => recoveryKeyFromRecipient(text, "x"), {
      code: "RECOVERY_KEY_INVALID",
      message: /not an age/,
    });
  }
  // The all-zero point, correctly encoded: everybody's shared secret with it is zero.
  const lowOrder = "age1" + "q".repeat(52) + checksumFor("q".repeat(52));
  t.throws(() => recoveryKeyFromRecipient(lowOrder, "x"), { message: /not a usable X25519 key/ });
});

/** The only six characters that make the text valid, found by trying: each one is linear in the checksum. */
function checksumFor(data: string): string {
  const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  const high = Array.from("age", (c) => c.charCodeAt(0) >> 5);
  const low = Array.from("age", (c) => c.charCodeAt(0) & 31);
  const body = Array.from(data, (c) => alphabet.indexOf(c));
  let state = 1;
  for (const value of [...high, 0, ...low, ...body, 0, 0, 0, 0, 0, 0]) {
    const top = state >>> 25;
    state = ((state & 0x1ffffff) << 5) ^ value;
    generator.forEach((term, bit) => (state ^= (top >> bit) & 1 ? term : 0));
  }
  state ^= 1;
  return [25, 20, 15, 10, 5, 0].map((shift) => alphabet[(state >> shift) & 31]).join("");
}

function x25519Der(point: Buffer): Buffer {
  return Buffer.concat([Buffer.from("302a300506032b656e032100", "hex"), point]);
}

/** RFC 4253, 6.6. */
function sshPublicKey(certificatePem: string): Buffer {
  const { n = "", e = "" } = new X509Certificate(certificatePem).publicKey.export({ format: "jwk" });
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const modulus = Buffer.concat([Buffer.alloc(1), Buffer.from(n, "base64url")]);
  return Buffer.concat([Buffer.from("ssh-rsa"), Buffer.from(e, "base64url"), modulus].map(field));
}
