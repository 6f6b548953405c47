import t from "tap";
import type { DeclaredApplication } from "../../src/auth/application.ts";
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
