/**
 * FLOW: sign and chain → pack → keep on this host → store, mail, post → ping. Promises: once a report is made, no
 * trouble on its way loses it; a later run sends what this one could not; what went wrong is a finding.
 */
import { asFault, Fault, firstLine, type Finding } from "../fault.ts";
import { signEnvelope } from "../seal/envelope.ts";
import { encodeReport, REPORT_TYPE, sha256Of, type Report } from "../seal/report.ts";
import type { SigningKey } from "../seal/signing-key.ts";
import {
  deliver,
  notDelivered,
  type Channel,
  type Delivery,
  type DeliveryMeans,
  type Entry,
  type Parcel,
} from "./deliver.ts";

type Unsigned<R> = R extends Report ? Omit<R, "host" | "previous"> : never;
/** A report before it is signed and chained. */
export type Draft = Unsigned<Report>;

/** A report as it was signed; `signed` is the envelope, `sha256` its hash, which the next report names. */
export interface SignedReport {
  report: Report;
  signed: Buffer;
  sha256: string;
}

/** How a report looks to people. */
export interface Rendered {
  /** The page, one whole HTML document. */
  page: string;
  mail: { subject: string; text: string; html: string };
}

/** A channel that knows what to send of a new report. */
export interface ReportChannel extends Channel {
  /** Everything that `send` will need; undefined when this report does not go this way. */
  pack(made: SignedReport & Rendered): Promise<{ parcel: Parcel | undefined; findings: Finding[] }>;
}

export interface PublishMeans extends DeliveryMeans {
  key: SigningKey;
  channels: readonly ReportChannel[];
  /** The report that this one follows. */
  head(): Promise<{ id: string; sha256: string } | undefined>;
  render(made: SignedReport): Promise<Rendered>;
  /** Writes envelope and page whole, or throws a Fault. */
  keep(id: string, signed: Buffer, page: string): Promise<{ file: string; page: string }>;
  /** Calls the dead man's switch; undefined when there is none. */
  ping: ((signal: AbortSignal) => Promise<void>) | undefined;
}

export interface Publication extends Delivery {
  report: Report;
  sha256: string;
  /** Where envelope and page lie on this host; undefined when it could not keep them. */
  file: string | undefined;
  page: string | undefined;
}

/**
 * Publishes a report. Whatever fails on the way is among the findings. Throws the fault of keeping it when no
 * channel has taken it either, for then it is lost; and the signal's reason, after the report was kept.
 */
export async function publish(draft: Draft, means: PublishMeans): Promise<Publication> {
  const made = signed(draft, means.key, await means.head().catch(() => undefined));
  const { rendered, findings } = await look(made, means);
  const { report, sha256 } = made;

  // Into the outbox before it counts as made: a run that is killed in between has then sent too much, not too little.
  const packed = await pack({ ...made, ...rendered }, means);
  findings.push(...packed.findings);
  const kept = await means.keep(report.id, made.signed, rendered.page).catch(asFault);
  if (kept instanceof Fault) findings.push(notKept(report.id, kept));

  const { delivered, findings: troubles } = await deliver(means, packed.entries);
  findings.push(...troubles);
  if (kept instanceof Fault && !delivered.some((one) => one.report === report.id)) throw kept;
  findings.push(...(await ping(report, findings, means)));
  const at = kept instanceof Fault ? { file: undefined, page: undefined } : kept;
  return { report, sha256, ...at, delivered, findings };
}

function signed(
  draft: Draft,
  key: SigningKey,
  head: { id: string; sha256: string } | undefined,
): SignedReport {
  // Only these two fields: what else a head may carry has no place in a report.
  const previous = head === undefined ? {} : { previous: { id: head.id, sha256: head.sha256 } };
  const report: Report = { ...draft, host: key.keyid, ...previous };
  const envelope = signEnvelope(REPORT_TYPE, encodeReport(report), key);
  return { report, signed: envelope, sha256: sha256Of(envelope) };
}

/** A report that cannot be drawn is plain, not lost. */
async function look(
  made: SignedReport,
  means: PublishMeans,
): Promise<{ rendered: Rendered; findings: Finding[] }> {
  try {
    return { rendered: await means.render(made), findings: [] };
  } catch (error) {
    const { kind, id, verdict, findings } = made.report;
    const what = `the page of report ${id} could not be drawn: ${firstLine(asFault(error).message)}`;
    const lines = findings.map((one) => `${one.code}: ${one.what}\n  ${one.todo}`);
    const text = [`lakat ${kind} ${id}: ${verdict}`, what, ...lines].join("\n\n");
    const html = `<!doctype html><meta charset="utf-8"><title>lakat ${kind}</title><pre>${escaped(text)}</pre>`;
    const mail = { subject: `lakat: ${kind}: ${verdict}`, text, html };
    return {
      rendered: { page: html, mail },
      findings: [{ code: "REPORT_NOT_SENT", what, todo: "Report this as a defect of lakat." }],
    };
  }
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

async function pack(
  made: SignedReport & Rendered,
  { channels, outbox, now }: PublishMeans,
): Promise<{ entries: Entry[]; findings: Finding[] }> {
  const entries: Entry[] = [];
  const findings: Finding[] = [];
  for (const channel of channels) {
    const code = notDelivered(channel.name);
    try {
      const packed = await channel.pack(made);
      findings.push(...packed.findings);
      if (packed.parcel === undefined) continue;
      const entry: Entry = {
        report: made.report.id,
        channel: channel.name,
        since: now,
        parcel: packed.parcel,
      };
      entries.push(entry);
      await outbox.put(entry);
    } catch (error) {
      const { message, todo } = asFault(error);
      const what = `report ${made.report.id} has no place in the outbox for ${channel.name}: ${firstLine(message)}`;
      findings.push({ code, what, todo });
    }
  }
  return { entries, findings };
}

/** Only a green day whose report has reached everybody: people whom no mail reaches count on its silence. */
async function ping(
  report: Report,
  findings: readonly Finding[],
  { ping: call, signal }: PublishMeans,
): Promise<Finding[]> {
  const undelivered = findings.some(({ code }) => code === "REPORT_NOT_SENT" || code === "REPORT_NOT_STORED");
  return report.kind !== "daily" || report.verdict !== "passed" || undelivered
    ? []
    : callSwitch(call, signal);
}

/** Calls the dead man's switch, if there is one. Out: what went wrong. Throws only the signal's reason. */
export async function callSwitch(call: PublishMeans["ping"], signal: AbortSignal): Promise<Finding[]> {
  if (call === undefined) return [];
  try {
    await call(signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    const { message, todo } = asFault(error);
    return [{ code: "REPORT_NOT_SENT", what: firstLine(message), todo }];
  }
}

function notKept(id: string, fault: Fault): Finding {
  const what = `report ${id} is not kept on this host: ${firstLine(fault.message)}`;
  return { code: "REPORT_NOT_STORED", what, todo: fault.todo };
}
