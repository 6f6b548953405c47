/** What becomes of a report when the disk, a channel or the run itself fails, at each step. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { openOutbox } from "../../src/delivery/outbox.ts";
import { openReportFolder } from "../../src/delivery/report-folder.ts";
import { writeWhole } from "../../src/files/whole-file.ts";
import { Fault } from "../../src/fault.ts";
import { deliver, type ChannelName } from "../../src/report/deliver.ts";
import { publish, type Draft, type PublishMeans, type ReportChannel } from "../../src/report/publish.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { drillDraft, greenDay, redDay } from "../fixtures/drafts.ts";
import { never } from "../fixtures/store-conformance.ts";

const NOW = new Date("2026-11-24T03:00:00Z");
const key = newSigningKey();
const later = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);

/** Takes what it is given, unless `trouble` throws. */
function fakeChannel(name: ChannelName) {
  const taken: string[] = [];
  const state: { taken: string[]; trouble: (() => void) | undefined; made: ReportChannel } = {
    taken,
    trouble: undefined,
    made: {
      name,
      pack: async ({ report }) => ({ parcel: { id: report.id }, findings: [] }),
      async send({ parcel }) {
        state.trouble?.();
        taken.push(parcel["id"] ?? "");
        return [];
      },
    },
  };
  return state;
}

async function host(t: Test) {
  const state = await mkdtemp(join(tmpdir(), "lakat-publish-"));
  t.teardown(() => rm(state, { recursive: true, force: true }));
  const disk: { full: RegExp | undefined } = { full: undefined };
  const write: typeof writeWhole = async (path, content, mode) => {
    if (disk.full?.test(path) === true)
      throw new Fault("STORE_FULL", `${path}: no space left`, "Free space.");
    await writeWhole(path, content, mode);
  };
  const folder = openReportFolder(join(state, "reports"), key, write);
  const outbox = openOutbox(join(state, "outbox"), write);
  const channels = {
    store: fakeChannel("store"),
    mail: fakeChannel("mail"),
    webhook: fakeChannel("webhook"),
  };
  const pings: number[] = [];
  const means = (changes: Partial<PublishMeans> = {}): PublishMeans => ({
    ...{ outbox, key, now: NOW, signal: never() },
    channels: Object.values(channels).map(({ made }) => made),
    head: () => folder.last(),
    render: async ({ report }) => {
      const mail = { subject: report.kind, text: "", html: "" };
      return { page: `<p>${report.id}</p>`, mail };
    },
    keep: (id, signed, page) => folder.keep(id, signed, page),
    ping: async () => void pings.push(1),
    ...changes,
  });
  return {
    ...{ folder, outbox, channels, pings, disk, means },
    publish: (draft: Draft, changes?: Partial<PublishMeans>) => publish(draft, means(changes)),
    waiting: async () => (await outbox.list()).entries.map(({ channel }) => channel).sort(),
    kept: async () => (await folder.list()).reports.map(({ report }) => report),
  };
}

const down = (): never => {
  throw new Fault("STORE_UNREACHABLE", "it does not answer", "Start it.");
};

t.test("each report names the one before, and goes out once on every channel", async (t) => {
  const { publish, kept, channels, waiting, pings } = await host(t);
  const first = await publish(drillDraft(NOW));
  const second = await publish(greenDay(later(1)));
  t.strictSame([first.findings, second.findings], [[], []]);
  t.match(second.report.previous, { id: first.report.id, sha256: first.sha256 });
  t.equal(first.report.previous, undefined);
  t.strictSame(await kept(), [first.report, second.report]);
  for (const { taken } of Object.values(channels)) t.strictSame(taken, [first.report.id, second.report.id]);
  t.strictSame(await waiting(), []);
  t.equal(pings.length, 1, "for the day alone");
});

t.test(
  "the dead man's switch hears of a green day that reached everybody, and of nothing else",
  async (t) => {
    const { publish, channels, pings } = await host(t);
    await publish(redDay(NOW));
    channels.mail.trouble = down;
    await publish(greenDay(later(1)));
    t.equal(pings.length, 0);
    channels.mail.trouble = undefined;
    await publish(greenDay(later(2)));
    t.equal(pings.length, 1);
    const { findings } = await publish(greenDay(later(3)), { ping: async () => down() });
    t.match(findings, [{ code: "REPORT_NOT_SENT", what: "it does not answer" }]);
  },
);

t.test("a channel that is down is told and caught up with once it is there again", async (t) => {
  const { publish, channels, waiting, kept } = await host(t);
  channels.mail.trouble = down;
  channels.store.trouble = down;
  const first = await publish(drillDraft(NOW));
  t.match(
    first.findings.map(({ code, what }) => [code, what]),
    [
      ["REPORT_NOT_STORED", /^report \S+ is not stored yet, the next run tries again: it does not answer$/],
      ["REPORT_NOT_SENT", /is not mailed yet/],
    ],
  );
  t.strictSame(await waiting(), ["mail", "store"]);
  channels.mail.trouble = channels.store.trouble = undefined;
  const second = await publish(drillDraft(later(24)));
  t.strictSame(second.findings, []);
  t.equal(second.delivered.filter(({ late }) => late).length, 2);
  for (const { taken } of Object.values(channels))
    t.strictSame(taken.sort(), [first.report.id, second.report.id], "each exactly once");
  t.equal((await kept()).length, 2);
});

t.test("a run that is killed at any step leaves a report that the next run completes", async (t) => {
  for (const step of ["store", "mail", "webhook"] as const) {
    const { publish, channels, means, kept, waiting } = await host(t);
    const stop = new AbortController();
    channels[step].trouble = () => {
      stop.abort(new Fault("INTERRUPTED", "stopped", "Run again."));
      throw new Error("the connection went with the process");
    };
    await t.rejects(publish(drillDraft(NOW), { signal: stop.signal }), { code: "INTERRUPTED" });
    t.equal((await kept()).length, 1, "the report is kept");
    t.ok((await waiting()).includes(step));
    channels[step].trouble = undefined;
    t.strictSame((await deliver(means())).findings, []);
    for (const { taken } of Object.values(channels)) t.equal(taken.length, 1, `killed at ${step}`);
    t.strictSame(await waiting(), []);
  }
  // Between outbox and folder: what was signed goes out, and the chain goes on from what is kept.
  const { publish, means, channels } = await host(t);
  await new Promise<void>((killed) => {
    const keep = (): Promise<never> => {
      killed();
      return new Promise(() => undefined);
    };
    void publish(drillDraft(NOW), { keep });
  });
  await deliver(means());
  t.equal(channels.mail.taken.length, 1);
});

t.test("a full disk", async (t) => {
  const { publish, channels, disk, kept, waiting } = await host(t);
  disk.full = /\/reports\//;
  const published = await publish(drillDraft(NOW));
  t.match(published, { file: undefined, page: undefined });
  t.match(published.findings, [
    { code: "REPORT_NOT_STORED", what: /is not kept on this host:.*no space left/ },
  ]);
  t.strictSame(await kept(), []);
  t.equal(channels.mail.taken.length, 1, "it is sent all the same");

  disk.full = /./;
  const nowhere = await publish(drillDraft(later(1)));
  t.strictSame(
    nowhere.findings.map(({ code }) => code),
    ["REPORT_NOT_STORED", "REPORT_NOT_SENT", "REPORT_NOT_SENT", "REPORT_NOT_STORED"],
    "not even in the outbox",
  );
  t.equal(channels.mail.taken.length, 2);
  for (const channel of Object.values(channels)) channel.trouble = down;
  await t.rejects(
    publish(drillDraft(later(2))),
    { code: "STORE_FULL" },
    "a report that is lost is a failure",
  );

  disk.full = /outbox/;
  const once = await publish(drillDraft(later(3)));
  t.ok(once.file);
  t.match(once.findings.map(({ what }) => what).join("\n"), /has no place in the outbox for mail/);
  t.strictSame(await waiting(), []);
});

t.test("a page that cannot be drawn is plain, and the report goes out", async (t) => {
  const { publish, channels } = await host(t);
  const seen: { page: string; mail: { subject: string; text: string } }[] = [];
  const watching = channels.mail.made;
  watching.pack = async (made) => {
    seen.push(made);
    return { parcel: undefined, findings: [] };
  };
  const render = () => Promise.reject(new TypeError("x of <undefined>"));
  const { findings, file } = await publish(redDay(NOW), { render });
  t.ok(file);
  t.match(findings, [{ code: "REPORT_NOT_SENT", what: /could not be drawn.*x of <undefined>/ }]);
  t.match(seen, [{ page: /x of &lt;undefined&gt;/, mail: { subject: "lakat: daily: failed" } }]);
});

t.test("a head that cannot be found leaves the chain to begin anew, and loses nothing", async (t) => {
  const { publish } = await host(t);
  const { report, findings } = await publish(drillDraft(NOW), { head: async () => down() });
  t.equal(report.previous, undefined);
  t.strictSame(findings, []);
});

t.test("a channel that cannot pack is told, the others go on", async (t) => {
  const { publish, channels } = await host(t);
  channels.store.made.pack = down;
  const { findings } = await publish(drillDraft(NOW));
  t.match(findings, [{ code: "REPORT_NOT_STORED", what: /no place in the outbox for store: it does not/ }]);
  t.equal(channels.mail.taken.length, 1);
});
