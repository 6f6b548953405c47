/** What the restore tests said of each backup. Only what a pinned restore-test host signed counts. */
import { inOrder } from "../concurrency/in-order.ts";
import { asFault, Fault, type Code } from "../fault.ts";
import { openEnvelope } from "../seal/envelope.ts";
import { parseVerdict, VERDICT_TYPE, type PublicVerdict, type Verdict } from "../seal/report.ts";
import { MAX_VERDICT, VERDICT_NAME } from "../seal/report-name.ts";
import type { VerifyKey } from "../seal/signing-key.ts";
import type { Source, StoredPiece } from "../store/object-store.ts";
import type { ReportFolder } from "./survey.ts";

/** The word of a restore test on one backup. */
export interface Word {
  /** The id of the backup. */
  backup: string;
  verdict: Verdict;
  /** The earlier of the signed end of the test and the store's time: a copy put there again is no newer. */
  at: Date;
}

export interface ReadReport {
  report: ReportFolder;
  /** The backup it is about; undefined: none was found that day, or the verdict is missing or refused. */
  word: Word | undefined;
  /** Why the verdict is not believed. */
  refused: Fault | undefined;
}

/** What all the words on one backup come to: the newest counts, and it is not forgotten that an older one was better. */
export interface Standing {
  last: Verdict;
  everPassed: boolean;
}

/** Whoever covers a verdict comes after the host that wrote it: the right one is among the first. */
const MOST_VERSIONS_TRIED = 10;
/** Faults of one verdict, which say nothing about the others. */
const OF_THE_OBJECT: ReadonlySet<Code> = new Set<Code>([
  "SIGNATURE_INVALID",
  "MANIFEST_INVALID",
  "STORE_NOT_FOUND",
  // Sealed under a key of somebody else's (SSE-C), or in a storage class that has to be thawed.
  "STORE_DENIED",
  "STORE_FAILED",
]);

/**
 * Reads the verdict of each report, in their order. One that is damaged, signed by another, or that lies in the place of
 * another report or cluster is refused, and what it covered is looked for behind it. Throws STORE_UNREACHABLE and the
 * like: without the verdicts nothing can be called proved.
 */
export async function* readVerdicts(
  source: Source,
  reports: ReportFolder[],
  trusted: readonly VerifyKey[],
  signal: AbortSignal,
): AsyncGenerator<ReadReport> {
  yield* inOrder(reports, 8, async (report): Promise<ReadReport> => {
    let refused: Fault | undefined;
    for (const piece of report.verdicts.slice(0, MOST_VERSIONS_TRIED)) {
      try {
        const { backup, verdict, finishedAt } = await verdictIn(source, report, piece, trusted, signal);
        const at = new Date(Math.min(Date.parse(finishedAt), piece.modified.getTime()));
        return {
          report,
          word: backup === undefined ? undefined : { backup, verdict, at },
          refused: undefined,
        };
      } catch (error) {
        signal.throwIfAborted();
        refused = asFault(error);
        if (!OF_THE_OBJECT.has(refused.code)) throw refused;
      }
    }
    // Another prune was quicker: what is gone was not refused.
    if (refused?.code === "STORE_NOT_FOUND") refused = undefined;
    return { report, word: undefined, refused };
  });
}

/** Backup id → what its words come to. */
export function standings(words: Word[]): Map<string, Standing> {
  const found = new Map<string, Standing>();
  const inTime = words.toSorted(
    (a, b) =>
      a.at.getTime() - b.at.getTime() || Number(a.verdict === "failed") - Number(b.verdict === "failed"),
  );
  for (const { backup, verdict } of inTime) {
    const everPassed = verdict !== "failed" || found.get(backup)?.everPassed === true;
    found.set(backup, { last: verdict, everPassed });
  }
  return found;
}

async function verdictIn(
  source: Source,
  { folder, id, cluster }: ReportFolder,
  { versionId }: StoredPiece,
  trusted: readonly VerifyKey[],
  signal: AbortSignal,
): Promise<PublicVerdict> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.get(`${folder}/${VERDICT_NAME}`, { signal, versionId })) {
    size += chunk.length;
    if (size > MAX_VERDICT) throw misplaced(folder, "is larger than 256 KiB");
    chunks.push(chunk);
  }
  const said = parseVerdict(openEnvelope(Buffer.concat(chunks), VERDICT_TYPE, trusted));
  if (said.kind !== "drill" || said.id !== id || said.cluster !== cluster)
    throw misplaced(folder, `is that of ${said.kind} ${said.id} of ${said.cluster ?? "no cluster"}`);
  return said;
}

function misplaced(folder: string, what: string): Fault {
  return new Fault(
    "SIGNATURE_INVALID",
    `the verdict in ${folder} ${what}`,
    "Somebody put it there; find out who can write to reports/.",
  );
}
