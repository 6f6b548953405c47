import t from "tap";
import { backupKeyFrom, unlockBackupKey } from "../../src/restore-test/unlock.ts";
import { newBackupKey, sealBytes } from "../../src/seal/age.ts";
import { parseIdentity } from "../../src/seal/recovery-identity.ts";
import { recordingRecipient } from "../../src/seal/recovery-key.ts";
import { rsaTestKey, x25519TestKey } from "../fixtures/recovery-keys.ts";
import { faultOf } from "../fixtures/store-conformance.ts";

const [rsa, x25519, stranger] = await Promise.all([
  rsaTestKey("north"),
  x25519TestKey("south"),
  x25519TestKey("x"),
]);
const { identity } = await newBackupKey();
const seal = (text: string): Promise<Buffer> =>
  sealBytes(Buffer.from(text), [recordingRecipient(rsa.key), recordingRecipient(x25519.key)]);
const keyAge = await seal(`${identity}\n`);
const identityOf = async ({ identityText }: { identityText: string }) =>
  (await parseIdentity(Buffer.from(identityText))).identity;

t.test("each recovery key opens it, also among others that do not", async (t) => {
  for (const key of [rsa, x25519]) {
    t.equal(await unlockBackupKey(keyAge, [await identityOf(key)]), identity);
    t.equal(await unlockBackupKey(keyAge, [await identityOf(stranger), await identityOf(key)]), identity);
  }
});

t.test("another's key opens nothing, and what is inside has to be a key", async (t) => {
  const nobody = unlockBackupKey(keyAge, [await identityOf(stranger)]);
  t.match(await faultOf(nobody), { code: "NO_IDENTITY_MATCH" });
  const mine = [await identityOf(x25519)];
  for (const text of ["", "hello", "# comment only\n", `${identity}X`, identity.toLowerCase()])
    t.match(await faultOf(unlockBackupKey(await seal(text), mine)), {
      code: "AGE_INVALID",
      message: "key.age does not hold an age identity",
    });
  for (const changed of [keyAge.subarray(0, -1), Buffer.concat([keyAge, Buffer.alloc(1)]), Buffer.alloc(0)])
    t.match(await faultOf(unlockBackupKey(changed, mine)), { code: "AGE_INVALID" });
});

t.test("a carried backup key is read as age writes it", async (t) => {
  for (const text of [identity, `${identity}\n`, `# created\n# public key\r\n\n  ${identity}  \r\n`])
    t.equal(backupKeyFrom(text, "backup.key"), identity);
  t.throws(() => backupKeyFrom("age1xyz", "/media/backup.key"), {
    code: "AGE_INVALID",
    message: "/media/backup.key does not hold an age identity",
    todo: /age -d -i recovery\.key key\.age/,
  });
});
