/** What whoever is called at night goes by: readiness, metrics, the log, and what is swept. */
import { randomBytes, randomUUID } from "node:crypto";
import t from "tap";
import { sweepOnce } from "../../../src/auth/http/housekeeping.ts";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";

const gateway = await withGateway(t, { node: { hashing: { concurrent: 1, waiting: 1 } } });
const { pool, name: database } = gateway.database;
const internal = async (path: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`http://127.0.0.1:${gateway.node.ports.internal}${path}`);
  return { status: answer.status, text: await answer.text() };
};
const metric = async (line: string): Promise<number> =>
  Number(
    (await internal("/metrics")).text
      .split("\n")
      .find((one) => one.startsWith(`${line} `))
      ?.split(" ")[1],
  );

t.test("a node is ready while its database takes writes and is not behind", async (t) => {
  t.match(await internal("/readyz"), { status: 200, text: /^ready/ });
  const setting = `ALTER DATABASE ${database} SET default_transaction_read_only`;
  const reconnect = async (): Promise<void> => {
    await gateway.database.query(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'lakat-gateway'",
    );
  };
  await pool.query(`${setting} = on`);
  await reconnect();
  t.match(await internal("/readyz"), { status: 503, text: /read-only/ });
  await pool.query(`${setting} = off`);
  await reconnect();
  const behind = "UPDATE migration SET version = version + $1 WHERE version % 1000 = 3";
  await pool.query(behind, [1000]);
  t.match(await internal("/readyz"), { status: 200 }, "ahead: hosts are upgraded one after the other");
  await pool.query(behind, [-1000]);
  const { rows } = await pool.query("DELETE FROM migration WHERE version = 3 RETURNING *");
  t.match(await internal("/readyz"), { status: 503, text: /lakat gateway migrate/ });
  await pool.query("INSERT INTO migration SELECT * FROM json_populate_record(NULL::migration, $1)", [
    rows[0],
  ]);
  t.match(await internal("/readyz"), { status: 200 });
});

t.test("sign-ins are counted by outcome; too many at once are audited, once", async (t) => {
  const anna = await gateway.person();
  const browser = gateway.browser();
  await gateway.signIn(browser, anna);
  const page = await gateway.browser().get(`${LOGIN}/sign-in`);
  const statuses = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const fields = { name: "nobody", password: "not the password" };
      return (await gateway.browser().submit(page, fields)).status;
    }),
  );
  const sent = statuses.filter((status) => status === 503).length;
  t.ok(sent > 0, statuses.join());
  const of = (step: string, outcome: string): Promise<number> =>
    metric(`lakat_gateway_sign_ins_total{step="${step}",outcome="${outcome}"}`);
  t.equal(await of("password", "right"), 1);
  t.equal(await of("code", "right"), 1);
  t.equal(await of("password", "busy"), sent);
  t.equal(await of("password", "refused"), 12 - sent);
  t.equal(await metric("lakat_gateway_busy_total"), sent);
  t.ok((await metric("lakat_gateway_news_age_seconds")) < 10);
  const rows = await gateway.rows<{ body: string }>(
    "SELECT body FROM audit WHERE event = 'gateway.overloaded'",
  );
  t.equal(rows.length, 1);
  t.match(JSON.parse(rows[0]?.body ?? "{}"), { actor: { kind: "gateway" }, details: { refused: 1 } });
});

t.test("while the store fails the log has one line, with a code and what to do", async (t) => {
  gateway.log.length = 0;
  await pool.query("ALTER TABLE account RENAME TO away");
  for (let i = 0; i < 5; i++)
    t.equal((await gateway.browser().post(`${LOGIN}/sign-in`, {})).status, 403, "no form of ours");
  const page = await gateway.browser().get(`${LOGIN}/sign-in`);
  for (let i = 0; i < 5; i++)
    t.equal((await gateway.browser().submit(page, { name: "anna", password: "x" })).status, 503);
  await pool.query("ALTER TABLE away RENAME TO account");
  const errors = gateway.log.filter(({ level }) => level === "error");
  t.match(errors, [{ about: { code: "INTERNAL", cause: "42P01" }, text: /could not be answered/ }]);
  t.equal(errors.length, 1);
  t.equal(await metric('lakat_gateway_sign_ins_total{step="password",outcome="failed"}'), 5);
});

t.test("what is over is swept, and one kind that cannot be keeps no other", async (t) => {
  const { gateway: parts } = gateway.node;
  const { id } = await gateway.person();
  const [session] = await gateway.rows<{ id: string }>("SELECT id FROM session LIMIT 1");
  const now = gateway.now();
  const old = new Date(now.getTime() - 60 * 86_400_000);
  await pool.query("DELETE FROM ticket");
  for (const expires of [old, now])
    await pool.query(
      "INSERT INTO ticket (token_hash, session_id, host, state_hash, expires_at) VALUES ($1, $2, 'x', $1, $3)",
      [randomBytes(32), session?.id, expires],
    );
  for (const expires of [old, now])
    await pool.query(
      "INSERT INTO link (token_hash, kind, account_id, epoch, created_at, expires_at) VALUES ($1, 'reset', $2, 1, $3, $3)",
      [randomBytes(32), id, expires],
    );
  await pool.query("INSERT INTO change (seq, at, session_id) VALUES (-1, $1, $2), (-2, $3, $2)", [
    old,
    randomUUID(),
    now,
  ]);
  await pool.query("INSERT INTO sms_budget (day, number, parts) VALUES ($1, '+36201234567', 1)", [old]);
  await pool.query("ALTER TABLE sign_in RENAME TO away");
  const failures: unknown[] = [];
  await sweepOnce(parts, now, (error) => void failures.push(error));
  await pool.query("ALTER TABLE away RENAME TO sign_in");
  t.match(failures, [{ code: "42P01" }]);
  t.equal(failures.length, 1);
  const left = async (from: string): Promise<number> =>
    (await gateway.rows<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`))[0]?.n ?? -1;
  t.equal(await left("ticket"), 1);
  t.equal(await left("link WHERE kind = 'reset'"), 1);
  t.equal(await left("change WHERE seq < 0"), 1);
  t.equal(await left("sms_budget"), 0);
});
