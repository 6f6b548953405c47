/** `lakat report verify`: walks the chain of all reports kept on this host. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { asFault, errno, Fault, firstLine, type Finding } from "../fault.ts";
import { brokenAt, type Entry } from "../report/chain-check.ts";
import { parseBackupId } from "../seal/backup-name.ts";
import { openEnvelope } from "../seal/envelope.ts";
import { parseReport, REPORT_TYPE, sha256Of } from "../seal/report.ts";
import type { VerifyKey } from "../seal/signing-key.ts";
import type { Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { openHistory } from "./history.ts";

export const command: Command = {
  usage: `[options]

${CONFIG_USAGE}

Checks the signature of every report kept on this host, and that each names
the hash of the one before it. What was removed at the end of the chain does
not show here; the verdicts below reports/ in the store tell it.`,
  options: CONFIG_OPTION,
  async run(call) {
    const { root, key } = await openHistory(call);
    const entries: Entry[] = [];
    for (const file of await reportFiles(root)) {
      call.signal.throwIfAborted();
      entries.push(await entryOf(file, key));
    }
    const breaks = brokenAt(entries);
    const [first, last] = [entries[0]?.id, entries.at(-1)?.id];
    const range = first === undefined || last === undefined ? "" : `, from ${first} to ${last}`;
    const state =
      breaks.length === 0 ? "each follows the one before it" : `the chain is broken ${times(breaks.length)}`;
    return {
      text: entries.length === 0 ? "no reports" : `${entries.length} reports${range}: ${state}`,
      json: { reports: entries.length, first, last, breaks },
      findings: breaks.map(({ what }) => damaged(what)),
    };
  },
};

const times = (n: number): string => (n === 1 ? "once" : `${n} times`);

function damaged(what: string): Finding {
  return {
    code: "HISTORY_DAMAGED",
    what,
    todo: "Find out who changed the reports; the store has a copy of each, sealed to the recovery keys, and its verdict.",
  };
}

/** Oldest id first. A file in the wrong place is looked at too: somebody moved it. */
async function reportFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (errno(error) === "ENOENT") return [];
    throw new Fault(
      "STORE_DENIED",
      `the folder of reports ${root} cannot be listed (${errno(error) ?? "unknown"})`,
      "Run it as the user that lakat runs as.",
      { cause: error },
    );
  });
  return entries
    .filter((entry) => entry.isFile() && parseBackupId(basename(entry.name, ".json")) !== undefined)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
}

async function entryOf(file: string, key: VerifyKey): Promise<Entry> {
  const id = basename(file, ".json");
  let signed: Buffer;
  try {
    signed = await readFile(file);
  } catch (error) {
    return { kind: "damaged", id, what: "unreadable", why: errno(error) ?? "unknown" };
  }
  try {
    const report = parseReport(openEnvelope(signed, REPORT_TYPE, [key]));
    if (report.id !== id)
      return {
        kind: "damaged",
        id,
        what: "changed",
        why: `it is the report ${report.id} under another name`,
      };
    const { previous } = report;
    return {
      kind: "link",
      id,
      sha256: sha256Of(signed),
      previous: previous?.sha256,
      previousId: previous?.id,
    };
  } catch (error) {
    const why = firstLine(asFault(error).message);
    const what = /not by a trusted key/.test(why)
      ? "stranger"
      : /changed after signing/.test(why)
        ? "changed"
        : "unreadable";
    return { kind: "damaged", id, what, why };
  }
}
