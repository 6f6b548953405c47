/** Removes one folder of the store for good, or says what it would remove and what keeps it from doing so. */
import { inOrder } from "../concurrency/in-order.ts";
import { inParallel } from "../concurrency/in-parallel.ts";
import type { Hold, Remover, StoredPiece } from "../store/object-store.ts";
import { isManifestOf } from "./survey.ts";

export interface Removal {
  /** Undefined: it is gone, or would be. Of several holds the one seen first. */
  hold: Hold | undefined;
  /** Of everything that is gone, or would be. */
  bytes: number;
}

export interface RemoveOptions {
  /** False: only looks. */
  remove: boolean;
  /** Asked once more before anything is removed: whether it may go as it lies there now. */
  due?: (pieces: StoredPiece[]) => boolean;
  signal: AbortSignal;
}

/** How many requests are under way at once. */
const WIDTH = 8;

/**
 * Removes every version of what lies in `folder`, or of the one object of that key. All locks are asked for first: while
 * one is held nothing is removed, so that no backup is ever half there because of a lock.
 *
 * A manifest goes before everything else. From then on the backup does not exist for anybody; what a crash leaves has no
 * manifest, is taken for an unfinished run, and goes with the next prune. The other way round a crash would leave
 * a manifest that promises objects which are gone. Delete markers go last: without one, what it hides would show again.
 *
 * Undefined when it is no longer due. Throws STORE_DENIED and the like; then something may be left.
 */
export async function removeFolder(
  remover: Remover,
  folder: string,
  { remove, due = () => true, signal }: RemoveOptions,
): Promise<Removal | undefined> {
  const pieces: StoredPiece[] = [];
  for await (const piece of remover.pieces(folder, signal))
    if (piece.key === folder || piece.key.startsWith(`${folder}/`)) pieces.push(piece);
  if (!due(pieces)) return undefined;
  const rank = (piece: StoredPiece): number => (piece.marker ? 2 : isManifestOf(folder, piece) ? 0 : 1);
  pieces.sort((a, b) => rank(a) - rank(b) || b.modified.getTime() - a.modified.getTime());
  for await (const hold of inOrder(pieces, WIDTH, (piece) => remover.hold(piece, signal)))
    if (hold !== undefined) return { hold, bytes: 0 };
  if (!remove) return { hold: undefined, bytes: totalOf(pieces) };

  const gone: StoredPiece[] = [];
  let late: Hold | undefined;
  const take = async (piece: StoredPiece, its: AbortSignal): Promise<void> => {
    const hold = late ?? (await remover.remove(piece, its));
    if (hold === undefined) gone.push(piece);
    else late ??= hold;
  };
  for (const wanted of [0, 1, 2]) {
    const these = pieces.filter((piece) => rank(piece) === wanted);
    // One by one the manifests: the newest version first, and no other object before the last of them.
    const width = wanted === 0 ? 1 : WIDTH;
    await inParallel(
      these.map((piece) => (its: AbortSignal) => take(piece, its)),
      width,
      signal,
    );
  }
  return { hold: late, bytes: totalOf(gone) };
}

function totalOf(pieces: StoredPiece[]): number {
  return pieces.reduce((sum, { size }) => sum + size, 0);
}
