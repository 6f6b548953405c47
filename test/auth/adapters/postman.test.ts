/** What goes out: once each, by any number of nodes, through every kind of trouble. */
import { fork } from "node:child_process";
import { once } from "node:events";
import t from "tap";
import { PACE } from "../../../src/auth/message.ts";
import { hearNotices } from "../../../src/auth/store/notices.ts";
import { messagesOn } from "../../../src/auth/store/messages.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { mailTo, MINUTE, NOW, PLANTED, postOffice, smsTo, type PostOffice } from "../../fixtures/messages.ts";

const database = await withGatewayDatabase(t);
const { pool, postgres } = database;
const at = (ms: number): Date => new Date(NOW.getTime() + ms);
t.beforeEach(() => database.query("TRUNCATE lakat.message"));

const saidNothing = (office: PostOffice): boolean =>
  [PLANTED, "@example.org", "+3620"].every((secret) => !office.said.join().includes(secret));

t.test("two nodes and a hundred messages: each once, and erased", async (t) => {
  const office = postOffice(database);
  const ids: string[] = [];
  for (let i = 0; i < 100; i++)
    ids.push(await office.put(i % 2 === 0 ? mailTo(`n${i}`) : smsTo(`+36201${i}`)));
  // One node has four mails and four SMS under way at most: the ninth is another node's.
  const both = Promise.withResolvers<undefined>();
  let begun = 0;
  office.refuse = async () => {
    if (++begun === 9) both.resolve(undefined);
    await both.promise;
    return undefined;
  };
  const nodes = [office.node(), office.node()];
  await Promise.all(nodes.map((node) => node.round()));
  t.strictSame(office.sent.map(({ dispatch }) => dispatch.id).sort(), ids.sort());
  const counts = nodes.map((node) => node.counts());
  t.ok(
    counts.every(({ mail }) => mail.sent > 0),
    "both worked",
  );
  t.equal(
    counts.reduce((sum, { mail, sms }) => sum + mail.sent + sms.sent, 0),
    100,
  );
  const { rows } = await database.query(
    "SELECT count(*)::int AS n FROM lakat.message WHERE sealed IS NULL AND sent_at IS NOT NULL",
  );
  t.strictSame(rows, [{ n: 100 }]);
  await Promise.all(nodes.map((node) => node.stop()));
});

t.test(
  "a node killed between taking a message and sending it: another sends it when the lease has passed",
  async (t) => {
    const office = postOffice(database);
    const id = await office.put(mailTo("anna"));
    const child = fork(new URL("../../fixtures/dying-postman.ts", import.meta.url), [
      database.uri,
      NOW.toISOString(),
    ]);
    const died = once(child, "exit");
    const [said] = (await once(child, "message")) as [{ claimed: string }];
    t.equal(said.claimed, id);
    child.kill("SIGKILL");
    await died;

    const node = office.node();
    office.clock.now = at(PACE.mail.leaseMs - 1);
    await node.round();
    t.strictSame(office.sent, [], "not while the lease lasts");
    office.clock.now = at(PACE.mail.leaseMs);
    await node.round();
    t.match(office.sent, [{ dispatch: { id } }]);
    t.match(await office.row(id), { tries: 2 });
    await node.stop();
  },
);

t.test("an SMS that is too late is never sent", async (t) => {
  const office = postOffice(database);
  const id = await office.put(smsTo("+36201234567"), 10 * MINUTE);
  office.refuse = () => Promise.resolve({ word: "http-503", final: false });
  const node = office.node();
  await node.round();
  office.refuse = undefined;
  office.clock.now = at(10 * MINUTE);
  await node.round();
  t.strictSame(office.sent, []);
  t.match(await office.row(id), { sealed: null, last_error: "http-503", gave_up_at: office.clock.now });
  t.match(node.counts(), { sms: { sent: 0, failed: 1, gaveUp: 1 } });
  t.ok(saidNothing(office));
  await node.stop();
});

t.test("one that became too late, or another's, between taking and sending is not sent", async (t) => {
  for (const pause of [PACE.sms.leaseMs, 10 * MINUTE]) {
    const office = postOffice(database);
    await office.put(smsTo("+36201234567"), 10 * MINUTE);
    const real = messagesOn(pool, office.sealer);
    let taken = 0;
    const messages: typeof real = {
      ...real,
      async claim(...args) {
        if (taken > 0) return [];
        const claimed = await real.claim(...args);
        taken += claimed.length;
        // The node was stopped for a while.
        if (taken > 0) office.clock.now = at(pause);
        return claimed;
      },
    };
    const node = office.node({ messages });
    await node.round();
    t.equal(taken, 1);
    t.strictSame(office.sent, [], String(pause));
    await node.stop();
    await database.query("TRUNCATE lakat.message");
  }
});

t.test("trouble that passes: tried again at growing pauses, sent once", async (t) => {
  const office = postOffice(database);
  const id = await office.put(mailTo("anna"));
  office.refuse = () => Promise.resolve({ word: "smtp-451", final: false });
  const node = office.node();
  await node.round();
  t.match(await office.row(id), { tries: 1, next_try_at: at(5000), last_error: "smtp-451" });
  await node.round();
  t.match(await office.row(id), { tries: 1 }, "not before its time");
  office.clock.now = at(5000);
  await node.round();
  t.match(await office.row(id), { tries: 2, next_try_at: at(15_000) });
  office.refuse = undefined;
  office.clock.now = at(15_000);
  await node.round();
  await node.round();
  t.match(office.sent, [{ dispatch: { id, createdAt: NOW } }]);
  t.match(node.counts(), { mail: { sent: 1, failed: 2, gaveUp: 0 } });
  t.match(office.said, [/MESSAGE_NOT_SENT.*smtp-451; it is tried again at 2026-03-01T10:00:05/, /try 2/]);
  t.ok(saidNothing(office));
  await node.stop();
});

t.test("trouble that does not pass, and a sender that throws or hangs", async (t) => {
  const office = postOffice(database);
  const final = await office.put(mailTo("anna"));
  office.refuse = () => Promise.resolve({ word: "smtp-550", final: true });
  const node = office.node();
  await node.round();
  t.match(await office.row(final), { sealed: null, gave_up_at: NOW, last_error: "smtp-550" });

  const throws = await office.put(mailTo("bela"));
  office.refuse = () => Promise.reject(new Error(`550 ${PLANTED} bela@example.org`));
  await node.round();
  t.match(await office.row(throws), { last_error: "failed", tries: 1 });

  await database.query("TRUNCATE lakat.message");
  // 20 ms are left of its life: the time for the try ends with it.
  const hangs = await office.put(smsTo("+36201234567"), 20);
  office.refuse = () => new Promise(() => undefined);
  await node.round();
  t.match(await office.row(hangs), { last_error: "timeout", gave_up_at: NOW });
  t.ok(saidNothing(office));
  await node.stop();
});

t.test("a message whose seal is broken is given up; one whose key is missing waits", async (t) => {
  const office = postOffice(database);
  const broken = await office.put(mailTo("anna"));
  await database.query(
    "UPDATE lakat.message SET sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) WHERE id = $1",
    [broken],
  );
  const unknown = await office.put(mailTo("bela"));
  await database.query("UPDATE lakat.message SET sealed = set_byte(sealed, 3, ascii('9')) WHERE id = $1", [
    unknown,
  ]);
  const node = office.node();
  await node.round();
  t.match(await office.row(broken), { sealed: null, last_error: "seal-broken" });
  t.match(await office.row(unknown), { gave_up_at: null, last_error: "key-missing" });
  t.strictSame(office.sent, []);
  await node.stop();
});

t.test(
  "the database goes away after a message was sent: it is written down later, and not sent again",
  async (t) => {
    const office = postOffice(database);
    const real = messagesOn(pool, office.sealer);
    let away = true;
    const messages: typeof real = {
      ...real,
      sent: (...args) => (away ? Promise.reject(new Error(`lost ${PLANTED}`)) : real.sent(...args)),
    };
    const node = office.node({ messages });
    await node.round();
    const id = await office.put(mailTo("anna"));
    await node.round();
    office.clock.now = at(PACE.mail.leaseMs);
    await node.round();
    t.match(await office.row(id), { sent_at: null });
    away = false;
    await node.round();
    t.match(await office.row(id), { sent_at: NOW });
    t.equal(office.sent.length, 1);
    t.ok(saidNothing(office));
    t.equal(office.said.length, 1, "said once while it is away");
    await node.stop();
  },
);

t.test("a commit wakes a node that listens, also after its connection broke", async (t) => {
  const office = postOffice(database);
  const first = Promise.withResolvers<undefined>();
  const second = Promise.withResolvers<undefined>();
  office.senders.mail = (mail) => {
    (mail.to.startsWith("anna") ? first : second).resolve(undefined);
    return Promise.resolve(undefined);
  };
  const node = office.node();
  await node.round();
  const standing = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  let heard = 0;
  const notices = hearNotices(
    pool,
    "lakat_message",
    () => {
      standing[heard++ === 0 ? 0 : 1]?.resolve(undefined);
      node.wake();
    },
    10,
  );
  await standing[0]?.promise;
  await office.put(mailTo("anna"));
  await first.promise;
  await postgres
    .database("postgres")
    .query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
  await office.put(mailTo("bela"));
  await second.promise;
  await notices.stop();
  await node.stop();
  t.pass("both came through");
});

t.test("a stopped node finishes what it sends, and takes nothing more", async (t) => {
  const office = postOffice(database);
  const id = await office.put(mailTo("anna"));
  const [began, goOn] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  office.refuse = async () => {
    began.resolve(undefined);
    await goOn.promise;
    return undefined;
  };
  const node = office.node();
  await began.promise;
  const stopped = node.stop();
  const next = await office.put(mailTo("bela"));
  node.wake();
  goOn.resolve(undefined);
  await stopped;
  t.match(await office.row(id), { sent_at: NOW });
  t.match(await office.row(next), { tries: 0 });
});
