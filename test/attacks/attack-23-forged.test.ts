/** ID tokens that are not the provider's, not for us, not for this attempt or not of now. */
import { generateKeyPairSync } from "node:crypto";
import t from "tap";
import { LOGIN, withGateway } from "../fixtures/gateway.ts";
import { withForgedProvider } from "../fixtures/forged-provider.ts";
import { leaveTo } from "../fixtures/single-sign-on.ts";

t.test("attack 23: forged ID tokens", async (t) => {
  const forged = await withForgedProvider(t, "forged");
  const gateway = await withGateway(t, { node: { providers: [forged.port] } });
  const right = forged.key;
  const now = Math.floor(Date.now() / 1000);
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const comesIn = async (nonce?: string): Promise<boolean> => {
    const browser = gateway.browser();
    const at = new URL(await leaveTo(browser, "forged"));
    forged.nonce = nonce ?? at.searchParams.get("nonce") ?? "";
    const state = at.searchParams.get("state") ?? "";
    const page = await browser.get(`${LOGIN}/sign-in/with/forged/back?code=any&state=${state}`);
    return /sign-in\?link/.test(page.url);
  };
  t.ok(await comesIn(), "a right one comes in");
  const before = forged.nonce;
  for (const [name, over] of [
    ["signed by another key", { key: other }],
    ["of a key that is not there", { header: { kid: "two" } }],
    ["with alg none", { header: { alg: "none" }, key: undefined }],
    ["without a signature", { key: undefined }],
    ["with HS256", { header: { alg: "HS256" } }],
    ["for somebody else", { claims: { aud: "another client" } }],
    ["for several, us among them, and another's", { claims: { aud: ["lakat", "x"], azp: "x" } }],
    ["of another issuer", { claims: { iss: "https://evil.example" } }],
    ["of yesterday", { claims: { iat: now - 90_000, exp: now - 86_400 } }],
    ["without an end", { claims: { exp: undefined } }],
    ["without a subject", { claims: { sub: undefined } }],
    ["with an empty subject", { claims: { sub: "" } }],
    ["without a nonce", { claims: { nonce: undefined } }],
  ] as const) {
    Object.assign(forged, { claims: {}, header: {}, key: right, ...over });
    t.notOk(await comesIn(), name);
  }
  Object.assign(forged, { claims: {}, header: {}, key: right });
  t.notOk(await comesIn(before), "with the nonce of an attempt before");
  t.ok(await comesIn(), "and a right one still comes in");
});
