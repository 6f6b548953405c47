/** How large each part of a multipart upload is, so that no length of stream meets the store's part limit. */

const MIB = 1024 * 1024;
/** AWS: "Amazon S3 multipart upload limits": a part is 5 MiB (but the last) to 5 GiB. */
export const SMALLEST_PART = 5 * MIB;
const LARGEST_PART = 5 * 1024 * MIB;
const STEPS = 12;

/**
 * Bytes of part `number` (from 1) when the first part has `first` bytes and the store takes `maxParts` parts.
 *
 * The length of a dump is not known beforehand. The first half of the parts all have the first size, so that
 * memory stays as configured for every usual stream (8 MiB × 5,000 = 39 GiB). The second half is divided into
 * twelve steps, each doubling the size up to 5 GiB: with 10,000 parts from 5 MiB on that is more than 5 TiB.
 */
export function partSize(number: number, first: number, maxParts: number): number {
  const half = Math.ceil(maxParts / 2);
  if (number <= half) return Math.min(first, LARGEST_PART);
  const stepLength = Math.max(1, Math.floor((maxParts - half) / STEPS));
  const step = Math.min(STEPS, Math.ceil((number - half) / stepLength));
  return Math.min(first * 2 ** step, LARGEST_PART);
}
