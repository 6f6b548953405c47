import t from "tap";
import fc from "fast-check";
import { CANARY_TYPE, openCanary, signCanary, type Canary } from "../../src/seal/canary.ts";
import { signEnvelope } from "../../src/seal/envelope.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";

const host = newSigningKey();
const canary: Canary = {
  cluster: "crm",
  backupId: "20261123T010203Z-0123abcd",
  systemIdentifier: "7301234567890123456",
  database: "crm",
  writtenAt: "2026-11-23T01:02:05.000Z",
};

t.test("what was signed is what is opened, whatever the database is called, in ASCII", (t) => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 63, unit: "grapheme" }), (database) => {
      fc.pre(database.length <= 255);
      const signed = signCanary({ ...canary, database }, host);
      t.ok(signed.every((byte) => byte < 128));
      t.strictSame(openCanary(signed, [newSigningKey(), host]), { ...canary, database });
    }),
    { numRuns: 30 },
  );
  t.end();
});

t.test("refused, with the reason", (t) => {
  const sign = (change: object): Buffer =>
    signEnvelope(CANARY_TYPE, Buffer.from(JSON.stringify({ version: 1, ...canary, ...change })), host);
  const cases: [string, Buffer, string, RegExp][] = [
    ["empty", Buffer.alloc(0), "SIGNATURE_INVALID", /not JSON/],
    ["another's", signCanary(canary, newSigningKey()), "SIGNATURE_INVALID", /not by a trusted key/],
    [
      "a manifest's type",
      signEnvelope("application/vnd.lakat.manifest+json", Buffer.from("{}"), host),
      "SIGNATURE_INVALID",
      /of type/,
    ],
    ["a newer version", sign({ version: 2 }), "MANIFEST_INVALID", /version/],
    ["no backup id", sign({ backupId: "yesterday" }), "MANIFEST_INVALID", /backupId: not a backup id/],
    ["more than known", sign({ and: 1 }), "MANIFEST_INVALID", /canary is not in the known form/],
    ["no JSON inside", signEnvelope(CANARY_TYPE, Buffer.from("x"), host), "MANIFEST_INVALID", /known form/],
  ];
  for (const [name, bytes, code, message] of cases)
    t.throws(() => openCanary(bytes, [host]), { code, message }, name);
  t.throws(() => signCanary({ ...canary, cluster: "../x" }, host), "nothing unreadable is signed");
  t.end();
});
