/** What is around a restore test and goes wrong: the operator's checks, the store, the way out, the history. */
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { BUCKET, PREFIX } from "../fixtures/backup-host.ts";
import { drillHost } from "../fixtures/drill-host.ts";
import { startMailServer } from "../fixtures/smtp-server.ts";

const tested = await drillHost(t);
const { host, folder, source } = tested;
const crm = await source.freshDatabase("crm");
await crm.query("CREATE TABLE deals AS SELECT generate_series(1, 50) AS id");
await source.freshDatabase("hollow");
const id = await tested.backup();

interface Report {
  id: string;
  verdict: string;
  findings: { code: string; what: string }[];
  checks: { name: string; subject?: string; outcome: string; problems: string[] }[];
  previous?: { id: string };
}
type Ran = Awaited<ReturnType<typeof tested.drill>>;
const report = (ran: Ran): Report => tested.reportOf(ran) as unknown as Report;
/** Everything that the run ended with, a line each. */
const found = ({ json }: Ran): string =>
  (json["findings"] as Report["findings"]).map(({ code, what }) => `${code}: ${what}`).join("\n");
const again = (options?: Parameters<typeof tested.drill>[1]): Promise<Ran> =>
  tested.drill(["--again"], options);

t.test("checks of the operator's that misbehave: each its own line, all of them made", async (t) => {
  const assertions = [
    ["writes", "INSERT INTO deals VALUES (0) RETURNING id"],
    ["fails", "SELECT 1 / 0"],
    ["several", "SELECT 1; DROP TABLE deals"],
    ["opens", "BEGIN"],
    ["drops", "DROP DATABASE crm"],
  ].map(([name, sql]) => ({ name, sql, equals: 1 }));
  const holds = "sleep 30 & echo still here; exit 0";
  const commands = [
    { name: "endless", run: ["sleep", "30"], time_limit: "1s" },
    { name: "forks", run: ["sh", "-c", holds] },
  ];
  const ran = await again({
    change: (config) => {
      config.clusters[0] = { name: "crm", databases: [{ name: "crm", assertions, commands }] };
    },
  });
  t.equal(ran.exit, 1, ran.stderr);
  const { checks } = report(ran);
  const own = checks.filter(({ subject }) => subject !== undefined);
  t.strictSame(
    own.map(({ subject, outcome }) => `${subject} ${outcome}`),
    ["writes", "fails", "several", "opens", "drops", "endless"]
      .map((name) => `${name} failed`)
      .concat("forks passed"),
  );
  t.strictSame(await readdir(join(folder, "scratch")), []);
});

t.test("a mail server, a webhook that cannot be reached, a metrics file without its folder", async (t) => {
  const mail = await startMailServer(t);
  await mail.stop();
  const change = (config: { reports: Record<string, unknown> }): void => {
    config.reports["mail"] = {
      host: "127.0.0.1",
      port: mail.port,
      security: "none",
      from: "a@example.org",
      to: ["b@example.org"],
      send: "always",
    };
    config.reports["webhook"] = { env: "HOOK" };
    config.reports["metrics_file"] = join(folder, "nowhere", "lakat.prom");
  };
  const env = { HOOK: "http://127.0.0.1:9/" };
  const ran = await again({ change, env });
  t.equal(ran.exit, 3, ran.stderr);
  t.equal(report(ran).verdict, "passed");
  for (const sentence of [/not mailed yet, the next run tries again/, /not posted yet/])
    t.match(found(ran), sentence);
  t.strictSame(await readdir(join(folder, "nowhere")), ["lakat.prom"], "the folder is made");
  const up = await startMailServer(t, {}, mail.port);
  const next = await tested.drill([], { change, env });
  t.equal(up.mails.length, 1, next.stderr);
});

t.test("a damaged history, and none at all", async (t) => {
  const before = report(await again());
  const reports = join(folder, "state", "reports");
  const names = (await readdir(reports, { recursive: true })).filter((name) => name.endsWith(".json")).sort();
  await writeFile(join(reports, names[0] ?? ""), "{");
  const ran = await again();
  t.equal(ran.exit, 3);
  t.equal(found(ran).match(/HISTORY_DAMAGED/g)?.length, 1);
  t.equal(report(ran).previous?.id, before.id);
  await rm(join(folder, "state"), { recursive: true });
  const anew = await again();
  t.equal(anew.exit, 0, anew.stderr);
  t.equal(report(anew).previous?.id, report(ran).id, "the chain goes on from the store");
});

t.test("a connection that breaks midway is taken up again, and only reports are written", async (t) => {
  for (const nth of [2, 3])
    host.s3.fail({
      on: { operation: "GetObject", keyIncludes: "crm/data-01", nth },
      how: { reset: "response" },
    });
  host.s3.requests.length = 0;
  const ran = await again();
  t.equal(ran.exit, 0, ran.stderr);
  const writes = host.s3.requests.filter(({ method }) => method !== "GET" && method !== "HEAD");
  t.ok(writes.length > 0);
  t.ok(writes.every(({ key, method }) => method === "PUT" && key.startsWith(`${PREFIX}/reports/`)));
});

t.test("an object that is missing, and a recovery key that expired", async (t) => {
  const late = await again({ now: () => new Date(Date.now() + 40 * 365 * 86_400_000) });
  t.notMatch(late.stderr, /RECOVERY_KEY_EXPIRED/);
  t.match(found(late), /RECOVERY_KEY_EXPIRES_SOON: .*expired \d+ days ago/);
  const key =
    host.s3.objects(BUCKET).find((one) => one.key.endsWith(`${id}/crm/data-01.dump.zst.age`))?.key ?? "";
  host.s3.bucket(BUCKET).objects.delete(key);
  const ran = await again();
  t.match(report(ran).findings, [{ code: "BACKUP_DAMAGED", what: /data-01.* is missing/ }]);
});
