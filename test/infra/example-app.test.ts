/** The example application, as its own process, with assertions as the gateway signs them. */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import t from "tap";
import { keysFrom, verifyAssertion } from "../../infra/proxies/example-app/verify-assertion.ts";
import { openAssertionKeys } from "../../src/auth/assertion.ts";
import type { Identity } from "../../src/auth/forward-auth.ts";
import { startWebServer } from "../fixtures/web-server.ts";

const pem = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const [ISSUER, AUDIENCE] = ["https://login.example.hu", "https://crm.example.hu"];
const [ours, theirs] = [openAssertionKeys([pem()]), openAssertionKeys([pem()])];
const anna: Identity = {
  ...{ id: "a-1", user: "anna", name: "Őri", email: "anna@example.hu", groups: ["sales"], scopes: [] },
  ...{ sessionId: "s-1", secondFactor: "totp" },
};
const NOW = Date.parse("2026-03-02T10:00:00Z");
const at = (seconds: number): Date => new Date(NOW + seconds * 1000);
const expected = { issuer: ISSUER, audience: AUDIENCE };
const find = async (kid: string): Promise<Record<string, unknown> | undefined> =>
  ours.jwks.keys.filter((key) => key.kid === kid).map((key) => ({ ...key }))[0];
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

t.test("takes what the gateway signed for it, and nothing else", async (t) => {
  const good = ours.assertion(anna, ISSUER, AUDIENCE, at(0));
  const [header = "", body = "", signature = ""] = good.split(".");
  t.match(await verifyAssertion(good, find, expected, NOW), {
    preferred_username: "anna",
    groups: ["sales"],
  });
  const head = { alg: "EdDSA", typ: "lakat-assertion+jwt", kid: ours.kid };
  const admin = part({
    ...(JSON.parse(Buffer.from(body, "base64url").toString()) as object),
    groups: ["admin"],
  });
  const bad: [name: string, token: string][] = [
    ["empty", ""],
    ["garbage", "a.b.c"],
    ["no signature", `${header}.${body}.`],
    ["another body", `${header}.${admin}.${signature}`],
    ["alg none", `${part({ ...head, alg: "none" })}.${body}.${signature}`],
    ["alg HS256", `${part({ ...head, alg: "HS256" })}.${body}.${signature}`],
    ["another type", `${part({ ...head, typ: "JWT" })}.${body}.${signature}`],
    ["unknown key", `${part({ ...head, kid: "x" })}.${body}.${signature}`],
    [
      "key of another gateway under our id",
      `${header}.${theirs.assertion(anna, ISSUER, AUDIENCE, at(0)).split(".").slice(1).join(".")}`,
    ],
    ["another gateway", theirs.assertion(anna, ISSUER, AUDIENCE, at(0))],
    ["another issuer", ours.assertion(anna, "https://login.evil.example", AUDIENCE, at(0))],
    ["another application", ours.assertion(anna, ISSUER, "https://wiki.example.hu", at(0))],
    ["a path of this one", ours.assertion(anna, ISSUER, `${AUDIENCE}/reports`, at(0))],
    ["expired", ours.assertion(anna, ISSUER, AUDIENCE, at(-70))],
    ["of the future", ours.assertion(anna, ISSUER, AUDIENCE, at(11))],
    ["a byte more", `${good}A`],
    ["a space", ` ${good}`],
  ];
  for (const [name, token] of bad)
    t.equal(await verifyAssertion(token, find, expected, NOW), undefined, name);
  for (const seconds of [-69, 10])
    t.ok(
      await verifyAssertion(ours.assertion(anna, ISSUER, AUDIENCE, at(seconds)), find, expected, NOW),
      `${seconds} s: within the skew`,
    );
});

t.test("keys are kept, and asked for again when a new one signs, but not by every request", async (t) => {
  let published = ours.jwks;
  const web = await startWebServer(t, (response) => void response.end(JSON.stringify(published)));
  let time = 0;
  const findKey = keysFrom(web.url, 300_000, () => time);
  t.ok(await findKey(ours.kid));
  t.equal(await findKey("x"), undefined);
  t.equal(web.requests.length, 1);
  published = theirs.jwks;
  time = 11_000;
  t.ok(await findKey(theirs.kid));
  t.equal(web.requests.length, 2);
});

t.test("the whole program", async (t) => {
  const web = await startWebServer(t, (response) => void response.end(JSON.stringify(ours.jwks)));
  const app = new URL("../../infra/proxies/example-app/app.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [app], {
    env: { PATH: process.env["PATH"], ISSUER, AUDIENCE, PORT: "0", JWKS_URL: web.url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.teardown(() => child.kill());
  const line = await new Promise<string>((resolve) =>
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString())),
  );
  const port = /"port":(\d+)/.exec(line)?.[1] ?? "";
  const ask = async (assertion?: string, user = "anna"): Promise<[number, string]> => {
    const headers = {
      "Remote-User": user,
      ...(assertion === undefined ? {} : { "Remote-Assertion": assertion }),
    };
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers });
    return [response.status, (await response.text()).trim()];
  };
  const signed = (identity: Identity): string => ours.assertion(identity, ISSUER, AUDIENCE, new Date());
  t.strictSame(await ask(signed(anna)), [200, '{"hello":"Őri","sees":["settings","data"]}']);
  const consultant = { ...anna, groups: ["consultant"], scopes: ["settings"] };
  t.strictSame(await ask(signed(consultant)), [200, '{"hello":"Őri","sees":["settings"]}']);
  t.equal((await ask(signed({ ...consultant, scopes: [] })))[0], 403);
  t.equal((await ask(undefined, "admin"))[0], 401, "a header alone is nobody");
  t.equal((await ask(theirs.assertion(anna, ISSUER, AUDIENCE, new Date())))[0], 401);
});
