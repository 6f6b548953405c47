/** Headers by which a client claims to be somebody, through the real proxies, before the running gateway. */
import t from "tap";
import { IDENTITY_HEADERS } from "../../src/auth/identity-headers.ts";
import { startEcho, valuesOf } from "../fixtures/echo-application.ts";
import { withGateway } from "../fixtures/gateway.ts";
import { askProxy, startProxies } from "../fixtures/proxies.ts";

const gateway = await withGateway(t);
const application = await startEcho(t);
const { pages, authz } = gateway.node.ports;
const proxies = await startProxies(t, { pages, authz, application: application.port });
const anna = await gateway.person({ displayName: "Őri Éva" });
const browser = gateway.browser();
await gateway.signIn(browser, anna);
await browser.get("https://crm.example.hu/");
const cookie = browser.cookieHeader("crm.example.hu");

const LIES = [
  ...IDENTITY_HEADERS,
  ...["Remote_User", "REMOTE_USER", "remote_groups", "Remote-Name_", "Remote.Email", "X-Forwarded-User"],
  ...["X_Forwarded_User", "X_Forwarded_For", "X_Forwarded_Uri", "X_Original_URL", "X-Forwarded-Uri"],
].flatMap((name) => [name, "admin"]);

for (const { name, port } of proxies)
  t.test(`attack 9: ${name}: aliases of identity headers name nobody`, async (t) => {
    application.asked.length = 0;
    const { status } = await askProxy(port, "/customers?page=2", ["Cookie", `a=1; ${cookie}`, ...LIES]);
    t.equal(status, 200);
    const [got] = application.asked.splice(0);
    t.equal(got?.url, "/customers?page=2");
    t.notMatch(got?.rawHeaders.join("\n"), /admin|__Host-lakat/);
    t.strictSame(valuesOf(got, "Remote-User"), [anna.name]);
    t.equal(Buffer.from(valuesOf(got, "Remote-Name").join(), "latin1").toString(), "Őri Éva");
    t.match(valuesOf(got, "Remote-Assertion").join(), /^[\w-]+\.[\w-]+\.[\w-]+$/);

    for (const signedOut of [[], ["Cookie", "__Host-lakat-app=garbage"]]) {
      const program = await askProxy(port, "/customers", [...signedOut, ...LIES]);
      t.equal(program.status, 401);
      const person = await askProxy(port, "/x?y=1", [...signedOut, "Sec-Fetch-Mode", "navigate"]);
      t.ok([302, 303].includes(person.status), `${person.status}`);
      t.equal(person.headers.location, "https://crm.example.hu/.lakat/start?to=%2Fx%3Fy%3D1");
      const start = await askProxy(port, "/.lakat/start?to=%2Fx%3Fy%3D1", signedOut);
      t.match(String(start.headers.location), /^https:\/\/login\.example\.hu\/go\?/);
    }
    t.strictSame(application.asked, []);
  });

t.test("attack 9: an alias that reaches the gateway is refused", async (t) => {
  for (const name of ["Remote_User", "X_Forwarded_User", "X_Original_URL"])
    t.equal((await browser.authz("https://crm.example.hu/", { [name]: "admin" })).status, 401, name);
  t.equal((await browser.authz("https://crm.example.hu/")).status, 200);
});
