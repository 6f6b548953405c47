/** Grants on a running gateway: asked for by one, approved by another, ended by either. */
import t from "tap";
import type { Browser } from "../../fixtures/browser.ts";
import { LOGIN, withGateway, type Person } from "../../fixtures/gateway.ts";

const gateway = await withGateway(t);
const CRM = "https://crm.example.hu";
const signedIn = async (person: Person): Promise<Browser> => {
  const browser = gateway.browser();
  await gateway.signIn(browser, person);
  return browser;
};

t.test("a grant opens its application when an owner has approved it, and until it is ended", async (t) => {
  const [asker, owner] = [
    await gateway.person({ roles: [] }),
    await gateway.person({ roles: ["crm-owner"] }),
  ];
  const [one, other] = [await signedIn(asker), await signedIn(owner)];
  const asked = await one.submit(await one.get(`${LOGIN}/account/access`), {
    reason: "<b>why</b>",
    hours: "4",
  });
  t.equal(asked.url, `${LOGIN}/account?done=grant`);
  const [grant] = await gateway.rows<{ id: string }>("SELECT id FROM access_grant");
  const page = `${LOGIN}/grants/${grant?.id ?? ""}`;
  t.equal((await one.get(`${CRM}/`)).status, 403, "nothing opens before");
  t.equal((await one.get(page)).status, 404, "nor does whoever asked approve it");
  for (const id of ["x", "0".repeat(36), page.slice(-36).replace(/.$/, "g")])
    t.equal((await other.get(`${LOGIN}/grants/${id}`)).status, 404);
  t.match((await other.get(`${LOGIN}/grants`)).body, page.slice(LOGIN.length));
  const shown = await other.get(page);
  t.match(shown.body, "&lt;b&gt;why&lt;/b&gt;");
  t.equal((await other.post(`${page}/approve`, {}, { follow: false })).status, 403, "no token");
  const token = /name="token" value="([^"]*)"/.exec((await one.get(`${LOGIN}/account`)).body)?.[1] ?? "";
  t.equal((await one.post(`${page}/approve`, { token })).status, 404, "not an owner");
  await gateway.pass(10 * 60_000 + 1);
  t.match(
    (await other.submit(shown, {}, /approve/)).url,
    "/confirm",
    "for approval both factors are shown again",
  );
  await other.submit(await other.get(`${LOGIN}/sign-out`));
  const again = await signedIn(owner);
  t.match((await again.submit(await again.get(page), {}, /approve/)).body, "It is approved");
  t.equal((await one.get(`${CRM}/`)).status, 200);
  await one.submit(await one.get(`${LOGIN}/account`), {}, /grants\/end/);
  t.equal((await one.authz(`${CRM}/`)).status, 403, "given up");
});
