/**
 * A page of a B-tree index as it lies on disk: PostgreSQL's page layout (storage/bufpage.h, storage/itemid.h) and
 * what a B-tree keeps at its end (access/nbtree.h). The same since version 11. Pure.
 */

const HEADER = 24;
const POINTER = 4;
/** BTPageOpaqueData: previous, next, level, flags, cycle id. */
const SPECIAL = 16;
const LEAF = 1;
/** BTP_DELETED, BTP_META, BTP_HALF_DEAD: pages of which nothing is asked. */
const NO_ENTRIES = 4 | 8 | 16;
const NORMAL = 1;

/**
 * A leaf page in which two entries beside each other have changed places: an index that finds some rows no more, which
 * nobody sees until they ask for just these. In a B-tree every entry is smaller than the next, if only by where its row
 * lies, so whoever reads page by page is sure to see it. Undefined for a page that has no two such entries.
 */
export function swapEntries(page: Buffer): Buffer | undefined {
  if (page.length < HEADER + SPECIAL) return undefined;
  const [lower, special] = [page.readUInt16LE(12), page.readUInt16LE(16)];
  if (special !== page.length - SPECIAL || lower < HEADER || lower > special) return undefined;
  const flags = page.readUInt16LE(special + 12);
  if ((flags & LEAF) === 0 || (flags & NO_ENTRIES) !== 0) return undefined;
  // The first entry of a page with a right neighbour is no entry but its upper bound.
  const first = page.readUInt32LE(special + 4) === 0 ? 0 : 1;
  const at = (entry: number): number => HEADER + POINTER * (first + entry);
  if (at(2) > lower) return undefined;
  const pointers = [page.readUInt32LE(at(0)), page.readUInt32LE(at(1))] as const;
  if (pointers.some((pointer) => ((pointer >>> 15) & 3) !== NORMAL)) return undefined;
  const swapped = Buffer.from(page);
  swapped.writeUInt32LE(pointers[1], at(0));
  swapped.writeUInt32LE(pointers[0], at(1));
  return swapped;
}
