/**
 * Cleans up after a run that was killed. What it left is never a backup, since it has no manifest, but its
 * parts cost money in the bucket and room on a disk.
 */
import { asFault, type Fault } from "../fault.ts";
import type { Sink, Upload } from "../store/object-store.ts";

/** Stands in the journal for a whole run, from its begin to its commit, in place of an upload's id. */
const WHOLE_RUN = "run";

/** What the journal keeps of a run in one destination; `folder` is the backup's folder. */
export function runMark(destination: string, folder: string): Upload {
  return { destination, key: folder, uploadId: WHOLE_RUN };
}

/**
 * Aborts the uploads an earlier run began, and removes its folder where the store lets finished objects be
 * removed. Yields each with the fault that kept it from being cleaned, which keeps none of the others; a
 * destination that cannot be reached is asked once. One that is no longer configured is left to its owner. Throws only
 * what the signal was aborted with.
 */
export async function* discardUnfinished(
  unfinished: Upload[],
  sinks: Sink[],
  commitName: string,
  signal: AbortSignal,
): AsyncGenerator<{ upload: Upload; fault: Fault | undefined }> {
  const unreachable = new Set<string>();
  for (const upload of unfinished) {
    const sink = sinks.find(({ name }) => name === upload.destination);
    if (sink === undefined || unreachable.has(sink.name)) continue;
    try {
      if (upload.uploadId === WHOLE_RUN) await sink.discardUnfinished?.(upload.key, commitName, signal);
      else await sink.discard(upload, signal);
      yield { upload, fault: undefined };
    } catch (error) {
      signal.throwIfAborted();
      const fault = asFault(error);
      if (fault.code === "STORE_UNREACHABLE") unreachable.add(sink.name);
      yield { upload, fault };
    }
  }
}
