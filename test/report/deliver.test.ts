/** What goes out of the outbox, in which order, how often, and what is told of the rest. */
import t from "tap";
import { Fault } from "../../src/fault.ts";
import {
  deliver,
  type Channel,
  type ChannelName,
  type Entry,
  type Outbox,
} from "../../src/report/deliver.ts";
import { never } from "../fixtures/store-conformance.ts";

const NOW = new Date("2026-11-24T06:00:00Z");
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);
const entry = (report: string, channel: ChannelName, since = NOW): Entry => ({
  ...{ report, channel, since },
  parcel: { text: report },
});
const down = (): never => {
  throw new Fault("REPORT_NOT_SENT", "the server is down", "Start it.");
};

class MemoryOutbox implements Outbox {
  entries: Entry[];
  damaged: string[] = [];
  fault: Fault | undefined;
  constructor(...entries: Entry[]) {
    this.entries = entries;
  }
  async put(one: Entry): Promise<void> {
    this.entries.push(one);
  }
  async list() {
    return { entries: [...this.entries], damaged: this.damaged };
  }
  async remove({ report, channel }: Pick<Entry, "report" | "channel">): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    this.entries = this.entries.filter((one) => one.report !== report || one.channel !== channel);
  }
  async discard(name: string): Promise<void> {
    this.damaged = this.damaged.filter((one) => one !== name);
  }
  left(): string[] {
    return this.entries.map(({ report, channel }) => `${report}.${channel}`);
  }
}

function channel(name: ChannelName, send: (report: string) => void = () => undefined) {
  const tried: string[] = [];
  const made: Channel = {
    name,
    async send({ report }) {
      tried.push(report);
      send(report);
      return [];
    },
  };
  return { tried, made };
}

const run = (outbox: Outbox, channels: Channel[], fresh: Entry[] = []) =>
  deliver({ outbox, channels, now: NOW, signal: never() }, fresh);

t.test("everything that waits goes out once, the newest first, and is told as late", async (t) => {
  const fresh = entry("c", "mail");
  const outbox = new MemoryOutbox(entry("a", "mail"), entry("a", "webhook"), entry("b", "mail"), fresh);
  const [mail, webhook] = [channel("mail"), channel("webhook")];
  const { delivered, findings } = await run(outbox, [mail.made, webhook.made], [fresh]);
  t.strictSame([mail.tried, webhook.tried], [["c", "b", "a"], ["a"]]);
  t.strictSame(findings, []);
  t.strictSame(
    delivered.filter(({ late }) => !late),
    [{ report: "c", channel: "mail", late: false }],
  );
  t.equal(delivered.length, 4);
  t.strictSame(outbox.left(), []);
  t.strictSame((await run(outbox, [mail.made])).delivered, [], "and nothing goes again");
});

t.test("a channel that fails twice is left alone for this run, the others are not", async (t) => {
  const ids = ["a", "b", "c", "d", "e", "f", "g"];
  const outbox = new MemoryOutbox(...ids.map((id) => entry(id, "mail")), entry("a", "store"));
  const [mail, store] = [channel("mail", down), channel("store")];
  const { findings } = await run(outbox, [mail.made, store.made]);
  t.strictSame([mail.tried, store.tried], [["g", "f"], ["a"]]);
  t.strictSame(findings, [
    {
      code: "REPORT_NOT_SENT",
      what: "7 reports (g, f, e, d, c …) are not mailed yet, the next run tries again: the server is down",
      todo: "Start it.",
    },
  ]);
  t.equal(outbox.left().length, 7);
});

t.test("one report that is never taken does not stand before the others", async (t) => {
  const outbox = new MemoryOutbox(...["a", "b", "c"].map((id) => entry(id, "webhook")));
  const webhook = channel("webhook", (report) => (report === "b" ? down() : undefined));
  const { findings } = await run(outbox, [webhook.made]);
  t.strictSame(webhook.tried, ["c", "b", "a"]);
  t.strictSame(outbox.left(), ["b.webhook"]);
  t.match(findings, [{ what: /^report b is not posted yet/ }]);
});

t.test("what has waited for 14 days is tried once more and then dropped", async (t) => {
  const outbox = new MemoryOutbox(
    ...[
      entry("a", "store", daysAgo(15)),
      entry("b", "store", daysAgo(13)),
      entry("c", "store", daysAgo(14.1)),
    ],
  );
  const { findings } = await run(outbox, [channel("store", down).made]);
  t.match(findings, [
    { code: "REPORT_NOT_STORED", what: /^report b is not stored yet/ },
    { code: "REPORT_NOT_STORED", what: /^2 reports \(c, a\) are not stored within 14 days and will not be/ },
  ]);
  t.strictSame(outbox.left(), ["b.store"]);
  const late = new MemoryOutbox(entry("a", "store", daysAgo(40)));
  t.strictSame((await run(late, [channel("store").made])).findings, [], "late is better than never");
});

t.test("an outbox in trouble", async (t) => {
  const gone = new MemoryOutbox(entry("a", "mail"));
  t.strictSame((await run(gone, [])).findings, [], "a channel that is no longer configured");
  t.strictSame(gone.left(), []);

  const damaged = new MemoryOutbox();
  damaged.damaged = ["x.json"];
  t.match((await run(damaged, [])).findings, [{ code: "REPORT_NOT_SENT", what: /dropped: x\.json/ }]);
  t.strictSame(damaged.damaged, []);

  const stuck = new MemoryOutbox(entry("a", "mail"), entry("b", "mail"));
  stuck.fault = new Fault("STORE_DENIED", "not allowed", "Allow it.");
  const mail = channel("mail");
  t.match((await run(stuck, [mail.made])).findings, [
    { code: "REPORT_NOT_SENT", what: /twice: not allowed/ },
  ]);
  t.strictSame(mail.tried, ["b", "a"], "each once in this run all the same");

  const unreadable = new MemoryOutbox();
  unreadable.list = down;
  const fresh = entry("z", "mail");
  t.match(await run(unreadable, [mail.made], [fresh]), {
    delivered: [{ report: "z" }],
    findings: [{ code: "REPORT_NOT_SENT" }],
  });
});

t.test("an interrupted run stops, and what it was sending waits", async (t) => {
  const stop = new AbortController();
  const outbox = new MemoryOutbox(entry("a", "mail"));
  const mail = channel("mail", () => {
    stop.abort(new Fault("INTERRUPTED", "stopped", "Run again."));
    down();
  });
  const means = { outbox, channels: [mail.made], now: NOW, signal: stop.signal };
  await t.rejects(deliver(means), { code: "INTERRUPTED" });
  t.strictSame(outbox.left(), ["a.mail"]);
});
