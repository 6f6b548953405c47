/** `lakat report daily` through main(), on a host with a real store, mail server and dead man's switch. */
import { rm, writeFile } from "node:fs/promises";
import t from "tap";
import { dayHost, HOUR, MINUTE, type DayConfig } from "../fixtures/day-host.ts";
import { startMailServer } from "../fixtures/smtp-server.ts";

const daily = ["report", "daily"];
const finding = (code: "PG_FAILED" | "RESTORE_WARNING") => ({
  code,
  what: `something of ${code}`,
  todo: "Do.",
});
const codes = (said: { json(): Record<string, unknown> }): string[] =>
  (said.json()["clusters"] as { findings: { code: string }[] }[]).flatMap(({ findings }) =>
    findings.map(({ code }) => code),
  );

t.test("a green day goes out once: mail, store, history, switch", async (t) => {
  const host = await dayHost(t, ["crm", "hr"]);
  for (const cluster of ["crm", "hr"]) await host.tested(await host.backup(cluster, 3 * HOUR), 2 * HOUR);
  const first = await host.run(daily, MINUTE);
  t.match(first, { exit: 0, stderr: "" });
  t.equal(host.mail.mails.length, 1);
  t.match(host.mail.mails[0], { to: ["ops@example.org"], raw: /^Subject: /m });
  t.strictSame(host.pings, ["/switch"]);
  const kept = await host.reports.newest(({ kind }) => kind === "daily");
  t.match(kept?.report, {
    verdict: "passed",
    clusters: [{ cluster: "crm", verdict: "passed" }, { cluster: "hr" }],
  });
  t.match(first.stdout, kept?.page);
  const stored = host.store.server.objects("backups").map(({ key }) => key);
  t.ok(stored.some((key) => key.startsWith("reports/") && key.includes(kept?.report.id ?? "-")));

  const second = await host.run([...daily, "--json"], 2 * MINUTE);
  t.match(second.json(), { exit: 0, verdict: "passed", sent: false, report: kept?.report.id });
  t.match(
    (await host.run(daily, 2 * MINUTE)).stdout,
    `sent already today as report ${kept?.report.id ?? ""}`,
  );
  t.equal(host.mail.mails.length, 1, "nothing is sent");
  t.equal(host.pings.length, 3, "the switch is called again: it asks whether all is well, and all is");

  const again = await host.run([...daily, "--again", "--json"], 3 * MINUTE);
  t.match(again.json(), { exit: 0, sent: true });
  t.not(again.json()["report"], kept?.report.id);
  t.equal(host.mail.mails.length, 2);
  t.equal(host.pings.length, 4);
});

t.test("a green report that reached nobody calls the switch as soon as it has gone out", async (t) => {
  const host = await dayHost(t);
  await host.tested(await host.backup("crm", 3 * HOUR), 2 * HOUR);
  const deaf = (config: DayConfig): void => {
    config.reports["mail"] = { ...(config.reports["mail"] as object), port: 9 };
  };
  t.equal((await host.run(daily, MINUTE, deaf)).exit, 3);
  t.equal((await host.run(daily, 2 * MINUTE, deaf)).exit, 3);
  t.strictSame(host.pings, []);
  t.match(await host.run(daily, 3 * MINUTE), { exit: 0, stderr: "" });
  t.equal(host.mail.mails.length, 1);
  t.strictSame(host.pings, ["/switch"]);
});

t.test("what got worse on the same day is not swallowed, what got better waits for --again", async (t) => {
  const host = await dayHost(t);
  const backup = await host.backup("crm", 3 * HOUR);
  await host.tested(backup, 2 * HOUR);
  t.equal((await host.run(daily, MINUTE)).exit, 0);
  await host.tested(backup, -90_000, [finding("PG_FAILED")]);
  const red = await host.run(daily, 2 * MINUTE);
  t.equal(red.exit, 1);
  t.match(red.stderr, /^lakat: DAY_RED: \d{4}-\d\d-\d\d is red: crm: [A-Z][^;:()]+ \(PG_FAILED\)\. /m);
  t.match(red.stdout, /something of PG_FAILED/, "and what to do");
  t.equal(host.mail.mails.length, 2);
  t.equal(host.pings.length, 1, "the switch is called on green alone");
  t.equal((await host.run(daily, 3 * MINUTE)).exit, 1);
  t.equal(host.mail.mails.length, 2, "told once");

  await host.tested(backup, -200_000);
  t.match((await host.run([...daily, "--json"], 4 * MINUTE)).json(), {
    exit: 1,
    verdict: "failed",
    sent: false,
  });
  t.match((await host.run([...daily, "--again", "--json"], 4 * MINUTE)).json(), {
    exit: 0,
    verdict: "passed",
  });
  t.equal(host.mail.mails.length, 3);
  t.equal(host.pings.length, 2);
});

t.test("findings: exit 3, sent, and the switch is left alone", async (t) => {
  const host = await dayHost(t);
  await host.tested(await host.backup("crm", 3 * HOUR), 2 * HOUR, [finding("RESTORE_WARNING")]);
  const said = await host.run(daily, MINUTE, (config) => (config["sabotage"] = { every: "8d" }));
  t.equal(said.exit, 3);
  t.match(said.stderr, /^lakat: SABOTAGE_OVERDUE: the alarm was never tested/m);
  t.match(said.stderr, /^lakat: RESTORE_WARNING: something of RESTORE_WARNING\. Do\.$/m);
  t.equal(host.mail.mails.length, 1);
  t.strictSame(host.pings, []);
});

t.test("a sabotage run that failed is not hidden by another cluster's that came later", async (t) => {
  const host = await dayHost(t, ["crm", "hr"]);
  const sabotageOf = async (after: number): Promise<unknown> =>
    (await host.run([...daily, "--again", "--json"], after)).json()["sabotage"];
  const first = await host.sabotaged("hr", 9 * HOUR, true);
  t.match(await sabotageOf(MINUTE), { report: first, missed: 0 });
  const failed = await host.sabotaged("crm", 8 * HOUR, false);
  await host.sabotaged("hr", 7 * HOUR, true);
  t.match(await sabotageOf(2 * MINUTE), { report: failed, missed: 1 });
  const mended = await host.sabotaged("crm", 6 * HOUR, true);
  t.match(await sabotageOf(3 * MINUTE), { report: mended, missed: 0 });
});

t.test("the day on which nothing ran is told, also on the very first", async (t) => {
  const host = await dayHost(t, ["crm", "hr"]);
  const said = await host.run([...daily, "--json"], MINUTE);
  t.match(said, {
    exit: 1,
    stderr: /DAY_RED: .* is red: crm: .*\(BACKUP_OVERDUE\).*; hr: .*\(BACKUP_OVERDUE\)/,
  });
  t.match(said.json(), { code: "DAY_RED", verdict: "failed", sent: true });
  t.equal(host.mail.mails.length, 1);
  t.strictSame(host.pings, []);

  const late = await dayHost(t);
  await late.tested(await late.backup("crm", 60 * HOUR), 59 * HOUR);
  await late.backup("crm", 31 * HOUR);
  const overdue = await late.run([...daily, "--json"], MINUTE);
  t.strictSame(
    codes(overdue),
    ["BACKUP_OVERDUE", "DRILL_OVERDUE", "DRILL_OVERDUE"],
    "by the signed time, not by the store's",
  );
});

t.test(
  "the store is down, the mail server too: red, kept, and the mail goes out with the next run",
  async (t) => {
    const host = await dayHost(t);
    await host.tested(await host.backup("crm", 3 * HOUR), 2 * HOUR);
    await host.mail.stop();
    const gone = { type: "directory", name: "copy", path: host.at("nowhere") };
    const down = await host.run([...daily, "--json"], MINUTE, (config) => (config["source"] = gone));
    t.equal(down.exit, 1);
    t.match(codes(down), [/^(STORE|BACKUP)_/]);
    const told = (down.json()["findings"] as { code: string }[]).map(({ code }) => code).sort();
    t.strictSame(told, ["REPORT_NOT_SENT", "REPORT_NOT_STORED"]);
    const kept = await host.reports.newest(({ kind }) => kind === "daily");
    t.equal(kept?.report.verdict, "failed");

    const back = await startMailServer(t, {}, host.mail.port);
    const next = await host.run([...daily, "--json"], 2 * MINUTE);
    t.match(next.json(), { sent: false, exit: 1 }, "better, so nothing new is sent");
    t.equal(back.mails.length, 1, "but what waited is");
  },
);

t.test("a clock that is wrong by a day, and a right one after it", async (t) => {
  const host = await dayHost(t);
  await host.tested(await host.backup("crm", 3 * HOUR), 2 * HOUR);
  const ahead = await host.run([...daily, "--json"], 24 * HOUR);
  t.equal(ahead.exit, 3, ahead.stderr);
  t.match(ahead.json(), {
    troubles: [{ code: "CLOCK_DOUBTFUL", what: /this host's clock is 2[34] h ahead of the store's/ }],
  });
  t.strictSame(host.pings, []);
  const behind = await host.run([...daily, "--json"], -24 * HOUR);
  t.match(behind.stdout, /CLOCK_DOUBTFUL/);
  t.not(behind.exit, 0);
  const right = await host.run([...daily, "--json"], MINUTE);
  t.match(right.json(), { sent: true, verdict: "passed" }, right.stderr);
  t.equal(host.pings.length, 1);
});

t.test("a damaged history is a finding, and what is left of it counts", async (t) => {
  const host = await dayHost(t);
  const { file } = await host.tested(await host.backup("crm", 30 * HOUR), 29 * HOUR);
  await host.tested(await host.backup("crm", 3 * HOUR), 2 * HOUR);
  await writeFile(file, "{");
  const said = await host.run(daily, MINUTE);
  t.equal(said.exit, 3);
  t.match(said.stderr, /^lakat: HISTORY_DAMAGED: 1 of the reports/m);
  t.equal(host.mail.mails.length, 1);

  await rm(host.at("state/reports"), { recursive: true });
  await writeFile(host.at("state/reports"), "not a folder");
  const none = await host.run(daily, 2 * MINUTE);
  t.equal(none.exit, 1, "nothing is known to have passed");
  t.equal(host.mail.mails.length, 2, "sent although it cannot be kept");
});

t.test("without clusters there is no day", async (t) => {
  const host = await dayHost(t);
  const said = await host.run(daily, 0, (config) => (config["clusters"] = []));
  t.match(said, { exit: 2, stderr: /^lakat: CONFIG_INVALID: clusters: missing/ });
  t.equal(host.mail.mails.length, 0);
});
