import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import t from "tap";
import { openAssertionKeys } from "../../src/auth/assertion.ts";
import type { Identity } from "../../src/auth/forward-auth.ts";

const pem = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const anna: Identity = {
  ...{
    id: "a-1",
    user: "anna",
    name: "Őri",
    email: "anna@example.hu",
    groups: ["sales"],
    scopes: ["settings"],
  },
  ...{ sessionId: "s-1", secondFactor: "totp" },
};
const NOW = new Date("2026-03-02T10:00:00.900Z");
const read = (part = ""): unknown => JSON.parse(Buffer.from(part, "base64url").toString());

t.test("what is stated, checked with nothing but node:crypto", async (t) => {
  const keys = openAssertionKeys([pem(), pem()]);
  const token = keys.assertion(anna, "https://login.example.hu", "https://crm.example.hu", NOW);
  const [header, body, signature = ""] = token.split(".");
  t.strictSame(read(header), { alg: "EdDSA", typ: "lakat-assertion+jwt", kid: keys.kid });
  t.strictSame(read(body), {
    ...{ iss: "https://login.example.hu", aud: "https://crm.example.hu", iat: 1772445600, exp: 1772445660 },
    ...{ sub: "a-1", preferred_username: "anna", name: "Őri", email: "anna@example.hu", groups: ["sales"] },
    ...{ scopes: ["settings"], sid: "s-1", amr: ["pwd", "otp", "mfa"] },
  });
  const [first, second] = keys.jwks.keys;
  t.equal(first?.kid, keys.kid, "the first key signs");
  const isSignedBy = (jwk = first): boolean =>
    verify(
      null,
      Buffer.from(`${header ?? ""}.${body ?? ""}`),
      createPublicKey({ key: { ...jwk }, format: "jwk" }),
      Buffer.from(signature, "base64url"),
    );
  t.ok(isSignedBy());
  t.notOk(isSignedBy(second));
  t.notMatch(JSON.stringify(keys.jwks), /"d"/, "no private half is published");
});

t.test("a key is named by its thumbprint", async (t) => {
  // RFC 8037, appendix A.1 to A.3
  const der = Buffer.concat([
    Buffer.from("302e020100300506032b657004220420", "hex"),
    Buffer.from("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "base64url"),
  ]);
  const text = `-----BEGIN PRIVATE KEY-----\n${der.toString("base64")}\n-----END PRIVATE KEY-----\n`;
  t.equal(openAssertionKeys([text]).kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
});

t.test("keys that cannot be used", async (t) => {
  const one = pem();
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const publicHalf = createPublicKey(one).export({ format: "pem", type: "spki" }).toString();
  t.throws(() => openAssertionKeys([]), { code: "CONFIG_INVALID" });
  t.throws(() => openAssertionKeys([one, one]), { code: "CONFIG_INVALID" });
  for (const text of [rsa.export({ format: "pem", type: "pkcs8" }).toString(), publicHalf, "", "garbage"])
    t.throws(() => openAssertionKeys([one, text]), { code: "KEY_FILE_INVALID", message: /key 2 / });
});

t.test("each factor by its registered name", async (t) => {
  const keys = openAssertionKeys([pem()]);
  const amr = (secondFactor: Identity["secondFactor"]): unknown =>
    (read(keys.assertion({ ...anna, secondFactor }, "i", "a", NOW).split(".")[1]) as { amr: unknown }).amr;
  t.strictSame(amr("sms"), ["pwd", "sms", "mfa"]);
  t.strictSame(amr("recovery-code"), ["pwd", "mfa"]);
  t.strictSame(amr(null), ["pwd"]);
});
