/** docs/gateway.md, docs/formats.md and docs/metrics.md say of the gateway what its code does. */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { STRICT_POLICY, USUAL_POLICY } from "../../src/auth/application.ts";
import { openAssertionKeys } from "../../src/auth/assertion.ts";
import { encodeEntry } from "../../src/auth/audit-entry.ts";
import { EVENTS } from "../../src/auth/audit-event.ts";
import { sealTombstone } from "../../src/auth/audit-tombstone.ts";
import * as cookies from "../../src/auth/http/cookies.ts";
import { DISPLAY_COOKIE } from "../../src/board/http/display-routes.ts";
import { IDENTITY_HEADERS } from "../../src/auth/identity-headers.ts";
import { LINK_MS } from "../../src/auth/links.ts";
import { laneRules } from "../../src/auth/lockout.ts";
import { MOST_AUTHENTICATORS } from "../../src/auth/own-factors.ts";
import { LEAST_LENGTH, MOST_LENGTH } from "../../src/auth/password-text.ts";
import { RECOVERY_CODES } from "../../src/auth/recovery-code.ts";
import { FRESH_MS } from "../../src/auth/settings.ts";
import { SMS_DIGITS, SMS_MINUTES, SMS_PAUSE_SECONDS, SMS_SENDS } from "../../src/auth/sms-code.ts";
import { openPool } from "../../src/auth/store/database.ts";
import { migrate } from "../../src/auth/store/migrate.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const page = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../docs", `${name}.md`), "utf8");

/** The cells of each row whose first cell is code, below a heading or another line, up to the next heading. */
function rows(text: string, below: string): string[][] {
  const [, section = ""] = text.split(`\n${below}\n`);
  return (section.split(/^##? /m)[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .slice(2, -2)
        .split("|")
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, "$1")),
    );
}

const names = (found: string[][]): (string | undefined)[] => found.map(([name]) => name);

function inWords(ms: number): string {
  const minutes = ms / 60_000;
  return minutes < 60 ? `${minutes} min` : minutes <= 1440 ? `${minutes / 60} h` : `${minutes / 1440} days`;
}

t.test("the lockout table has every lane with its numbers", async (t) => {
  const written = rows(page("gateway"), "## Lockout").map(([kind, , ...numbers]) => [kind, ...numbers]);
  t.strictSame(
    Object.fromEntries(written.map(([kind, ...numbers]) => [kind, numbers])),
    Object.fromEntries(
      Object.entries(laneRules()).map(([kind, { limit, window, locks }]) => [
        kind,
        kind.endsWith("-run")
          ? [String(limit), "–", "an administrator opens it"]
          : [String(limit), inWords(window), locks.map(inWords).join(", ")],
      ]),
    ),
  );
});

t.test("cookies, headers and links are those of the program", async (t) => {
  const gateway = page("gateway");
  const known = Object.entries({ ...cookies, DISPLAY_COOKIE }).flatMap(([name, value]) =>
    name.endsWith("_COOKIE") ? value : [],
  );
  t.strictSame(names(rows(gateway, "## How a request goes")).sort(), known.map(String).sort());
  t.strictSame(names(rows(gateway, "### What an application gets")), [...IDENTITY_HEADERS]);
  const links = rows(gateway, "## Signing in").map(([kind, time]) => [kind, time]);
  const hours = (ms: number): string =>
    ms < 3_600_000
      ? `${ms / 60_000} minutes`
      : ms <= 72 * 3_600_000
        ? `${ms / 3_600_000} hours`
        : inWords(ms);
  t.strictSame(
    links,
    Object.entries(LINK_MS).map(([kind, ms]) => [kind, hours(ms)]),
  );
});

t.test("sessions and second factors have the numbers of the program", async (t) => {
  const gateway = page("gateway");
  const section = (heading: string): string => gateway.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const times = [...section("Sessions").matchAll(/^\|.*\| (\d+) (hour|minute)s? +\| (\d+) hours +\|$/gm)];
  t.strictSame(
    times.map(([, idle, unit, hours]) => [
      Number(idle) * (unit === "hour" ? 3600 : 60),
      Number(hours) * 3600,
    ]),
    [USUAL_POLICY, STRICT_POLICY].map(({ idleSeconds, absoluteSeconds }) => [idleSeconds, absoluteSeconds]),
  );
  const factors = section("Second factor");
  t.match(factors, `${SMS_DIGITS} digits, good for ${SMS_MINUTES} minutes`);
  t.match(factors, `${SMS_SENDS} for one sign-in, a minute apart`);
  t.equal(SMS_PAUSE_SECONDS, 60);
  t.match(factors, `${RECOVERY_CODES} of them`);
  t.match(factors, `${MOST_AUTHENTICATORS} at most for one account`);
  t.match(section("Administration"), `within the last ${FRESH_MS / 60_000} minutes`);
  t.match(section("Signing in"), `have ${LEAST_LENGTH} to ${MOST_LENGTH} characters`);
});

t.test("an assertion has exactly the claims that are documented", async (t) => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const keys = openAssertionKeys([privateKey.export({ type: "pkcs8", format: "pem" }).toString()]);
  const who = { id: "1", user: "anna", name: "Anna", email: "anna@example.hu", groups: [], scopes: [] };
  const made = keys.assertion({ ...who, sessionId: "2", secondFactor: "totp" }, "i", "a", new Date(0));
  const claims = JSON.parse(Buffer.from(made.split(".")[1] ?? "", "base64url").toString()) as object;
  t.strictSame(names(rows(page("formats"), "## Assertion")), Object.keys(claims));
});

t.test("an event has exactly the fields that are documented, in that order", async (t) => {
  const id = "00000000-0000-4000-8000-000000000000";
  const whole = encodeEntry({
    at: new Date(0),
    event: "sign-in",
    outcome: "success",
    actor: { kind: "gateway" },
    account: { id, name: "anna" },
    address: "192.0.2.1",
    userAgent: "x",
    deviceId: id,
    sessionId: id,
    factor: "totp",
    application: "crm",
    reason: "x",
    details: { x: 1 },
  });
  const [, section = ""] = page("formats").split("\n## Audit\n");
  const [fields = "", more = ""] = section.split("| kept as");
  const first = (text: string): (string | undefined)[] =>
    [...text.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name]) => name);
  t.strictSame(first(fields), Object.keys(JSON.parse(whole) as object));
  for (const kind of ["detail", "record"]) {
    const cell = new RegExp(`^\\| \`${kind}\` +\\|(.*)\\|$`, "m").exec(more)?.[1] ?? "";
    t.strictSame(
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
      Object.entries(EVENTS).flatMap(([name, kept]) => (kept === kind ? name : [])),
      kind,
    );
  }
  const hash = Buffer.alloc(32);
  const tombstone = { first: 1, upto: 2, before: hash, after: hash, purgedAt: new Date(0), reason: "kept" };
  const { body } = sealTombstone(tombstone, { sign: () => hash });
  t.strictSame(first(more.split("**Tombstone.**")[1] ?? ""), Object.keys(JSON.parse(body) as object));
});

t.test("the roles and the statements after a restore, run as the page has them", async (t) => {
  const blocks = [...page("gateway").matchAll(/^```sql\n([^]*?)^```$/gm)].map(([, sql = ""]) => sql);
  t.equal(blocks.length, 3);
  const [roles = "", rights = "", afterRestore = ""] = blocks;
  const { host, port, user, password } = await withPostgres(t);
  const pool = (as: string, database: string): ReturnType<typeof openPool> => {
    const opened = openPool(
      { host, port, user: as, password: as === user ? password : "x", database },
      { max: 2, applicationName: "lakat-test" },
    );
    t.teardown(() => opened.end());
    return opened;
  };
  const superuser = pool(user, "postgres");
  for (const statement of roles.split(/;\s*/).filter((one) => one !== "")) await superuser.query(statement);
  for (const role of ["lakat_owner", "lakat_gateway"])
    await superuser.query(`ALTER ROLE ${role} PASSWORD 'x'`);
  const owner = pool("lakat_owner", "lakat");
  const gateway = pool("lakat_gateway", "lakat");
  t.ok((await migrate(owner, new Date(0))).length > 0);
  await owner.query(rights);

  const denied = { code: "42501" };
  await t.rejects(gateway.query("DELETE FROM audit"), denied, "the gateway removes nothing of the audit");
  await t.rejects(gateway.query("UPDATE audit SET event = 'x'"), denied);
  await t.rejects(gateway.query("DELETE FROM audit_tombstone"), denied);
  await t.rejects(gateway.query("DROP TABLE audit"), denied);
  await t.rejects(migrate(gateway, new Date(0)), denied, "and migrates nothing");
  await gateway.query("UPDATE audit_head SET seq = seq");
  await gateway.query("DELETE FROM session");

  await owner.query(`INSERT INTO account
    (id, name, display_name, email, language, roles, status, created_at, created_by)
    VALUES (gen_random_uuid(), 'anna', 'Anna', 'anna@example.hu', 'en', '{}', 'active', now(), 'operator:x')`);
  await owner.query(afterRestore);
  const { rows: after } = await owner.query<{ epoch: number }>("SELECT epoch FROM account");
  t.strictSame(after, [{ epoch: 1001 }], "whatever was under way is over");
});

t.test("the metrics are those that a node gives", async (t) => {
  const code = readFileSync(join(import.meta.dirname, "../../src/auth/http/node-metrics.ts"), "utf8");
  const given = [...code.matchAll(/"(lakat_gateway_[a-z_]+)"/g)].map(([, name]) => name);
  const written = names(rows(page("metrics"), "## The gateway")).filter((name) => name?.startsWith("lakat_"));
  t.strictSame(written.sort(), given.sort());
});
