import { generateKeyPairSync } from "node:crypto";
import t from "tap";
import { openAccessCache } from "../../src/auth/access-cache.ts";
import type { DeclaredApplication } from "../../src/auth/application.ts";
import { openAssertionKeys } from "../../src/auth/assertion.ts";
import { openGatekeeper } from "../../src/auth/gatekeeper.ts";
import { withGateway } from "../fixtures/gateway.ts";

const WEAK = "https://office.example.hu";
const STRICT = `${WEAK}/payroll`;
const MINUTE = 60_000;

const application = (name: string, url: string, clear_data: boolean): DeclaredApplication => ({
  name,
  url,
  clear_data,
  roles: ["staff"],
  scopes: [],
  second_factor: "new-device",
  sms: true,
  public: [],
  owners: [],
});

t.test("questions to a database that is slow are bounded, and asked again when it answers", async (t) => {
  const gateway = await withGateway(t);
  const person = await gateway.person();
  const browser = gateway.browser();
  await gateway.signIn(browser, person, undefined);
  await browser.get("https://crm.example.hu/.lakat/start?to=/");
  const cookie = browser.cookie("crm.example.hu", "__Host-lakat-app");
  const { settings, gateway: node } = { ...gateway, gateway: gateway.node.gateway };
  const waiting: (() => void)[] = [];
  const slow = {
    byAppToken: async (hash: Buffer) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return node.store.read.access.byAppToken(hash);
    },
  };
  const keys = openAssertionKeys([
    generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  ]);
  const gatekeeper = openGatekeeper(settings, slow, openAccessCache(), keys);
  const target = { method: "GET", host: "crm.example.hu", path: "/", query: "", ambiguous: false };
  const ask = () => gatekeeper.ask(target, cookie, gateway.now(), 0);
  const asked = Array.from({ length: 256 }, ask);
  t.throws(ask, /too many/, "no queue without an end");
  for (const answer of waiting) answer();
  for (const answer of asked) t.equal((await answer).kind, "allow");
  const again = ask();
  for (const answer of waiting) answer();
  t.equal((await again).kind, "allow", "and then they are asked again");
});

t.test("on a host with two applications, use of the weaker does not keep the strict one open", async (t) => {
  const gateway = await withGateway(t, {
    applications: [application("office", WEAK, false), application("payroll", STRICT, true)],
  });
  const browser = gateway.browser();
  await gateway.signIn(browser, await gateway.person());
  await browser.get(`${WEAK}/.lakat/start?to=/payroll/`);
  const statuses = async (): Promise<[weak: number, strict: number]> => [
    (await browser.authz(`${WEAK}/`)).status,
    (await browser.authz(`${STRICT}/`)).status,
  ];
  for (let minutes = 0; minutes < 20; minutes += 10) {
    t.strictSame(await statuses(), [200, 200], "its own use keeps it open");
    await gateway.pass(10 * MINUTE);
  }
  for (let minutes = 0; minutes < 20; minutes += 5) {
    t.equal((await browser.authz(`${WEAK}/`)).status, 200);
    await gateway.pass(5 * MINUTE);
  }
  t.match(await statuses(), [200, 401]);
});
