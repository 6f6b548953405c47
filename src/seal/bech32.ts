/**
 * Bech32 (BIP 173, without its limit of 90 characters), as age writes its keys with it.
 */
const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/** In: text in one case. Out: the part before the last `1`, in lower case, and the bytes; undefined if invalid. */
export function decodeBech32(text: string): { prefix: string; bytes: Buffer } | undefined {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return undefined;
  const separator = lower.lastIndexOf("1");
  if (separator < 1 || lower.length - separator < 7) return undefined;
  const prefix = lower.slice(0, separator);
  const values = Array.from(lower.slice(separator + 1), (c) => ALPHABET.indexOf(c));
  if (values.includes(-1)) return undefined;
  const codes = Array.from(prefix, (c) => c.charCodeAt(0));
  if (checksum([...codes.map((c) => c >> 5), 0, ...codes.map((c) => c & 31), ...values]) !== 1)
    return undefined;
  const bytes = regroup(values.slice(0, -6));
  return bytes === undefined ? undefined : { prefix, bytes };
}

function checksum(values: readonly number[]): number {
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let state = 1;
  for (const value of values) {
    const top = state >>> 25;
    state = ((state & 0x1ffffff) << 5) ^ value;
    for (const [bit, term] of generator.entries()) if ((top >> bit) & 1) state ^= term;
  }
  return state;
}

/** 5-bit groups to bytes; what is left over has to be zero and shorter than a group. */
function regroup(values: readonly number[]): Buffer | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const group of values) {
    value = ((value << 5) | group) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  if (bits >= 5 || (value & ((1 << bits) - 1)) !== 0) return undefined;
  return Buffer.from(bytes);
}
