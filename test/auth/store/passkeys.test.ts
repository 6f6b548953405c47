import { randomBytes, randomUUID } from "node:crypto";
import t from "tap";
import { MOST_PASSKEYS } from "../../../src/auth/passkey-options.ts";
import { transact } from "../../../src/auth/store/database.ts";
import { passkeysOn, type Passkey } from "../../../src/auth/store/passkeys.ts";
import { insertAccount } from "../../fixtures/gateway-accounts.ts";
import { withGatewayDatabase } from "../../fixtures/gateway-database.ts";

const NOW = new Date("2026-03-01T10:00:00Z");
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const { pool } = await withGatewayDatabase(t);
const passkeys = passkeysOn(pool);

const passkeyOf = (accountId: string, more: Partial<Passkey> = {}): Passkey => ({
  id: randomUUID(),
  accountId,
  credentialId: randomBytes(16),
  publicKey: randomBytes(77),
  counter: 0,
  transports: ["usb", "nfc"],
  name: "key",
  createdAt: NOW,
  lastUsedAt: undefined,
  ...more,
});
/** As flows do: with the account held. */
const add = (passkey: Passkey): Promise<string> =>
  transact(pool, async (db) => {
    await db.query("SELECT FROM account WHERE id = $1 FOR UPDATE", [passkey.accountId]);
    return passkeysOn(db).add(passkey);
  });

t.test("kept as it was added; a credential is of one account only", async (t) => {
  const [mine, theirs] = [await insertAccount(pool, NOW), await insertAccount(pool, NOW)];
  const passkey = passkeyOf(mine);
  t.equal(await add(passkey), "added");
  t.strictSame(await passkeys.of(mine), [passkey]);
  t.equal(await add(passkeyOf(theirs, { credentialId: passkey.credentialId })), "taken");
  t.equal(await passkeys.byCredential(theirs, passkey.credentialId), undefined);
  t.equal(await passkeys.remove(theirs, passkey.id), false);
  t.equal(await passkeys.remove(mine, passkey.id), true);
  t.strictSame(await passkeys.of(mine), []);
});

t.test("ten, however many are added at once", async (t) => {
  const account = await insertAccount(pool, NOW);
  const answers = await Promise.all(Array.from({ length: 14 }, () => add(passkeyOf(account))));
  t.equal(answers.filter((answer) => answer === "added").length, MOST_PASSKEYS);
  t.equal(answers.filter((answer) => answer === "full").length, 4);
});

t.test("a count goes up; of many signatures with one count, one is noted", async (t) => {
  const account = await insertAccount(pool, NOW);
  const counting = passkeyOf(account, { counter: 2 ** 32 - 3 });
  await add(counting);
  const many = await Promise.all(
    Array.from({ length: 8 }, () => passkeys.use(counting.id, 2 ** 32 - 2, NOW)),
  );
  t.equal(many.filter(Boolean).length, 1);
  for (const counter of [2 ** 32 - 2, 5, 0])
    t.equal(await passkeys.use(counting.id, counter, NOW), false, `${counter}`);
  t.equal(await passkeys.use(counting.id, 2 ** 32 - 1, later(1)), true);
  t.strictSame((await passkeys.of(account))[0]?.lastUsedAt, later(1));
  const silent = passkeyOf(account);
  await add(silent);
  t.equal(await passkeys.use(silent.id, 0, NOW), true);
  t.equal(await passkeys.use(silent.id, 0, NOW), true, "one that never counts");
  t.equal(await passkeys.use(silent.id, 1, NOW), true, "and then does");
  t.equal(await passkeys.use(silent.id, 0, NOW), false);
});

t.test("a challenge: one for all tabs, taken once, over after five minutes", async (t) => {
  const [account, other] = [await insertAccount(pool, NOW), await insertAccount(pool, NOW)];
  const holder = randomUUID();
  const [a, b, c] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  t.strictSame(await passkeys.challengeFor(holder, account, a, NOW), a);
  t.strictSame(await passkeys.challengeFor(holder, account, b, later(59)), a, "the same in another tab");
  t.strictSame(await passkeys.challengeFor(holder, account, b, later(60)), b, "with little left, a new one");
  t.equal(await passkeys.takeChallenge(holder, other, later(61)), undefined, "of another account");
  t.equal(await passkeys.takeChallenge(randomUUID(), account, later(61)), undefined, "of another sign-in");
  const taken = await Promise.all(
    [1, 2, 3, 4].map(() => passkeys.takeChallenge(holder, account, later(359))),
  );
  t.equal(taken.filter((one) => one?.equals(b)).length, 1);
  t.equal(taken.filter((one) => one === undefined).length, 3);
  await passkeys.challengeFor(holder, account, c, NOW);
  t.equal(await passkeys.takeChallenge(holder, account, later(300)), undefined);
  t.equal(await passkeys.takeChallenge(holder, account, NOW), undefined, "too late uses it up as well");
  await passkeys.challengeFor(holder, account, c, NOW);
  t.equal(await passkeys.sweep(later(299)), 0);
  t.equal(await passkeys.sweep(later(301)), 1);
});
