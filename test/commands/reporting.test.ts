/** A report's whole way, as the commands wire it: from the configuration to disk, store, mail, webhook and metrics. */
import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import t from "tap";
import { openReporting, type Render } from "../../src/commands/reporting.ts";
import { openDirectorySource } from "../../src/store/directory-source.ts";
import { draftOf, drillDraft, greenDay, redDay } from "../fixtures/drafts.ts";
import { reportingHost } from "../fixtures/reporting-host.ts";
import { sabotage } from "../fixtures/reports.ts";
import { certificate, startMailServer } from "../fixtures/smtp-server.ts";
import { never } from "../fixtures/store-conformance.ts";
import { startWebServer } from "../fixtures/web-server.ts";

const NOW = new Date("2026-11-24T03:00:00Z");
const later = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);
const PASSWORD = "pass-that-nobody-prints";
const render: Render = ({ report }, history) => ({
  page: `<!doctype html><p>${report.id} after ${history.length}</p>`,
  mail: { subject: `lakat ${report.kind}`, text: report.verdict, html: `<p>${report.verdict}</p>` },
});

/** A port of this machine on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const inStore = async (path: string): Promise<string[]> =>
  (await Array.fromAsync(openDirectorySource({ name: "s", path }).list("", never()))).map(({ key }) => key);

t.test("a green day reaches everyone", async (t) => {
  const host = await reportingHost(t);
  const { cert, key } = await certificate();
  const mail = await startMailServer(t, { cert, key });
  const web = await startWebServer(t);
  await writeFile(host.at("ca.pem"), cert);
  const config = host.config({
    mail: {
      ...{ host: "localhost", port: mail.port, sslrootcert: host.at("ca.pem"), user: "lakat" },
      password: await host.secret("mail.password", `${PASSWORD}\n`),
      ...{ from: "lakat@example.org", to: ["ops@example.org"] },
    },
    webhook: await host.secret("hook", `${web.url}/hook`),
    ping: { env: "PING" },
    metrics_file: host.at("lakat.prom"),
  });
  const call = host.call(NOW, { PING: `${web.url}/ping` });
  const reporting = await openReporting(call, config, render);
  const drill = await reporting.publish(drillDraft(NOW));
  const day = await reporting.publish(greenDay(later(1)));
  t.strictSame([...drill.findings, ...day.findings], []);
  t.equal(await readFile(day.page ?? "", "utf8"), `<!doctype html><p>${day.report.id} after 1</p>`);
  t.match(
    web.requests.map(({ method, url }) => `${method} ${url}`),
    ["POST /hook", "POST /hook", "GET /ping"],
  );
  t.match(mail.mails, [{ user: "lakat", secure: true }, { to: ["ops@example.org"] }]);
  t.equal(
    (await inStore(host.at("store"))).filter((key) => /^lakat\/reports\/.*verdict/.test(key)).length,
    2,
  );
  const metrics = await readFile(host.at("lakat.prom"), "utf8");
  t.match(metrics, /^lakat_cluster_verdict\{cluster="crm",verdict="passed"\} 1$/m);
  t.match(metrics, /^lakat_reports_waiting 0$/m);
  t.equal((await stat(host.at("lakat.prom"))).mode & 0o777, 0o644);

  const { reports } = await reporting.history();
  t.strictSame(
    reports.map(({ report }) => report),
    [drill.report, day.report],
  );
  t.strictSame(await reporting.lastOf("drill", "crm"), drill.report);
  t.equal(await reporting.lastOf("drill", "billing"), undefined);
  t.strictSame(await reporting.lastOf("daily"), day.report);
  t.equal(await reporting.lastOf("sabotage"), undefined);
});

t.test(
  "a mail server that is down, then up again: each mail once, and both runs say what they did",
  async (t) => {
    const host = await reportingHost(t);
    const port = await freePort();
    const config = host.config({
      mail: { host: "127.0.0.1", port, security: "none", from: "lakat@example.org", to: ["ops@example.org"] },
      metrics_file: host.at("lakat.prom"),
    });
    const first = await (await openReporting(host.call(NOW), config, render)).publish(redDay(NOW));
    t.match(first.findings, [{ code: "REPORT_NOT_SENT", what: /not mailed yet.*ECONNREFUSED/ }]);
    t.match(await readFile(host.at("lakat.prom"), "utf8"), /^lakat_reports_waiting 1$/m);
    t.equal((await stat(host.at(`state/outbox/${first.report.id}.mail.json`))).mode & 0o777, 0o600);

    const mail = await startMailServer(t, { hideSTARTTLS: true }, port);
    const next = await openReporting(host.call(later(24)), config, render);
    const second = await next.publish(drillDraft(later(24)));
    t.strictSame(second.findings, []);
    t.match(second.delivered, [
      { channel: "store", late: false },
      { channel: "mail", late: false },
      { report: first.report.id, channel: "mail", late: true },
    ]);
    t.strictSame(await next.flush(), { delivered: [], findings: [] });
    const ids = mail.mails.map(({ raw }) => /^Message-ID: <(.*)@/m.exec(raw)?.[1]);
    t.strictSame(ids.sort(), [first.report.id, second.report.id]);
  },
);

t.test("a host with a new disk goes on with the chain that lies in the store", async (t) => {
  const host = await reportingHost(t);
  const publishAt = async (hours: number) =>
    (await openReporting(host.call(later(hours)), host.config(), render)).publish(drillDraft(later(hours)));
  await publishAt(0);
  const before = await publishAt(1);
  await rm(host.at("state"), { recursive: true });
  const after = await publishAt(2);
  t.strictSame(after.report.previous, { id: before.report.id, sha256: before.sha256 });
});

t.test("two at once neither fork the chain nor send twice", async (t) => {
  const host = await reportingHost(t);
  const web = await startWebServer(t);
  const config = host.config({ webhook: await host.secret("hook", web.url) });
  const [one, two] = await Promise.all([
    openReporting(host.call(NOW), config, render),
    openReporting(host.call(NOW), config, render),
  ]);
  const made = await Promise.all([
    one.publish(drillDraft(NOW)),
    two.publish(greenDay(NOW)),
    one.publish(draftOf(sabotage(), NOW)),
  ]);
  const previous = made.map(({ report }) => report.previous?.sha256);
  t.equal(new Set(previous).size, 3);
  t.equal(previous.filter((sha) => sha === undefined).length, 1);
  t.equal(web.requests.length, 3);
});

t.test("what is beside the point does not stop a report", async (t) => {
  const host = await reportingHost(t);
  const [key] = host.config().recovery_keys;
  const broken = { recovery_keys: [{ ...key, fingerprint: `SHA256:${"0".repeat(64)}` }] };
  const config = host.config({ metrics_file: "/proc/lakat.prom" }, broken);
  const { findings, file } = await (
    await openReporting(host.call(NOW), config, render)
  ).publish(drillDraft(NOW));
  t.ok(file);
  t.match(findings, [
    { code: "REPORT_NOT_STORED", what: /cannot be sealed.*not the pinned one/ },
    { code: "REPORT_NOT_STORED", what: /only the verdict/ },
    { code: "REPORT_NOT_SENT", what: /lakat\.prom could not be written/ },
  ]);
});

t.test("reports older than they are kept go with the next one", async (t) => {
  const host = await reportingHost(t);
  const publishAt = async (days: number) =>
    (await openReporting(host.call(later(days * 24)), host.config({ keep: 90 }), render)).publish(
      drillDraft(later(days * 24)),
    );
  await publishAt(0);
  const middle = await publishAt(60);
  const last = await publishAt(91);
  const { reports } = await (await openReporting(host.call(NOW), host.config(), render)).history();
  t.strictSame(
    reports.map(({ report }) => report.id),
    [middle.report.id, last.report.id],
  );
});

t.test("what is wrong in the configuration is told before anything is done", async (t) => {
  const host = await reportingHost(t);
  const open = (reports: Record<string, unknown>, changes = {}) =>
    openReporting(host.call(NOW), host.config(reports, changes), render);
  await t.rejects(open({ webhook: { env: "NOT_SET" } }), { code: "SECRET_MISSING" });
  const exposed = await host.secret("exposed", "https://example.org/");
  await chmod(exposed.file, 0o644);
  await t.rejects(open({ ping: exposed }), { code: "KEY_FILE_EXPOSED" });
  const source = { type: "directory", name: "far", path: host.at("store"), off_site: true, country: "HU" };
  await t.rejects(open({}, { source }), { code: "RESIDENCY_REFUSED" });
  const mail = { host: "localhost", from: "lakat@example.org", to: ["ops@example.org"] };
  await t.rejects(open({ mail: { ...mail, sslrootcert: host.at("none.pem") } }), { code: "CONFIG_INVALID" });
});

t.test("a state_directory that cannot be made is told, not taken for a defect", async (t) => {
  const host = await reportingHost(t);
  await writeFile(host.at("taken"), "");
  const config = host.config({}, { state_directory: host.at("taken") });
  await t.rejects(openReporting(host.call(NOW), config, render), {
    code: "STORE_FAILED",
    message: /taken could not be made \(EEXIST\)/,
  });
});
