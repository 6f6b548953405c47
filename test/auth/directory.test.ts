import t from "tap";
import { createAccount, type NewAccount } from "../../src/auth/invite.ts";
import * as directory from "../../src/auth/directory.ts";
import { sayNotMe } from "../../src/auth/not-me.ts";
import { makeLink } from "../../src/auth/links.ts";
import type { Account } from "../../src/auth/account.ts";
import { withGatewayDatabase } from "../fixtures/gateway-database.ts";
import { later, NOW, OPERATOR, peopleOn, tokenIn } from "../fixtures/people.ts";

const { pool } = await withGatewayDatabase(t);
const bench = peopleOn(pool);
const { people } = bench;
const HOST = { by: OPERATOR, now: NOW };
const ADMINISTRATOR = { roles: ["administrator"] };
const root = await bench.account("root-one", ADMINISTRATOR);
const AS_ROOT = { by: bench.as(root), now: NOW };

const NEW: NewAccount = {
  name: "zoli",
  displayName: "Zoli",
  email: "Zoli@Example.hu",
  phone: "+36 20 123 4567",
  language: "hu",
  roles: ["sales", "sales"],
};

t.test("an account is made whole or not at all", async (t) => {
  const cases: [over: Partial<NewAccount>, refused: string][] = [
    [{ name: "Zoli" }, "name-invalid"],
    [{ name: "zоli" }, "name-invalid"], // a Cyrillic letter
    [{ displayName: "\u202eiloZ" }, "display-name-invalid"],
    [{ email: "zoli@evil@example.hu" }, "email-invalid"],
    [{ phone: "06 20 123 4567" }, "phone-invalid"],
    [{ language: "de" }, "language-unknown"],
    [{ roles: ["sales", "king"] }, "role-unknown"],
    [{ endsAt: NOW }, "end-invalid"],
    [{ name: "root-one" }, "name-taken"],
    [{ email: "ROOT-ONE@example.hu" }, "email-taken"],
  ];
  for (const [over, refused] of cases)
    t.match(await createAccount(people, AS_ROOT, { ...NEW, ...over }), { refused }, JSON.stringify(over));
  t.equal(await bench.byName("zoli"), undefined);
  t.match(await createAccount(people, { ...AS_ROOT, showLink: true }, NEW), {
    account: { email: "zoli@example.hu", phone: "+36201234567", roles: ["sales"], status: "invited" },
    link: undefined,
  });
  t.match(
    await createAccount(
      people,
      { ...HOST, showLink: true },
      { ...NEW, name: "zita", email: "zita@example.hu" },
    ),
    {
      link: { url: /^https:\/\/login\.example\.hu\/invitation\/[\w-]{43}$/, until: later(72 * 60) },
    },
  );
  const { rows } = await pool.query<{ body: string }>("SELECT body FROM audit ORDER BY seq DESC LIMIT 1");
  t.match(JSON.parse(rows[0]?.body ?? ""), { actor: { user: "root" }, details: { linkShown: true } });
  t.match((await bench.mails()).map(({ subject }) => subject).length, 2);
});

t.test("attack 21: disabled, deleted, ended: sessions, devices and links die", async (t) => {
  const ways: [name: string, end: (id: string) => Promise<directory.Answer>, devices: number][] = [
    ["ana1", (id) => directory.disable(people, AS_ROOT, id), 0],
    ["ana2", (id) => directory.deleteAccount(people, AS_ROOT, id), 0],
    ["ana3", (id) => directory.setEnd(people, AS_ROOT, id, NOW), 1],
    ["ana4", (id) => directory.lock(people, AS_ROOT, id), 1],
    ["ana5", (id) => directory.resetFactors(people, AS_ROOT, id, "lost the phone"), 0],
    ["ana6", (id) => directory.setRoles(people, AS_ROOT, id, ["administrator"]), 1],
  ];
  for (const [name, end, devices] of ways) {
    const account = await bench.account(name);
    await bench.session(account);
    await people.store.transact((tx) => makeLink(tx, people.settings, account, "reset", NOW));
    t.same(await bench.left(account), { sessions: 1, devices: 1, links: 1 });
    t.match(await end(account.id), { account: { name } });
    t.same(await bench.left(account), { sessions: 0, devices, links: 0 }, name);
    const after = await bench.byName(name);
    t.equal(after?.epoch ?? 2, 2, "and what waits for a second factor ends by the epoch");
    const { rows } = await pool.query("SELECT account_id FROM change ORDER BY seq DESC LIMIT 1");
    t.same(rows, [{ account_id: account.id }], "every node hears of it");
  }
  t.equal(await bench.byName("ana2"), undefined);
});

t.test("only administrators whose account stands, and never on oneself", async (t) => {
  const target = await bench.account("tibor");
  const doers: Account[] = [
    await bench.account("plain"),
    await bench.account("was-admin", { ...ADMINISTRATOR, status: "disabled" }),
    await bench.account("locked-admin", { ...ADMINISTRATOR, lockedReason: "not-me" }),
    await bench.account("over-admin", { ...ADMINISTRATOR, endsAt: NOW }),
    { ...target, id: "5e0ff7c4-8ac5-4ee0-9b0b-2b0e0ad2a1f3", name: "nobody" },
  ];
  for (const doer of doers) {
    const admin = { by: bench.as(doer), now: NOW };
    t.match(await directory.disable(people, admin, target.id), { refused: "not-permitted" }, doer.name);
    t.match(await createAccount(people, admin, { ...NEW, name: "q1" }), { refused: "not-permitted" });
  }
  t.match((await bench.events()).at(-2), /account\.disabled failure not-permitted tibor/);
  const own = [
    directory.disable(people, AS_ROOT, root.id),
    directory.setEnd(people, AS_ROOT, root.id, later(1)),
    directory.setRoles(people, AS_ROOT, root.id, []),
    directory.setRoles(people, AS_ROOT, root.id, ["administrator", "owner"]),
    directory.requireReset(people, AS_ROOT, root.id),
    directory.resetFactors(people, AS_ROOT, root.id, "x"),
    directory.lock(people, AS_ROOT, root.id),
    directory.deleteAccount(people, AS_ROOT, root.id),
    directory.changeDetails(people, AS_ROOT, root.id, { email: "other@example.hu" }),
  ];
  for (const answer of own) t.match(await answer, { refused: "own-account" });
  t.match(await directory.changeDetails(people, AS_ROOT, root.id, { language: "ro" }), {
    account: { language: "ro" },
  });
  t.match(await directory.disable(people, AS_ROOT, doers[4]?.id ?? ""), { refused: "no-account" });
});

t.test("an administrator is left", async (t) => {
  await pool.query("UPDATE account SET roles = '{}' WHERE name = 'ana6'");
  const ways: ((id: string) => Promise<directory.Answer>)[] = [
    (id) => directory.disable(people, HOST, id),
    (id) => directory.setEnd(people, HOST, id, later(60)),
    (id) => directory.setRoles(people, HOST, id, []),
    (id) => directory.deleteAccount(people, HOST, id),
    (id) => directory.lock(people, HOST, id),
  ];
  for (const way of ways)
    t.match(await way(root.id), { refused: "last-administrator" }, "no other administrator stands");
  const tries = (await bench.events()).filter((event) =>
    event.includes("failure last-administrator root-one"),
  );
  t.equal(tries.length, ways.length, "each try is recorded");
});

t.test("two administrators who disable each other at once", async (t) => {
  await pool.query("UPDATE account SET roles = '{}' WHERE name <> 'root-one'");
  for (let round = 0; round < 5; round++) {
    const other = await bench.account(`other-${round}`, ADMINISTRATOR);
    const answers = await Promise.all([
      directory.disable(people, AS_ROOT, other.id),
      directory.disable(people, { by: bench.as(other), now: NOW }, root.id),
    ]);
    t.equal(answers.filter((answer) => "account" in answer).length, 1, "one of them wins");
    const third = await bench.account(`third-${round}`, ADMINISTRATOR);
    const fourth = await bench.account(`fourth-${round}`, ADMINISTRATOR);
    await pool.query("UPDATE account SET roles = '{}' WHERE NOT name = ANY ($1)", [
      [third.name, fourth.name],
    ]);
    const both = await Promise.all([third, fourth].map(({ id }) => directory.disable(people, HOST, id)));
    t.same(
      both.map((answer) => ("refused" in answer ? answer.refused : "done")).sort(),
      ["done", "last-administrator"],
      "operators too",
    );
    await pool.query("UPDATE account SET status = 'active', roles = '{administrator}' WHERE id = $1", [
      root.id,
    ]);
    await pool.query("UPDATE account SET roles = '{}' WHERE id <> $1", [root.id]);
  }
});

t.test("on the host, and there only, the last administrator can go", async (t) => {
  const boss = await bench.account("boss", { ...ADMINISTRATOR, endsAt: later(1000) });
  const forced = { leaveNoAdministrator: true };
  t.match(await directory.disable(people, { ...HOST, now: NOW }, root.id), { refused: "last-administrator" });
  t.match(
    await directory.disable(people, { by: bench.as(boss), now: NOW, ...forced }, root.id),
    { refused: "last-administrator" },
    "whoever is left ends some day",
  );
  t.match(await directory.disable(people, { ...HOST, ...forced }, root.id), {
    account: { status: "disabled" },
  });
  t.match(await directory.enable(people, HOST, root.id), { account: { status: "active" } });
});

t.test("a reset that an administrator demands, and what is changed of a person", async (t) => {
  const odon = await bench.account("odon");
  await bench.session(odon);
  await bench.mails();
  t.match(await directory.requireReset(people, AS_ROOT, odon.id), { account: { mustReset: true, epoch: 2 } });
  const [mail] = await bench.mails();
  t.equal(mail?.to, "odon@example.hu");
  t.ok(tokenIn(mail));
  t.match(await directory.changeDetails(people, AS_ROOT, odon.id, { email: "ROOT-ONE@example.hu" }), {
    refused: "email-taken",
  });
  t.match(
    await directory.changeDetails(people, AS_ROOT, odon.id, { email: " Odon2@Example.hu", phone: "" }),
    {
      account: { email: "odon2@example.hu" },
    },
  );
  t.same((await bench.left(odon)).links, 0, "the link that went to the old address is over");
  t.match(await directory.changeDetails(people, AS_ROOT, odon.id, { displayName: "a\u0000b" }), {
    refused: "display-name-invalid",
  });
  t.match(await directory.changeDetails(people, AS_ROOT, odon.id, {}), { refused: "nothing-to-change" });
});

t.test('"this was not me" ends, forgets, locks and tells', async (t) => {
  const pali = await bench.account("pali");
  const { deviceId, sessionId } = await bench.session(pali);
  await bench.session(pali);
  const { url } = await people.store.transact((tx) =>
    makeLink(tx, people.settings, pali, "not-me", NOW, { deviceId, sessionId }),
  );
  const token = url.slice(-43);
  // Whoever signed in there changes the password, and the session is removed: the link holds.
  await pool.query("UPDATE account SET epoch = epoch + 1 WHERE id = $1", [pali.id]);
  await bench.mails();
  const from = { address: "198.51.100.9", userAgent: "Mail" };
  t.equal(await sayNotMe(people, { token, from, now: later(7 * 24 * 60) }), false, "seven days");
  const all = await Promise.all([1, 2, 3].map(() => sayNotMe(people, { token, from, now: later(60) })));
  t.same(all.sort(), [false, false, true], "once");
  t.match(await bench.byName("pali"), { lockedReason: "not-me", epoch: 3 });
  t.same(await bench.left(pali), { sessions: 0, devices: 1, links: 0 });
  t.same((await bench.mails()).map(({ to }) => to).sort(), [
    "boss@example.hu",
    "pali@example.hu",
    "root-one@example.hu",
  ]);
  t.match((await bench.events()).at(-1), "account.locked success not-me pali");
  t.match(await directory.unlock(people, AS_ROOT, pali.id), {
    account: { lockedReason: undefined, mustReset: true },
  });
  t.match(
    (await bench.mails()).map(({ to }) => to),
    ["pali@example.hu"],
    "who has to choose another password",
  );
});
