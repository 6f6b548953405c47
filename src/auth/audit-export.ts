/** Rows of the audit trail as lines for other programs: JSON lines, and CSV (RFC 4180). Pure. */
import { printable } from "../markup/printable.ts";
import type { RecordedEvent } from "./audit-entry.ts";

/** A row; its event is undefined when the body cannot be read. */
export interface ExportRow {
  seq: number;
  body: string;
  hash: Buffer;
  event: RecordedEvent | undefined;
}

export interface ExportFormat {
  head: string;
  line(row: ExportRow): string;
}

/** A spreadsheet takes what begins like this for a formula, and runs it. */
const FORMULA = /^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/;

/** By the name of the format. Every line ends with its line end. */
export const EXPORT_FORMATS: Record<"jsonl" | "csv", ExportFormat> = {
  // The entry's bytes are those that were hashed: whoever has all lines can compute the chain again.
  jsonl: {
    head: "",
    line: ({ seq, body, hash, event }) =>
      event === undefined
        ? `${JSON.stringify({ seq, hash: hash.toString("hex"), damaged: printable(body) })}\n`
        : `{"seq":${seq},"hash":"${hash.toString("hex")}","entry":${body}}\n`,
  },
  csv: {
    head: csvLine([
      ...[
        "seq",
        "at",
        "event",
        "outcome",
        "actor kind",
        "actor",
        "actor id",
        "account",
        "account id",
        "address",
      ],
      ...["user agent", "device", "session", "factor", "application", "reason", "details", "kept as", "hash"],
    ]),
    line: ({ seq, body, hash, event }) => {
      if (event === undefined)
        return csvLine([
          String(seq),
          "",
          "damaged",
          ...Array<string>(13).fill(""),
          body,
          "",
          hash.toString("hex"),
        ]);
      const { actor, account } = event;
      return csvLine([
        String(seq),
        event.at.toISOString(),
        event.event,
        event.outcome,
        actor.kind,
        actor.kind === "account" ? actor.name : actor.kind === "operator" ? actor.user : "",
        actor.kind === "account" ? actor.id : "",
        account?.name ?? "",
        account?.id ?? "",
        event.address ?? "",
        event.userAgent ?? "",
        event.deviceId ?? "",
        event.sessionId ?? "",
        event.factor ?? "",
        event.application ?? "",
        event.reason ?? "",
        event.details === undefined ? "" : JSON.stringify(event.details),
        event.retention,
        hash.toString("hex"),
      ]);
    },
  },
};

/** Every field in quotes, so that a program which splits at another sign still keeps it whole. */
function csvLine(fields: readonly string[]): string {
  const quoted = fields.map((field) => {
    const plain = printable(field);
    return `"${(FORMULA.test(plain) ? `'${plain}` : plain).replaceAll('"', '""')}"`;
  });
  return `${quoted.join(",")}\r\n`;
}
