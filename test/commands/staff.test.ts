import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { derivedKeys } from "../../src/auth/derived-keys.ts";
import { strongSecret } from "../../src/auth/secret-strength.ts";
import { lanesOn } from "../../src/auth/store/lanes.ts";
import { laneRules } from "../../src/auth/lockout.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { plainGatewayConfig } from "../fixtures/gateway-config.ts";
import { withGatewayDatabase } from "../fixtures/gateway-database.ts";
import { lakat, type Said } from "../fixtures/lakat.ts";

const NOW = new Date();
const { pool, postgres, name: database } = await withGatewayDatabase(t);
const folder = t.testdir();
const secrets = Object.fromEntries(
  ["SECRET", "SEALING", "PEPPER"].map((name) => [name, randomBytes(32).toString("base64")]),
);
const env = { PG_PASSWORD: postgres.password, ...secrets };
await mkdir(join(folder, "keys"));
for (const name of ["assertion.key", "audit.key"])
  await writeFile(join(folder, "keys", name), newSigningKey().privatePem, { mode: 0o600 });
const config = join(folder, "lakat.yaml");
const written = {
  ...plainGatewayConfig(postgres, database),
  secret_key: { env: "SECRET" },
  encryption_keys: [{ id: "e1", key: { env: "SEALING" } }],
  peppers: [{ id: "p1", key: { env: "PEPPER" } }],
  assertion_keys: [join(folder, "keys", "assertion.key")],
  audit_key: join(folder, "keys", "audit.key"),
  roles: [{ name: "sales" }, { name: "owner" }],
  applications: [
    { name: "crm", url: "https://crm.example.hu", roles: ["sales"], scopes: ["settings"], owners: ["owner"] },
  ],
};
await writeFile(config, JSON.stringify(written));
const withMail = join(folder, "with-mail.yaml");
await writeFile(
  withMail,
  JSON.stringify({ ...written, mail: { host: "mail.example.hu", from: "lakat@example.hu" } }),
);

const staff = (...args: string[]): Promise<Said> =>
  lakat(["staff", ...args, "--config", config], { env, now: () => NOW });
const ok = async (...args: string[]): Promise<string> => {
  const said = await staff(...args);
  t.equal(said.exit, 0, said.stderr);
  return said.stdout;
};
const refused = async (code: string, ...args: string[]): Promise<void> => {
  const { exit, stderr } = await staff(...args);
  t.match(stderr, new RegExp(`^lakat: ${code}: `), args.join(" "));
  t.equal(exit, 2);
};
const events = async (): Promise<{ event: string; actor: { user?: string }; reason?: string }[]> =>
  (await pool.query<{ body: string }>("SELECT body FROM audit ORDER BY seq")).rows.map(
    ({ body }) => JSON.parse(body) as { event: string; actor: { user?: string } },
  );

t.test("the first administrator, from nothing", async (t) => {
  t.match(await ok("list"), /^no accounts/);
  const text = await ok("create", "anna", "--email", "Anna@Example.hu", "--role", "administrator");
  t.match(text, /^invited anna; the gateway sends the mail to anna@example\.hu\n/);
  t.match(
    text,
    /\n {2}https:\/\/login\.example\.hu\/invitation\/[\w-]{43}\n$/,
    "no mail server: the link is printed",
  );
  const hidden = await lakat(["staff", "create", "bela", "--email", "b@example.hu", "--config", withMail], {
    env,
  });
  t.equal(hidden.exit, 0, hidden.stderr);
  t.notMatch(hidden.stdout, /https:/, "with a mail server it is not");
  const shown = await lakat(["staff", "invite", "bela", "--print-link", "--config", withMail], { env });
  t.match(shown.stdout, /https:\/\/login\.example\.hu\/invitation\//, "but for whoever asks");
  const all = await events();
  t.match(all.at(-1), { event: "account.invited", details: { linkShown: true } });
  t.ok(
    all.every(({ actor }) => (actor.user ?? "") !== ""),
    "each is told with the operating-system user",
  );
  const { rows } = await pool.query<{ body: string }>("SELECT body FROM audit");
  t.notOk(
    rows.some(({ body }) => body.includes("/invitation/")),
    "and none with the link",
  );
  const mails = await pool.query("SELECT FROM message WHERE sealed IS NOT NULL");
  t.equal(mails.rowCount, 3, "each link went out by mail as well");
});

t.test("what cannot be is refused with a code, and nothing is done", async () => {
  await refused("USAGE", "create", "cili");
  await refused("ACCOUNT_INVALID", "create", "Cili", "--email", "c@example.hu");
  await refused("ACCOUNT_INVALID", "create", "cili", "--email", "c@d@example.hu");
  await refused("ACCOUNT_INVALID", "create", "cili", "--email", "c@example.hu", "--role", "king");
  await refused("ACCOUNT_INVALID", "create", "cili", "--email", "c@example.hu", "--end-date", "2020-01-01");
  await refused("ACCOUNT_INVALID", "create", "cili", "--email", "c@example.hu", "--end-date", "tomorrow");
  await refused("ACCOUNT_EXISTS", "create", "anna", "--email", "c@example.hu");
  await refused("ACCOUNT_EXISTS", "create", "cili", "--email", "ANNA@example.hu");
  await refused("ACCOUNT_NOT_FOUND", "show", "cili");
  await refused("USAGE", "show");
  await refused("ACCOUNT_NOT_FOUND", "disable", "\u001b[31m");
  await refused("LANE_NOT_FOUND", "unlock", "--lane", "x");
  await refused("USAGE", "unlock");
  await refused("GRANT_INVALID", "grant", "revoke", "x");
  await refused("USAGE", "delete", "anna");
  await refused("USAGE", "list", "--limit", "0");
});

t.test("one person's way", async (t) => {
  await pool.query("UPDATE account SET status = 'active', password_hash = 'x', password_changed_at = now()");
  await refused("ACCOUNT_INVALID", "disable", "anna");
  t.match(await ok("show", "ＡＮＮＡ"), /standing +active/);
  t.match(await ok("roles", "bela", "--add", "sales", "--add", "owner"), /^bela has owner, sales/);
  t.match(await ok("roles", "bela", "--remove", "owner"), /^bela has sales/);
  t.match(await ok("end-date", "bela", "--date", "2099-06-30"), /from 2099-06-30T22:00:00\.000Z on/);
  t.match(await ok("end-date", "bela", "--none"), /^bela has no end/);
  t.match(
    await ok("change", "bela", "--email", "bela@example.hu", "--phone", "+36 20 123 4567"),
    /^changed bela/,
  );
  t.match(await ok("reset-password", "bela"), /a link went to bela@example\.hu/);
  await refused("ACCOUNT_INVALID", "reset-factors", "bela");
  t.match(
    await ok("reset-factors", "bela", "--reason", "came to the office with an identity card"),
    /enrols anew/,
  );
  t.match(await ok("disable", "bela"), /^disabled bela/);
  t.match(await ok("enable", "bela"), /^enabled bela/);
  t.match(await ok("lock", "bela"), /^locked bela/);
  await pool.query(
    `INSERT INTO passkey (id, account_id, credential_id, public_key, counter, transports, name, created_at)
     SELECT gen_random_uuid(), id, '\\x00112233445566778899aabbccddeeff', '\\x00', 0, '{}', 'laptop', now()
     FROM account WHERE name = 'bela'`,
  );
  t.match(await ok("list", "--search", "BELA"), /PASSKEYS\n[^]*bela@example\.hu.* 1\n/);
  t.match(await ok("show", "bela"), /passkeys +1\n/);
  t.match(await ok("list", "--search", "BELA"), /bela +locked, reset required +sales +bela@example\.hu/);
  t.match(await ok("unlock", "bela"), /^unlocked of bela: the account/);
  const said = (await staff("show", "bela", "--json")).stdout;
  t.notMatch(said, /passwordHash|pepper|"x"/, "no hash is shown");
  t.match(JSON.parse(said), { account: { name: "bela", hasPassword: true, roles: ["sales"] } });
});

t.test("locked lanes are listed and opened, run and all", async (t) => {
  const key = derivedKeys(strongSecret(secrets["SECRET"] ?? "", "secret")).lanes;
  const lanes = lanesOn(pool, key, laneRules());
  const id =
    (await pool.query<{ id: string }>("SELECT id FROM account WHERE name = 'bela'")).rows[0]?.id ?? "";
  const attempt = [
    { kind: "address", network: "192.0.2.7" },
    { kind: "account", accountId: id },
  ] as const;
  for (let i = 0; i < 6; i++) await lanes.consume(attempt);
  t.match(await ok("locks"), /account +bela +\S+Z +1 +6 /);
  t.match(await ok("show", "bela"), /locked lane +account until/);
  t.match(await ok("unlock", "bela"), /^unlocked of bela: the lane account/);
  t.match(await lanes.consume(attempt), { allowed: true });
  t.match(await ok("unlock", "bela"), /^nothing of bela is locked/);
  for (let i = 0; i < 30; i++) await lanes.consume(attempt.slice(0, 1));
  const locks = (await staff("locks", "--json")).json()["locks"] as { id: string; network: string }[];
  t.match(locks, [{ network: "192.0.2.7" }]);
  t.match(await ok("unlock", "--lane", locks[0]?.id ?? ""), /^unlocked the lane address/);
  t.match(await ok("locks"), /^nothing is locked/);
  t.equal((await events()).filter(({ event }) => event === "lane.unlocked").length, 2);
});

t.test("grants: asked for and revoked here, approved by nobody here", async (t) => {
  const wish = ["--application", "crm", "--scope", "settings", "--reason", "quarter"];
  const day = (days: number): string =>
    new Date(NOW.getTime() + days * 86_400_000).toISOString().slice(0, 10);
  await refused("USAGE", "grant", "request", "bela", ...wish);
  await refused("GRANT_INVALID", "grant", "request", "bela", ...wish, "--until", day(60));
  await refused("GRANT_INVALID", "grant", "request", "bela", ...wish, "--until", day(-2));
  await refused("GRANT_INVALID", "grant", "request", "bela", ...wish, "--until", day(3), "--scope", "data");
  t.match(
    await ok("grant", "request", "bela", ...wish, "--from", day(0), "--until", day(7)),
    /its owners are told/,
  );
  t.match(await ok("grant", "list"), /bela +crm +settings +requested/);
  const grants = (await staff("grant", "list", "--account", "bela", "--json")).json()["grants"] as {
    id: string;
  }[];
  t.match(await ok("grant", "revoke", grants[0]?.id ?? ""), /^revoked crm settings/);
  t.match(await ok("grant", "list"), /^no grants/);
  t.match(await ok("grant", "list", "--all"), /revoked/);
  t.equal((await staff("grant", "approve", grants[0]?.id ?? "")).exit, 2);
});

t.test("the last administrator goes only by an ugly option; what is deleted is gone", async (t) => {
  await refused("ACCOUNT_INVALID", "delete", "anna", "--confirm", "anna");
  t.match(await ok("delete", "bela", "--confirm", "bela"), /^deleted bela/);
  t.match(await ok("disable", "anna", "--leave-no-administrator"), /^disabled anna/);
  t.match((await ok("list")).trim().split("\n").length, 2);
});
