import { randomBytes } from "node:crypto";
import t from "tap";
import { newBackupKey, sealBytes } from "../../src/seal/age.ts";
import type { Recipient } from "../../src/seal/age.ts";
import { checkProof, recordProof, unwrapFileKey } from "../../src/seal/proof.ts";
import { recordingRecipient } from "../../src/seal/recovery-key.ts";
import type { RecoveryKey } from "../../src/seal/recovery-key.ts";
import { rsaTestKey, x25519TestKey } from "../fixtures/recovery-keys.ts";

const north = (await rsaTestKey("north")).key;
const south = (await x25519TestKey("south")).key;
const thief = (await rsaTestKey("thief")).key;
const day = await newBackupKey();

/** What a backup host does; `extra` are recipients it adds without a word. */
async function seal(keys: readonly RecoveryKey[], extra: readonly Recipient[] = []) {
  const recorded = keys.map((key) => ({ key, recipient: recordingRecipient(key) }));
  const recipients = [...recorded.map((r) => r.recipient), ...extra, day.recipient];
  const keyAge = await sealBytes(Buffer.from("AGE-SECRET-KEY-1…\n"), recipients);
  const randomness = recorded.map(({ key, recipient }) => ({
    fingerprint: key.fingerprint,
    kind: key.kind,
    randomness: recipient.randomness(),
  }));
  return { keyAge, randomness, record: recordProof({ keyAge, randomness }) };
}

/** What the restore test does. */
async function check(keyAge: Buffer, record: Buffer, pinned: readonly RecoveryKey[]) {
  const { fileKey, own } = await unwrapFileKey(keyAge, day.identity);
  return checkProof({ keyAge, fileKey, own, record, pinned });
}

t.test("an honest backup is proved", async (t) => {
  const { keyAge, record } = await seal([north, south]);
  t.same(await check(keyAge, record, [north, south]), {
    ok: true,
    keys: [
      { fingerprint: north.fingerprint, label: "north", ok: true },
      { fingerprint: south.fingerprint, label: "south", ok: true },
    ],
    strangers: [],
  });
  t.equal((await check(keyAge, record, [south, north])).ok, true, "in any order");
});

t.test("a swapped recipient is caught", async (t) => {
  const { keyAge, randomness } = await seal([thief, south]);
  const lying = randomness.map((r) =>
    r.fingerprint === thief.fingerprint ? { ...r, fingerprint: north.fingerprint } : r,
  );
  const verdict = await check(keyAge, recordProof({ keyAge, randomness: lying }), [north, south]);
  t.equal(verdict.ok, false);
  t.match(verdict.keys, [
    { label: "north", ok: false, reason: /no stanza/ },
    { label: "south", ok: true },
  ]);
  t.match(verdict.strangers, [/^stanza 1 of key\.age \(ssh-rsa\)/]);
});

t.test("a recipient more is caught", async (t) => {
  const someone = await newBackupKey();
  for (const extra of [someone.recipient, recordingRecipient(thief), day.recipient]) {
    const { keyAge, record } = await seal([north, south], [extra]);
    const verdict = await check(keyAge, record, [north, south]);
    t.equal(verdict.ok, false);
    t.ok(verdict.keys.every((key) => key.ok));
    t.equal(verdict.strangers.length, 1);
  }
});

t.test("a recovery key left out is caught", async (t) => {
  const { keyAge, record } = await seal([south]);
  const verdict = await check(keyAge, record, [north, south]);
  t.equal(verdict.ok, false);
  t.match(verdict.keys[0], { label: "north", ok: false, reason: "no randomness was recorded" });
});

t.test("a stanza that holds another file key is caught", async (t) => {
  for (const key of [north, south]) {
    const randomness = randomBytes(32);
    const wrong: Recipient = { wrapFileKey: () => [key.wrap(randomBytes(16), randomness)] };
    const keyAge = await sealBytes(Buffer.from("x"), [wrong, day.recipient]);
    const entry = { fingerprint: key.fingerprint, kind: key.kind, randomness };
    const verdict = await check(keyAge, recordProof({ keyAge, randomness: [entry] }), [key]);
    t.match(verdict, { ok: false, keys: [{ ok: false, reason: /no stanza/ }], strangers: [/stanza 1/] });
  }
});

t.test("randomness of the wrong length is a verdict, not a crash", async (t) => {
  const { keyAge, randomness } = await seal([north, south]);
  const short = randomness.map((r) => ({ ...r, randomness: r.randomness.subarray(1) }));
  const verdict = await check(keyAge, recordProof({ keyAge, randomness: short }), [north, south]);
  t.match(verdict.keys, [{ ok: false }, { ok: false }]);
  t.equal(verdict.strangers.length, 2);
});

t.test("a record of another backup or none at all", async (t) => {
  const [one, two] = [await seal([north]), await seal([north])];
  await t.rejects(check(one.keyAge, two.record, [north]), {
    code: "PROOF_FAILED",
    message: /another key\.age/,
  });
  const long = JSON.stringify({ version: 1, keyAge: "0".repeat(64), recovery: [], more: 1 });
  for (const record of ["", "{}", "null", long]) {
    await t.rejects(check(one.keyAge, Buffer.from(record), [north]), {
      code: "PROOF_FAILED",
      message: /read/,
    });
  }
});

t.test("only the day key it is sealed to opens key.age, and a changed header is refused", async (t) => {
  const { keyAge } = await seal([north]);
  const other = await newBackupKey();
  await t.rejects(unwrapFileKey(keyAge, other.identity), {
    code: "NO_IDENTITY_MATCH",
    message: /ssh-rsa, X25519/,
  });
  await t.rejects(unwrapFileKey(keyAge.subarray(0, 100), day.identity), { code: "AGE_INVALID" });
  const text = keyAge.toString("latin1").replace("\n---", "\n-> x y\n\n---");
  await t.rejects(unwrapFileKey(Buffer.from(text, "latin1"), day.identity), { code: "AGE_INVALID" });
});
