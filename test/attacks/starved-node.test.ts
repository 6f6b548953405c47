/** Strangers fill the connections to PostgreSQL: whoever is signed in must not notice. */
import t from "tap";
import { openPool } from "../../src/auth/store/database.ts";
import { Browser } from "../fixtures/browser.ts";
import { withGateway } from "../fixtures/gateway.ts";

const CRM = "https://crm.example.hu";

t.test("attack 25: every connection of the pool is taken by strangers, and people still pass", async (t) => {
  const gateway = await withGateway(t);
  const { host, port, user, password } = gateway.database.postgres;
  const pool = openPool(
    { host, port, user, password, database: gateway.database.name },
    { max: 2, applicationName: "lakat-gateway" },
  );
  const node = await gateway.another({ pool });
  t.teardown(async () => {
    await node.stop();
    await pool.end();
  });
  const person = await gateway.person();
  const { pages, authz } = node.ports;
  const browser = new Browser({ pages, authz });
  await gateway.signIn(browser, person);
  await browser.get(`${CRM}/.lakat/start?to=/`);
  t.equal((await browser.authz(`${CRM}/`)).status, 200);

  const taken = await Promise.all([pool.connect(), pool.connect()]);
  // Longer than memory is trusted without news.
  const until = performance.now() + 1300;
  const seen = new Set<number>();
  while (performance.now() < until) seen.add((await browser.authz(`${CRM}/`)).status);
  t.strictSame([...seen], [200]);
  for (const client of taken) client.release();
});
