import t from "tap";
import { auditOn } from "../../../src/auth/store/audit.ts";
import { checkNewest } from "../../../src/auth/store/audit-check.ts";
import { auditKey } from "../../fixtures/audit-trails.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { NOW } from "../../fixtures/people.ts";

const { pool } = await withGatewayDatabase(t);
const key = auditKey();

t.test("the newest rows are checked, and no others", async (t) => {
  t.match(await checkNewest(pool, key, 10), { rows: 0, broken: 0 });
  for (let i = 0; i < 20; i++)
    await auditOn(pool).append({ at: NOW, event: "sign-in", outcome: "success", actor: { kind: "gateway" } });
  t.match(await checkNewest(pool, key, 5), { rows: 5, broken: 0, head: { seq: 20 } });
  t.match(await checkNewest(pool, key, 20), { rows: 20, broken: 0 });
  t.match(await checkNewest(pool, key, 1000), { rows: 20, broken: 0 });
  await pool.query("UPDATE audit SET outcome = 'failure' WHERE seq = 10");
  t.match(await checkNewest(pool, key, 10), { rows: 10, broken: 0 }, "before the end that is checked");
  t.match(await checkNewest(pool, key, 11), { rows: 11, broken: 1, breaks: [{ seq: 10, kind: "columns" }] });
  await pool.query("UPDATE audit SET body = replace(body, 'gateway', 'stranger') WHERE seq = 16");
  t.match(await checkNewest(pool, key, 5), { breaks: [{ seq: 16 }, { seq: 16 }] });
  await pool.query("DELETE FROM audit WHERE seq = 20");
  t.match(await checkNewest(pool, key, 3), { breaks: [{ kind: "cut" }] });
});
