/** What a run leaves for the next one: what could not be judged is tested again, what was judged is not. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { BUCKET, PREFIX } from "../fixtures/backup-host.ts";
import { drillHost } from "../fixtures/drill-host.ts";
import { postgresWithout } from "../fixtures/postgres-without.ts";
import { until } from "../fixtures/processes.ts";

const tested = await drillHost(t);
const { host, folder, source } = tested;
const crm = await source.freshDatabase("crm");
await crm.query("CREATE EXTENSION pg_trgm; CREATE TABLE deals AS SELECT generate_series(1, 50) AS id");
await (await source.freshDatabase("hr")).query("CREATE TABLE staff AS SELECT generate_series(1, 5) AS id");

interface Report {
  verdict: string;
  findings: { code: string; what: string; todo: string }[];
  steps: { name: string; outcome: string }[];
  checks: { name: string; outcome: string; database?: string }[];
  backup?: { id: string };
}
type Ran = Awaited<ReturnType<typeof tested.drill>>;
const report = (ran: Ran): Report => tested.reportOf(ran) as unknown as Report;
const outcomes = (ran: Ran): string =>
  report(ran)
    .steps.map(({ outcome }) => outcome[0])
    .join("");

async function isGreen(t: Test, ran: Ran, backupId: string): Promise<void> {
  t.equal(ran.exit, 0, ran.stderr);
  t.match(report(ran), { verdict: "passed", findings: [], backup: { id: backupId } });
  t.strictSame(await readdir(join(folder, "scratch")), [], "no scratch server is left");
}

async function nothingIsDue(t: Test): Promise<void> {
  const ran = await tested.drill();
  t.match(ran, { exit: 0, json: { drills: [] } }, ran.stderr);
}

t.test("what this host could not judge is tested again", async (t) => {
  const id = await tested.backup();
  const programs = await postgresWithout(t, source, "pg_trgm");
  const lacking = await tested.drill([], { change: ({ scratch }) => (scratch["programs"] = programs) });
  t.equal(lacking.exit, 1);
  const { findings, checks } = report(lacking);
  t.match(findings, [{ code: "EXTENSION_MISSING", what: /crm.*pg_trgm/, todo: /install/i }]);
  t.equal(findings.length, 1);
  t.equal(outcomes(lacking), "ppppfpp");
  t.match(
    checks.find(({ name, database }) => name === "round-trip" && database === "hr"),
    { outcome: "passed" },
    "the other database is checked",
  );
  t.notOk(checks.some(({ database }) => database === "crm"));

  const bucket = host.s3.bucket(BUCKET);
  const Principal = { AWS: "arn:aws:iam::1:user/tester" };
  const Resource = `arn:aws:s3:::${BUCKET}/${PREFIX}/*.dump.zst.age`;
  bucket.policy = JSON.stringify({
    Statement: [{ Effect: "Deny", Principal, Action: "s3:GetObject*", Resource }],
  });
  const denied = await tested.drill();
  bucket.policy = undefined;
  t.equal(denied.exit, 1);
  t.equal(report(denied).backup?.id, id);
  t.strictSame([...new Set(report(denied).findings.map(({ code }) => code))], ["STORE_DENIED"]);
  t.match(report(denied).findings[0], {
    what: /no right to s3:GetObject on \S+data-01/,
    todo: /Grant s3:GetObject/,
  });
  t.equal(outcomes(denied), "pfppfsp");

  await isGreen(t, await tested.drill(), id);
  await nothingIsDue(t);
});

t.test("a backup that comes while one is tested is the next; a red result stands", async (t) => {
  const id = await tested.backup();
  const held = Promise.withResolvers<undefined>();
  t.teardown(() => held.resolve(undefined));
  // The first read of the rows checks the object, the second one restores it.
  const on = { operation: "GetObject", keyIncludes: `${id}/crm/data-01`, nth: 2 };
  const fault = host.s3.fail({ on, how: { heldUntil: held.promise } });
  const running = tested.drill();
  await until("the restore", () => fault.hits > 0);
  const newer = await tested.backup();
  held.resolve(undefined);
  await isGreen(t, await running, id);

  const wrong = { name: "deals", sql: "SELECT count(*) FROM public.deals", equals: 7 };
  const red = await tested.drill([], {
    change: ({ clusters }) => {
      clusters[0] = { name: "crm", databases: [{ name: "crm", assertions: [wrong] }] };
    },
  });
  t.equal(red.exit, 1);
  t.match(report(red), { backup: { id: newer }, findings: [{ code: "ASSERTION_FAILED" }] });
  await nothingIsDue(t);
  await isGreen(t, await tested.drill(["--again"]), newer);
  await nothingIsDue(t);
});
