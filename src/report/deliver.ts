/**
 * FLOW: outbox → channels. What a report's run leaves in the outbox goes out now or with a later run, and nothing
 * goes twice on purpose: an entry is removed as soon as its channel has taken it.
 */
import { asFault, firstLine, type Fault, type Finding } from "../fault.ts";

const DAY_MS = 86_400_000;
/** After so many days a report is old news, and a channel that takes nothing for so long is no channel. */
export const LONGEST_WAIT_DAYS = 14;
/** A channel that fails so often in a row is left alone until the next run: each try may take its whole time limit. */
const MOST_FAILURES = 2;
/** Reports named in one finding. */
const MOST_NAMED = 5;

export const CHANNELS = ["store", "mail", "webhook"] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** What goes out on one channel, complete, so that nothing has to be made anew to send it again. */
export type Parcel = Record<string, string>;

export interface Entry {
  /** The report's id. */
  report: string;
  channel: ChannelName;
  /** When it was put into the outbox first. */
  since: Date;
  parcel: Parcel;
}

/** Where entries wait; on disk when a method returns. */
export interface Outbox {
  put(entry: Entry): Promise<void>;
  /** By report id, oldest first. `damaged`: names of files that are no entry. */
  list(): Promise<{ entries: Entry[]; damaged: string[] }>;
  /** No fault when it is gone already. */
  remove(entry: Pick<Entry, "report" | "channel">): Promise<void>;
  /** Removes a file that is no entry. */
  discard(damaged: string): Promise<void>;
}

/** One way out of this host. */
export interface Channel {
  readonly name: ChannelName;
  /** Sends one entry. The findings tell what a taken report lacks; throws a Fault when it was not taken. */
  send(entry: Entry, signal: AbortSignal): Promise<Finding[]>;
}

export interface DeliveryMeans {
  outbox: Outbox;
  channels: readonly Channel[];
  now: Date;
  signal: AbortSignal;
}

export interface Delivered {
  report: string;
  channel: ChannelName;
  /** It had waited since an earlier run. */
  late: boolean;
}

export interface Delivery {
  delivered: Delivered[];
  findings: Finding[];
}

/**
 * Sends everything that waits, and `fresh` entries, of which some may not have found room in the outbox. What fails
 * is told once for each channel and stays; what has waited for more than 14 days and fails again is dropped,
 * which is told too. Throws only the signal's reason.
 */
export async function deliver(means: DeliveryMeans, fresh: readonly Entry[] = []): Promise<Delivery> {
  const { channels, signal } = means;
  const outbox = new CarefulOutbox(means.outbox);
  const waiting = (await outbox.list()).filter((entry) => !fresh.some((other) => same(entry, other)));
  const findings: Finding[] = [];
  const delivered: Delivered[] = [];
  const failures = new Map(channels.map(({ name }) => [name, new Failures(name, means.now)]));
  // The newest first: somebody waits for today's, and one that a server never takes must not stand before it.
  for (const entry of [...waiting, ...fresh].sort(newestFirst)) {
    const channel = channels.find(({ name }) => name === entry.channel);
    const failed = failures.get(entry.channel);
    if (channel === undefined || failed === undefined) {
      // Taken out of the configuration meanwhile.
      await outbox.remove(entry);
      continue;
    }
    if (failed.inARow < MOST_FAILURES) {
      try {
        findings.push(...(await channel.send(entry, signal)));
        failed.inARow = 0;
        delivered.push({ report: entry.report, channel: entry.channel, late: !fresh.includes(entry) });
        await outbox.remove(entry);
        continue;
      } catch (error) {
        signal.throwIfAborted();
        failed.count(asFault(error));
      }
    }
    if (failed.add(entry) === "drop") await outbox.remove(entry);
  }
  for (const failed of failures.values()) findings.push(...failed.findings());
  return { delivered, findings: [...outbox.findings(), ...findings] };
}

function newestFirst(a: Entry, b: Entry): number {
  if (a.report === b.report) return CHANNELS.indexOf(a.channel) - CHANNELS.indexOf(b.channel);
  return a.report < b.report ? 1 : -1;
}

function same(a: Entry, b: Entry): boolean {
  return a.report === b.report && a.channel === b.channel;
}

/** An outbox whose own trouble is a finding: it must neither keep a report from going out nor send one again. */
class CarefulOutbox {
  readonly #outbox: Outbox;
  #damaged: string[] = [];
  #fault: Fault | undefined;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  async list(): Promise<Entry[]> {
    return this.#careful(async () => {
      const { entries, damaged } = await this.#outbox.list();
      this.#damaged = damaged;
      for (const name of damaged) await this.#outbox.discard(name);
      return entries;
    }, []);
  }

  async remove(entry: Entry): Promise<void> {
    return this.#careful(() => this.#outbox.remove(entry), undefined);
  }

  async #careful<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#fault ??= asFault(error);
      return otherwise;
    }
  }

  findings(): Finding[] {
    const told = this.#damaged.length === 0 ? [] : [damagedEntries(this.#damaged)];
    if (this.#fault === undefined) return told;
    const what = `the outbox could not be used, so reports may go missing or twice: ${firstLine(this.#fault.message)}`;
    return [...told, { code: "REPORT_NOT_SENT", what, todo: this.#fault.todo }];
  }
}

/** What one channel did not take. */
class Failures {
  readonly #channel: ChannelName;
  readonly #now: Date;
  readonly #waiting: string[] = [];
  readonly #dropped: string[] = [];
  #fault: Fault | undefined;
  inARow = 0;

  constructor(channel: ChannelName, now: Date) {
    this.#channel = channel;
    this.#now = now;
  }

  count(fault: Fault): void {
    this.inARow++;
    this.#fault ??= fault;
  }

  add(entry: Entry): "wait" | "drop" {
    const old = this.#now.getTime() - entry.since.getTime() > LONGEST_WAIT_DAYS * DAY_MS;
    (old ? this.#dropped : this.#waiting).push(entry.report);
    return old ? "drop" : "wait";
  }

  findings(): Finding[] {
    const why = this.#fault?.message ?? "the channel failed";
    const todo = this.#fault?.todo ?? "";
    const not = `not ${this.#channel === "store" ? "stored" : this.#channel === "mail" ? "mailed" : "posted"}`;
    const code = notDelivered(this.#channel);
    const told: Finding[] = [];
    if (this.#waiting.length > 0)
      told.push({
        code,
        what: `${reports(this.#waiting)} ${not} yet, the next run tries again: ${firstLine(why)}`,
        todo,
      });
    if (this.#dropped.length > 0)
      told.push({
        code,
        what: `${reports(this.#dropped)} ${not} within ${LONGEST_WAIT_DAYS} days and will not be: ${firstLine(why)}`,
        todo: `${todo} The reports themselves are kept on this host.`.trim(),
      });
    return told;
  }
}

/** The code for a report that a channel has not taken. */
export function notDelivered(channel: ChannelName): "REPORT_NOT_STORED" | "REPORT_NOT_SENT" {
  return channel === "store" ? "REPORT_NOT_STORED" : "REPORT_NOT_SENT";
}

function reports(ids: readonly string[]): string {
  if (ids.length === 1) return `report ${ids[0] ?? ""} is`;
  const more = ids.length > MOST_NAMED ? " …" : "";
  return `${ids.length} reports (${ids.slice(0, MOST_NAMED).join(", ")}${more}) are`;
}

function damagedEntries(names: readonly string[]): Finding {
  return {
    code: "REPORT_NOT_SENT",
    what: `${names.length} files in the outbox could not be read and were dropped: ${names.slice(0, MOST_NAMED).join(", ")}`,
    todo: "Check the disk that state_directory lies on; the reports themselves are kept below reports/ there.",
  };
}
