import { randomBytes } from "node:crypto";
import t from "tap";
import { forgetDevice } from "../../src/auth/forget-device.ts";
import { openSealer } from "../../src/auth/sealed.ts";
import { openStore } from "../../src/auth/store/postgres.ts";
import { withGatewayDatabase } from "../fixtures/gateway-database.ts";
import { NOW, peopleOn } from "../fixtures/people.ts";

const { pool } = await withGatewayDatabase(t);
const bench = peopleOn(pool);
const gateway = { store: openStore(pool, openSealer([{ id: "test", key: randomBytes(32) }])) };
const store = gateway.store;
const root = await bench.account("root", { roles: ["administrator"] });
const plain = await bench.account("plain");

t.test("a device is forgotten with the sessions on it, and no other account's", async (t) => {
  const { deviceId } = await bench.session(plain);
  const other = await bench.session(plain);
  const forgetting = { deviceId, by: bench.as(root), now: NOW };
  t.equal(await forgetDevice(gateway, { ...forgetting, account: root }), false);
  t.same(await bench.left(plain), { sessions: 2, devices: 2, links: 0 });
  t.equal(await forgetDevice(gateway, { ...forgetting, account: plain }), true);
  t.same(await bench.left(plain), { sessions: 1, devices: 1, links: 0 });
  t.equal(await forgetDevice(gateway, { ...forgetting, account: plain }), false);
  t.match((await bench.events()).at(-1), "device.forgotten success administrator plain");
  t.match(await store.read.sessions.byId(other.sessionId, NOW), { id: other.sessionId });
});
