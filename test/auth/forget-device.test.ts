import { randomBytes, randomUUID } from "node:crypto";
import t from "tap";
import { forgetDevice } from "../../src/auth/forget-device.ts";
import { openSealer } from "../../src/auth/sealed.ts";
import { openStore } from "../../src/auth/store/postgres.ts";
import { withGatewayDatabase } from "../fixtures/gateway-database.ts";
import { later, NOW, peopleOn } from "../fixtures/people.ts";

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

/** Resolves when `work` is through, or when it waits for somebody in the database. */
const underWay = async (work: Promise<unknown>): Promise<void> => {
  const waits = async (): Promise<boolean> =>
    (await pool.query("SELECT FROM pg_locks WHERE NOT granted")).rowCount !== 0;
  while (!(await Promise.race([work.then(() => true), waits()])));
};

t.test("a sign-in that is being finished on the device meanwhile does not outlive it", async (t) => {
  const { deviceId } = await bench.session(plain);
  let forgotten: Promise<boolean> | undefined;
  const id = await store.transact(async (tx) => {
    await tx.accounts.byId(plain.id, { lock: true });
    t.ok(await tx.devices.byId(deviceId, NOW), "trusted when it was looked at");
    forgotten = forgetDevice(gateway, { account: plain, deviceId, by: bench.as(root), now: NOW });
    await underWay(forgotten);
    const sessionId = randomUUID();
    await tx.sessions.insert(
      {
        id: sessionId,
        accountId: plain.id,
        epoch: plain.epoch,
        deviceId,
        address: "192.0.2.1",
        userAgent: "test",
        createdAt: NOW,
        authenticatedAt: NOW,
        secondFactor: undefined,
        secondFactorAt: undefined,
        lastSeenAt: NOW,
        idleSeconds: 3600,
        expiresAt: later(60),
      },
      randomBytes(32),
    );
    return sessionId;
  });
  t.equal(await forgotten, true);
  t.equal(await store.read.sessions.byId(id, NOW), undefined);
});

t.test("noting use waits for nobody: whoever ends sessions may hold some of them", async (t) => {
  const [held, free] = [await bench.session(plain), await bench.session(plain)];
  const seen = new Map([held, free].map(({ sessionId }) => [sessionId, later(5)]));
  await store.transact(async (tx) => {
    t.ok(await tx.sessions.end(held.sessionId, plain.id, "test", NOW));
    await store.read.sessions.touch(seen, new Map());
  });
  t.match(await store.read.sessions.byId(free.sessionId, NOW), { lastSeenAt: later(5) });
});
