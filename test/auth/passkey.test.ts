import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import {
  credentialOf,
  judgeAssertion,
  judgeRegistration,
  readAssertion,
  readRegistration,
} from "../../src/auth/passkey.ts";
import { userHandle } from "../../src/auth/passkey-options.ts";
import { SoftPasskey, type Wrong } from "../fixtures/passkey.ts";

const RP = { id: "login.example.hu", origin: "https://login.example.hu", name: "Example" };
const accountId = randomUUID();
const handle = userHandle(accountId).toString("base64url");

const register = async (passkey: SoftPasskey, wrong: Wrong = {}) => {
  const challenge = randomBytes(32);
  const told = { challenge: challenge.toString("base64url"), rp: RP, user: { id: handle } };
  const read = readRegistration(passkey.register(told, wrong));
  return read && judgeRegistration(read, RP, challenge);
};
const assertWith = async (passkey: SoftPasskey, publicKey: Buffer, wrong: Wrong = {}) => {
  const challenge = randomBytes(32);
  const read = readAssertion(
    passkey.assert({ challenge: challenge.toString("base64url"), rpId: RP.id }, wrong),
  );
  return (
    read && judgeAssertion(read, { accountId, credentialId: credentialOf(read), publicKey }, RP, challenge)
  );
};
const keyOf = async (passkey: SoftPasskey): Promise<Buffer> => {
  const made = await register(passkey);
  if (made === undefined) throw new Error("a right passkey was refused");
  return made.publicKey;
};

const WRONG: [why: string, wrong: Wrong][] = [
  ["of another page", { origin: "https://login.example.hu.evil.example" }],
  ["of an application's host", { origin: "https://crm.example.hu" }],
  ["without TLS", { origin: "http://login.example.hu" }],
  ["for another relying party", { rpId: "example.hu" }],
  ["for another challenge", { challenge: randomBytes(32).toString("base64url") }],
  ["nobody was there", { flags: { up: false } }],
  ["the person was not verified", { flags: { uv: false } }],
  ["inside a frame", { crossOrigin: true }],
];

t.test("each algorithm that we ask for, and no other", async (t) => {
  for (const algorithm of ["ES256", "EdDSA", "RS256"] as const) {
    const passkey = new SoftPasskey(algorithm, 6);
    const made = await register(passkey);
    t.match(made, { credentialId: passkey.id, counter: 6, transports: ["internal", "hybrid"] }, algorithm);
    t.same(await assertWith(passkey, made?.publicKey ?? Buffer.alloc(0)), { counter: 7 }, algorithm);
  }
  t.equal(await register(new SoftPasskey("ES384")), undefined);
});

t.test("what is wrong in one thing is refused, new or used", async (t) => {
  for (const [why, wrong] of [...WRONG, ["a signature's", { type: "webauthn.get" }]] as typeof WRONG)
    t.equal(await register(new SoftPasskey(), wrong), undefined, `new, ${why}`);
  const [passkey, other] = [new SoftPasskey(), new SoftPasskey()];
  const publicKey = await keyOf(passkey);
  const more: typeof WRONG = [
    ["a new one's", { type: "webauthn.create" }],
    ["signed by another key", { key: other.key }],
    ["signed by nothing", { signature: Buffer.alloc(64) }],
    ["of another account", { userHandle: userHandle(randomUUID()).toString("base64url") }],
  ];
  for (const [why, wrong] of [...WRONG, ...more])
    t.equal(await assertWith(passkey, publicKey, wrong), undefined, why);
  t.same(await assertWith(passkey, publicKey, { userHandle: undefined }), { counter: passkey.counter });
});

t.test("what it says of its make is not looked at, whatever it is", async (t) => {
  for (const fmt of ["packed", "tpm", "apple", "something new"]) {
    const attStmt = new Map<string, unknown>([
      ["alg", -7],
      ["sig", randomBytes(70)],
    ]);
    t.ok(await register(new SoftPasskey(), { fmt, attStmt }), fmt);
  }
});

t.test("what can be no answer is none, and never a fault", async (t) => {
  const told = { challenge: "x", rp: RP, rpId: RP.id };
  const passkey = new SoftPasskey();
  for (const [read, whole] of [
    [readRegistration, passkey.register(told)],
    [readAssertion, passkey.assert(told)],
  ] as const) {
    for (const text of [
      "",
      "null",
      "[]",
      "{}",
      "x",
      whole.slice(1),
      whole.replace(/"id":"[^"]*"/, '"id":"!"'),
    ])
      t.equal(read(text), undefined, text.slice(0, 40));
    t.equal(read(whole.replace('"public-key"', '"password"')), undefined);
  }
  const bits = fc
    .uint8Array({ minLength: 1, maxLength: 300 })
    .map((some) => Buffer.from(some).toString("base64url"));
  const challenge = randomBytes(32);
  const client = Buffer.from(
    JSON.stringify({
      type: "webauthn.get",
      challenge: challenge.toString("base64url"),
      origin: RP.origin,
      crossOrigin: false,
    }),
  ).toString("base64url");
  const key = await keyOf(passkey);
  await fc.assert(
    fc.asyncProperty(bits, bits, fc.boolean(), async (a, b, ours) => {
      const id = passkey.id.toString("base64url");
      const common = { id, rawId: id, type: "public-key" as const };
      const clientDataJSON = ours ? client : a;
      const one = { ...common, response: { clientDataJSON, attestationObject: a, transports: [] } };
      const two = { ...common, response: { clientDataJSON, authenticatorData: a, signature: b } };
      const known = { accountId, credentialId: passkey.id, publicKey: key };
      return (
        (await judgeRegistration(one, RP, challenge)) === undefined &&
        (await judgeAssertion(two, known, RP, challenge)) === undefined
      );
    }),
    { numRuns: 200 },
  );
});
