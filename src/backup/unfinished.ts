/**
 * Cleans up after a run that was killed. What it left is never a backup, since it has no manifest, but its
 * parts cost money in the bucket and room on a disk.
 */
import type { Sink, Upload } from "../store/object-store.ts";

/** Stands in the journal for a whole run, from its begin to its commit, in place of an upload's id. */
const WHOLE_RUN = "run";

/** What the journal keeps of a run in one destination; `folder` is the backup's folder. */
export function runMark(destination: string, folder: string): Upload {
  return { destination, key: folder, uploadId: WHOLE_RUN };
}

/**
 * Aborts the uploads an earlier run began, and removes its folder where the store lets finished objects be
 * removed. Yields what was cleaned; a destination that is no longer configured is left to its owner.
 */
export async function* discardUnfinished(
  unfinished: Upload[],
  sinks: Sink[],
  commitName: string,
  signal: AbortSignal,
): AsyncGenerator<Upload> {
  for (const upload of unfinished) {
    const sink = sinks.find(({ name }) => name === upload.destination);
    if (sink === undefined) continue;
    if (upload.uploadId === WHOLE_RUN) await sink.discardUnfinished?.(upload.key, commitName, signal);
    else await sink.discard(upload, signal);
    yield upload;
  }
}
