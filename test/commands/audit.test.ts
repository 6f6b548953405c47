import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { linkHash } from "../../src/auth/audit-link.ts";
import type { AuditEvent } from "../../src/auth/audit-event.ts";
import { auditOn } from "../../src/auth/store/audit.ts";
import { transact } from "../../src/auth/store/database.ts";
import { operatorOf } from "../../src/commands/operator.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { plainEvent } from "../fixtures/audit-events.ts";
import { plainGatewayConfig } from "../fixtures/gateway-config.ts";
import { withGatewayDatabase } from "../fixtures/gateway-database.ts";
import { lakat } from "../fixtures/lakat.ts";

const ID = "3f2a8c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b";
const OTHER = "00000000-0000-4000-8000-000000000002";
const NOW = new Date();
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);

const { pool, postgres, name: database } = await withGatewayDatabase(t);
const folder = t.testdir();
const env = { PG_PASSWORD: postgres.password };
await writeFile(join(folder, "audit.key"), newSigningKey().privatePem, { mode: 0o600 });
const secret = { env: "NOT_READ_HERE" };
const config = join(folder, "lakat.yaml");
await writeFile(
  config,
  JSON.stringify({
    ...plainGatewayConfig(postgres, database),
    secret_key: secret,
    encryption_keys: [{ id: "e1", key: secret }],
    peppers: [{ id: "p1", key: secret }],
    assertion_keys: ["/nonexistent"],
    audit_key: join(folder, "audit.key"),
  }),
);
const run = (...args: string[]) => lakat(["audit", ...args, "--config", config], { env, now: () => NOW });
const listed = async (...args: string[]): Promise<Record<string, unknown>[]> => {
  const said = await run("list", "--json", ...args);
  t.equal(said.exit, 0, said.stderr);
  return said.json()["events"] as Record<string, unknown>[];
};

const anna = { id: ID, name: "anna" };
const admin = { kind: "account" as const, id: OTHER, name: "admin" };
const EVENTS: AuditEvent[] = [
  plainEvent(daysAgo(100), { account: anna, actor: { kind: "account", ...anna }, address: "192.0.2.7" }),
  plainEvent(daysAgo(50), {
    outcome: "failure",
    actor: { kind: "stranger" },
    address: "2001:db8::7",
    reason: "wrong-password",
  }),
  plainEvent(daysAgo(20), { event: "account.disabled", account: anna, actor: admin }),
  plainEvent(daysAgo(10), {
    event: "access.entered",
    account: anna,
    actor: { kind: "account", ...anna },
    application: "crm",
    userAgent: '=cmd|" /C calc"!A0',
    details: { note: '+1,"x"' },
  }),
  plainEvent(daysAgo(0.5), { event: "grant.approved", actor: admin, details: { scopes: ["settings"] } }),
];
await transact(pool, async (db) => {
  await db.query(
    `INSERT INTO account (id, name, display_name, email, language, roles, status, created_at, created_by)
     VALUES ($1, 'anna', 'Anna', 'anna@example.hu', 'hu', '{}', 'active', $2, 'test')`,
    [ID, NOW],
  );
  for (const event of EVENTS) await auditOn(db).append(event);
});

t.test("list: newest first, by every filter", async (t) => {
  for (const [args, seqs] of [
    [[], [5, 4, 3, 2, 1]],
    [
      ["--limit", "2"],
      [5, 4],
    ],
    [
      ["--account", "anna"],
      [4, 3, 1],
    ],
    [
      ["--account", "ANNA@example.hu"],
      [4, 3, 1],
    ],
    [
      ["--account", OTHER],
      [5, 3],
    ],
    [
      ["--event", "account.*", "--event", "grant.approved"],
      [5, 3],
    ],
    [["--event", "sign-in", "--outcome", "failure"], [2]],
    [
      ["--outcome", "success"],
      [5, 4, 3, 1],
    ],
    [["--address", "192.0.2.7"], [1]],
    [["--address", "2001:DB8::/64"], [2]],
    [
      ["--since", "20d"],
      [5, 4, 3],
    ],
    [
      ["--since", daysAgo(55).toISOString(), "--until", "24h"],
      [4, 3, 2],
    ],
    [["--account", "anna", "--since", "30d", "--event", "access.entered"], [4]],
    [["--until", "2001-01-01"], []],
  ] as const) {
    const events = await listed(...args);
    t.strictSame(
      events.map(({ seq }) => seq),
      seqs,
      args.join(" "),
    );
  }
  t.match((await listed("--limit", "1"))[0], {
    event: "grant.approved",
    actor: admin,
    details: { scopes: ["settings"] },
  });
});

t.test("list: a table for people", async (t) => {
  const said = await run("list");
  t.equal(said.exit, 0, said.stderr);
  t.match(said.stdout, /^SEQ +TIME +EVENT +OUTCOME/);
  t.match(said.stdout, /3 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +account\.disabled +success +anna +admin/);
  t.equal((await run("list", "--until", "2001-01-01")).stdout, "no events\n");
});

t.test("what is asked wrongly is told", async (t) => {
  for (const [args, code, what] of [
    [["list", "--event", "sign"], "USAGE", /there is no event sign/],
    [["list", "--outcome", "maybe"], "USAGE", /maybe/],
    [["list", "--address", "crm"], "USAGE", /neither an address/],
    [["list", "--address", "192.0.2.0/33"], "USAGE", /neither an address/],
    [["list", "--since", "yesterday"], "USAGE", /is no time/],
    [["list", "--since", "2026-02-31T25:00"], "USAGE", /is no time/],
    [["list", "--limit", "0"], "USAGE", /--limit 0/],
    [["list", "--account", "nobody"], "ACCOUNT_NOT_FOUND", /no account nobody/],
    [["export", "--format", "xml"], "USAGE", /xml/],
    [["export", "--json"], "USAGE", /between the lines/],
    [["verify", "--expect-head", "12"], "USAGE", /SEQ:HASH/],
  ] as const) {
    const said = await run(...args);
    t.equal(said.exit, 2, args.join(" "));
    t.ok(said.stderr.includes(code), said.stderr);
    t.match(said.stderr, what);
  }
  t.equal((await listed()).length, 5, "nothing of it left a trace");
});

t.test("export: JSON lines whose chain can be computed again; the export is the last of them", async (t) => {
  const said = await run("export");
  t.equal(said.exit, 0, said.stderr);
  const lines = said.stdout.trimEnd().split("\n");
  t.equal(lines.length, 6);
  let hash = Buffer.alloc(32);
  for (const line of lines) {
    const { seq, hash: sum } = JSON.parse(line) as { seq: number; hash: string };
    hash = linkHash(hash, seq, line.slice(line.indexOf('"entry":') + 8, -1)) as typeof hash;
    t.equal(sum, hash.toString("hex"));
  }
  t.match(said.stderr, new RegExp(`^6 events; head 6:${hash.toString("hex")}`));
  t.match(JSON.parse(lines[5] ?? ""), {
    entry: { event: "audit.exported", actor: operatorOf({}), details: { format: "jsonl" } },
  });
});

t.test("export: CSV, whole under its name, and nothing a spreadsheet would run", async (t) => {
  const out = join(folder, "out.csv");
  const said = await run("export", "--format", "csv", "--out", out, "--account", "anna", "--json");
  t.equal(said.exit, 0, said.stderr);
  t.match(said.json(), { out, rows: 3 });
  const text = await readFile(out, "utf8");
  t.match(text, /^"seq","at",/);
  t.equal(text.split("\r\n").length, 5);
  t.match(text, `"'=cmd|"" /C calc""!A0"`);
  for (const field of text.matchAll(/(?:^|,)"((?:[^"]|"")*)"/gm)) t.notMatch(field[1], /^\s*[=+@-]/);
  t.match(await listed("--limit", "1"), [
    { event: "audit.exported", details: { account: "anna", out, format: "csv" } },
  ]);
  t.strictSame((await readdir(folder)).sort(), ["audit.key", "lakat.yaml", "out.csv"]);
  const denied = await run("export", "--out", join(config, "x.csv"));
  t.match(denied.stderr, /STORE_FAILED/);
});

t.test("export: a reader that closes early is no failure", async (t) => {
  const { stdout, stderr } = await promisify(execFile)("bash", [
    "-c",
    `PG_PASSWORD=${postgres.password} "$0" audit export --config "${config}" | head -n 1`,
    new URL("../../lakat", import.meta.url).pathname,
  ]);
  t.match(stdout, /^\{"seq":1,/);
  t.match(stderr, /head \d+:/);
});

t.test("verify tells the head, and finds it again; purge leaves a chain that verifies", async (t) => {
  const before = await run("verify", "--json");
  t.equal(before.exit, 0, before.stderr);
  const head = String(before.json()["head"]);
  const purged = await run("purge", "--json");
  t.equal(purged.exit, 0, purged.stderr);
  t.match(purged.json(), { detail: 1, record: 0, kept: 0, tombstones: 1 });
  const after = await run("verify", "--expect-head", head);
  t.equal(after.exit, 0, after.stderr);
  t.match(after.stdout, /rows, 1 purged: each row follows the one before it\nhead \d+:[0-9a-f]{64}\n$/);
  const wrong = await run("verify", "--expect-head", `${head.split(":")[0] ?? ""}:${"0".repeat(64)}`);
  t.equal(wrong.exit, 1);
  t.match(wrong.stderr, /AUDIT_CHAIN_BROKEN: .* its hash is another/);
});

t.test("a row that was changed is found, listed as damaged and exported as such", async (t) => {
  await pool.query("UPDATE audit SET body = '=1+1' || chr(10) WHERE seq = 3");
  const verified = await run("verify", "--json");
  t.equal(verified.exit, 1);
  t.match(verified.json(), {
    broken: 2,
    breaks: [
      { seq: 3, kind: "columns" },
      { seq: 3, kind: "changed" },
    ],
  });
  const said = await run("list");
  t.equal(said.exit, 1);
  t.match(said.stdout, /3 .* damaged/);
  t.match(said.stderr, /AUDIT_CHAIN_BROKEN: row 3/);
  t.match((await run("export")).stdout, /\n\{"seq":3,"hash":"[0-9a-f]+","damaged":"=1\+1 "\}\n/);
  t.match((await run("export", "--format", "csv")).stdout, `"'=1+1 "`);
});

t.test("the operator is the user of the system, and who called sudo", async (t) => {
  const name = () => "backup";
  t.strictSame(operatorOf({ SUDO_USER: "anna" }, { uid: 0, name }), {
    kind: "operator",
    user: "anna (root by sudo)",
  });
  t.strictSame(operatorOf({ SUDO_USER: "anna" }, { uid: 1000, name }), {
    kind: "operator",
    user: "backup (says it is anna)",
  });
  t.strictSame(operatorOf({}, { uid: 0, name: () => "root" }), { kind: "operator", user: "root" });
  const nameless = () => {
    throw new Error("no such user");
  };
  t.strictSame(operatorOf({}, { uid: 1234, name: nameless }), { kind: "operator", user: "uid 1234" });
});
