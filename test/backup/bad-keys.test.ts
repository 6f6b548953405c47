/** Recovery keys and key files that must not be used. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { backupHost, type HostConfig, type Ran } from "../fixtures/backup-host.ts";
import { withPostgres } from "../fixtures/postgres.ts";
import { rsaTestKey, x25519TestKey } from "../fixtures/recovery-keys.ts";

const postgres = await withPostgres(t);
const host = await backupHost(t, postgres);
const DAY_MS = 86_400_000;
const YEARS_10 = 3652 * DAY_MS;

/** Puts a certificate of these properties in the place of the first recovery key. */
async function withCertificate(
  made: Date,
  bits: number,
  pin?: string,
): Promise<(config: HostConfig) => void> {
  const { publicText, key } = await rsaTestKey("safe-north", made, bits);
  const file = join(host.folder, `${key.fingerprint.slice(7, 15)}.crt`);
  await writeFile(file, publicText);
  return (config) => {
    Object.assign(config.recovery_keys[0] ?? {}, { certificate: file, fingerprint: pin ?? key.fingerprint });
  };
}

function nothingDone(t: Test, ran: Ran): void {
  t.equal(ran.exit, 2);
  t.strictSame(host.s3.requests, [], "no store was asked");
  t.strictSame(host.inBucket(), []);
}

t.test("a recovery certificate", async (t) => {
  const now = Date.now();
  const pinned = host.rsa.key.fingerprint;
  const cases = [
    ["expired", await withCertificate(new Date(now - YEARS_10 - 2 * DAY_MS), 3072), "RECOVERY_KEY_EXPIRED"],
    ["too short", await withCertificate(new Date(), 2048), "RECOVERY_KEY_TOO_SHORT"],
    ["not the pinned one", await withCertificate(new Date(), 3072, pinned), "RECOVERY_KEY_NOT_PINNED"],
  ] as const;
  for (const [name, change, code] of cases)
    await t.test(name, async (t) => {
      const ran = await host.backup({ change });
      t.match(ran.json, { code, what: /safe-north/ });
      nothingDone(t, ran);
    });
});

t.test("an X25519 recipient that is not the pinned one", async (t) => {
  const other = await x25519TestKey("safe-south");
  const ran = await host.backup({
    change: ({ recovery_keys }) =>
      (recovery_keys[1] = { ...recovery_keys[1], recipient: other.publicText.trim() }),
  });
  t.match(ran.json, { code: "RECOVERY_KEY_NOT_PINNED", what: /safe-south/ });
  nothingDone(t, ran);
});

t.test("key files that are not there, not keys, or open to others", async (t) => {
  const at = (name: string): string => join(host.folder, name);
  await writeFile(at("junk"), "junk", { mode: 0o600 });
  await writeFile(at("open"), "x", { mode: 0o600 });
  await chmod(at("open"), 0o640);
  const cases: [(config: HostConfig) => void, string][] = [
    [(c) => (c["signing_key"] = at("nothing")), "KEY_FILE_UNREADABLE"],
    [(c) => (c["signing_key"] = at("junk")), "KEY_FILE_INVALID"],
    [(c) => (c["signing_key"] = at("open")), "KEY_FILE_EXPOSED"],
    [(c) => (c.postgres["password"] = { file: at("open") }), "KEY_FILE_EXPOSED"],
    [(c) => Object.assign(c.recovery_keys[0] ?? {}, { certificate: at("junk") }), "RECOVERY_KEY_INVALID"],
    [(c) => (c["restore_test"] = { public_key: at("junk") }), "KEY_FILE_INVALID"],
  ];
  for (const [change, code] of cases) {
    await host.reset();
    const ran = await host.backup({ change });
    t.match(ran, { exit: 2, json: { code } });
    t.notOk(host.inBucket().some((key) => key !== "crm/probe"));
  }
});

t.test("what is well but will not be for ever is a finding, and the backup is made", async (t) => {
  const soon = await withCertificate(new Date(Date.now() - YEARS_10 + 30 * DAY_MS), 3072);
  t.match(await host.backup({ change: soon }), {
    exit: 3,
    json: {
      backupId: String,
      findings: [{ code: "RECOVERY_KEY_EXPIRES_SOON", what: /safe-north expires in (2\d|30) days/ }],
    },
  });
  t.match(await host.backup({ change: ({ recovery_keys }) => void recovery_keys.pop() }), {
    exit: 3,
    json: { backupId: String, findings: [{ code: "ONE_RECOVERY_KEY" }] },
  });
});
