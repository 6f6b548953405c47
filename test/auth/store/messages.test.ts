import { randomBytes } from "node:crypto";
import t from "tap";
import { openSealer } from "../../../src/auth/sealed.ts";
import { transact } from "../../../src/auth/store/database.ts";
import { messagesOn } from "../../../src/auth/store/messages.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";
import { mailTo, MINUTE, NOW, PLANTED, postOffice, smsTo } from "../../fixtures/messages.ts";

const database = await withGatewayDatabase(t);
const { pool } = database;
const at = (ms: number): Date => new Date(NOW.getTime() + ms);
t.beforeEach(() => database.query("TRUNCATE lakat.message"));

t.test("what a message says lies sealed, and is erased when it is sent or given up", async (t) => {
  const office = postOffice(database);
  const messages = messagesOn(pool, office.sealer);
  const [sent, gone] = [await office.put(mailTo("anna")), await office.put(mailTo("bela"))];
  const { rows } = await database.query("SELECT m::text AS row, sealed FROM lakat.message m");
  for (const { row, sealed } of rows as { row: string; sealed: Buffer }[])
    for (const secret of [PLANTED, "anna@", "bela@"])
      t.notOk(
        row.includes(secret) || sealed.includes(secret) || row.includes(Buffer.from(secret).toString("hex")),
      );

  const claimed = await messages.claim("mail", 10, MINUTE, NOW);
  t.equal(claimed.length, 2);
  for (const one of claimed) {
    t.strictSame(messages.open(one), mailTo(one.id === sent ? "anna" : "bela"));
    if (one.id === sent) await messages.sent(one.id, at(1));
    else await messages.giveUp(one, { word: "smtp-550", final: true }, at(2));
  }
  t.match(await office.row(sent), { sealed: null, sent_at: at(1), gave_up_at: null, tries: 1 });
  t.match(await office.row(gone), { sealed: null, sent_at: null, gave_up_at: at(2), last_error: "smtp-550" });
  t.strictSame(await messages.claim("mail", 10, MINUTE, at(5 * MINUTE)), []);
});

t.test("a rollback takes the message along", async (t) => {
  const office = postOffice(database);
  await t.rejects(
    transact(pool, async (db) => {
      await messagesOn(db, office.sealer).enqueue({
        message: mailTo("anna"),
        accountId: null,
        createdAt: NOW,
        expiresAt: at(MINUTE),
      });
      throw new Error("the flow failed");
    }),
    /the flow failed/,
  );
  t.strictSame((await database.query("SELECT 1 FROM lakat.message")).rows, []);
  const node = office.node();
  await node.round();
  await node.stop();
  t.strictSame(office.sent, []);
});

t.test("a lease keeps others away until it passes; who comes back late changes nothing", async (t) => {
  const office = postOffice(database);
  const messages = messagesOn(pool, office.sealer);
  const id = await office.put(smsTo("+36201234567"));
  const [first] = await messages.claim("sms", 1, MINUTE, NOW);
  if (first === undefined) throw new Error("nothing claimed");
  t.strictSame(await messages.claim("sms", 1, MINUTE, at(MINUTE - 1)), []);
  const [second] = await messages.claim("sms", 1, MINUTE, at(MINUTE));
  t.match(second, { id, tries: 2 });

  await messages.tryAgain(first, { word: "late", final: false }, at(0));
  await messages.giveUp(first, { word: "late", final: true }, at(0));
  t.match(await office.row(id), { last_error: null, gave_up_at: null, next_try_at: at(2 * MINUTE) });
  await messages.sent(first.id, at(3));
  t.match(await office.row(id), { sent_at: at(3), sealed: null }, "but what is out is out");
});

t.test("two that take at the same moment take different messages, and neither waits", async (t) => {
  const office = postOffice(database);
  const ids = [await office.put(mailTo("anna")), await office.put(mailTo("bela"))];
  const taken = await transact(pool, async (db) => {
    const first = await messagesOn(db, office.sealer).claim("mail", 1, MINUTE, NOW);
    // The first has not committed yet.
    return [...first, ...(await messagesOn(pool, office.sealer).claim("mail", 1, MINUTE, NOW))];
  });
  t.strictSame(taken.map(({ id }) => id).sort(), ids.sort());
});

t.test("kinds do not mix, and a message opens nowhere but in its own row", async (t) => {
  const office = postOffice(database);
  const messages = messagesOn(pool, office.sealer);
  await office.put(mailTo("anna"));
  t.strictSame(await messages.claim("sms", 1, MINUTE, NOW), []);
  const [mail] = await messages.claim("mail", 1, MINUTE, NOW);
  if (mail === undefined) throw new Error("nothing claimed");
  t.throws(() => messages.open({ ...mail, kind: "sms" }), { code: "SEAL_BROKEN" });
  t.throws(() => messages.open({ ...mail, id: "00000000-0000-4000-8000-000000000000" }), {
    code: "SEAL_BROKEN",
  });
  const other = openSealer([{ id: "k2", key: randomBytes(32) }]);
  t.throws(() => messagesOn(pool, other).open(mail), { code: "SECRET_MISSING" });
});

t.test("what is too late is never handed out, and is erased", async (t) => {
  const office = postOffice(database);
  const messages = messagesOn(pool, office.sealer);
  const id = await office.put(smsTo("+36201234567"), 10 * MINUTE);
  const keeps = await office.put(smsTo("+36201234568"), 11 * MINUTE);
  t.match(await messages.claim("sms", 10, MINUTE, at(10 * MINUTE)), [{ id: keeps }]);
  t.match(await messages.expire(at(10 * MINUTE)), [{ id, kind: "sms" }]);
  t.match(await office.row(id), { sealed: null, gave_up_at: at(10 * MINUTE), last_error: "expired" });
});

t.test("counting what waits, and forgetting what is done", async (t) => {
  const office = postOffice(database);
  const messages = messagesOn(pool, office.sealer);
  t.strictSame(await messages.waiting(), {
    sms: { count: 0, oldest: undefined },
    mail: { count: 0, oldest: undefined },
  });
  const id = await office.put(mailTo("anna"));
  office.clock.now = at(MINUTE);
  await office.put(mailTo("bela"));
  t.match(await messages.waiting(), { mail: { count: 2, oldest: NOW }, sms: { count: 0 } });
  t.equal(await messages.forget(at(10 * MINUTE)), 0, "nothing that waits");
  await messages.sent(id, at(2));
  t.equal(await messages.forget(NOW), 0, "nothing too young");
  t.equal(await messages.forget(at(1)), 1);
});

t.test("the database takes no free text as the last error", async (t) => {
  const office = postOffice(database);
  const messages = messagesOn(pool, office.sealer);
  await office.put(mailTo("anna"));
  const [one] = await messages.claim("mail", 1, MINUTE, NOW);
  if (one === undefined) throw new Error("nothing claimed");
  await t.rejects(messages.tryAgain(one, { word: "550 <anna@example.org>", final: false }, at(1)));
});
