/** Wires how a host's signed documents get to the gateway's board: kept first, then pushed, oldest first. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openEvidenceOutbox, type EvidenceOutbox } from "../delivery/evidence-outbox.ts";
import { pushEvidence } from "../delivery/gateway-board.ts";
import { fileFault } from "../files/whole-file.ts";
import { asFault, type Fault } from "../fault.ts";
import type { BackupConfig, RestoreTestConfig } from "../config.ts";

type EvidenceConfig = Pick<BackupConfig | RestoreTestConfig, "evidence" | "state_directory">;

export interface Pushed {
  sent: string[];
  /** What the gateway does not take stays, and is tried again: a key may be pinned tomorrow. */
  refused: { id: string; fault: Fault }[];
  waiting: number;
  /** What ended it before all was sent. */
  stopped: Fault | undefined;
}

export function evidenceOutboxOf({ state_directory }: EvidenceConfig): EvidenceOutbox {
  return openEvidenceOutbox(join(state_directory, "evidence"));
}

/** Pushes all that waits. Nothing to push to: nothing is done. Throws only the signal's reason, and faults of the disk. */
export async function pushAll(config: EvidenceConfig, signal: AbortSignal): Promise<Pushed> {
  const pushed: Pushed = { sent: [], refused: [], waiting: 0, stopped: undefined };
  if (config.evidence === undefined) return pushed;
  const { url, sslrootcert } = config.evidence;
  const authorities = sslrootcert === undefined ? undefined : await readAuthorities(sslrootcert);
  const outbox = evidenceOutboxOf(config);
  const ids = await outbox.list();
  for (const id of ids) {
    const envelope = await outbox.read(id);
    if (envelope === undefined) continue;
    try {
      await pushEvidence({ url, authorities }, envelope, signal);
    } catch (error) {
      signal.throwIfAborted();
      const fault = asFault(error);
      if (fault.code === "EVIDENCE_REFUSED") {
        pushed.refused.push({ id, fault });
        continue;
      }
      // The others would fail the same way, each after its time limit.
      pushed.stopped = fault;
      break;
    }
    await outbox.remove(id);
    pushed.sent.push(id);
  }
  pushed.waiting = ids.length - pushed.sent.length;
  return pushed;
}

/**
 * After a run: its document is kept for the board, and all that waits is pushed. Whatever goes wrong is told and changes
 * nothing of the run: the board turns red by itself when it hears nothing.
 */
export async function tellBoard(
  config: EvidenceConfig,
  id: string,
  envelope: Buffer,
  signal: AbortSignal,
  tell: (fault: Fault) => void,
): Promise<void> {
  if (config.evidence === undefined) return;
  try {
    await evidenceOutboxOf(config).put(id, envelope);
    const { stopped, refused } = await pushAll(config, signal);
    for (const fault of [stopped, ...refused.map((one) => one.fault)]) if (fault !== undefined) tell(fault);
  } catch (error) {
    tell(asFault(signal.aborted ? signal.reason : error));
  }
}

async function readAuthorities(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw fileFault(error, path, "read");
  }
}
