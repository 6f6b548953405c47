/**
 * What stands for rows of the audit trail that were purged: how the chain went into them and came out, when and why
 * they went, signed (Ed25519, RFC 8032) by the gateway's audit key. Pure.
 */
import { z } from "zod";

/** The audit key's halves, as much as is needed here. */
export interface TombstoneSigner {
  sign(data: Buffer): Buffer;
}
export interface TombstoneVerifier {
  verify(data: Buffer, signature: Buffer): boolean;
}

export interface Tombstone {
  /** The first and the last row it stands for. */
  first: number;
  upto: number;
  /** The chain's hash before the first and after the last of them. */
  before: Buffer;
  after: Buffer;
  /** When the last of them were purged. */
  purgedAt: Date;
  /** Why; a word of ours. */
  reason: string;
}

/** As it lies in the table: columns for searching, and the signed text. */
export interface StoredTombstone {
  first: number;
  upto: number;
  before: Buffer;
  after: Buffer;
  body: string;
  signature: Buffer;
}

/** In front of what is signed, so that no other document signed by this key can pass for a tombstone. */
const CONTEXT = "lakat audit tombstone v1\n";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const Body = z.strictObject({
  v: z.literal(1),
  from: z.int().positive(),
  to: z.int().positive(),
  before: hash,
  after: hash,
  purgedAt: z.iso.datetime({ precision: 3 }),
  reason: z.string().regex(/^[a-z][a-z-]{0,39}$/),
});

/** The tombstone with its text and signature. */
export function sealTombstone(tombstone: Tombstone, key: TombstoneSigner): StoredTombstone {
  const body = serialize(tombstone);
  const { first, upto, before, after } = tombstone;
  return { first, upto, before, after, body, signature: key.sign(Buffer.from(CONTEXT + body)) };
}

/**
 * The tombstone that a row of the table holds; undefined when it is not signed by this key, not in canonical form,
 * or when its columns say anything else than its text.
 */
export function openTombstone(stored: StoredTombstone, key: TombstoneVerifier): Tombstone | undefined {
  if (!key.verify(Buffer.from(CONTEXT + stored.body), stored.signature)) return undefined;
  const parsed = Body.safeParse(JSON.parse(stored.body));
  if (!parsed.success) return undefined;
  const { from, to, before, after, purgedAt, reason } = parsed.data;
  const tombstone = {
    first: from,
    upto: to,
    before: Buffer.from(before, "hex"),
    after: Buffer.from(after, "hex"),
    purgedAt: new Date(purgedAt),
    reason,
  };
  const fits =
    from <= to &&
    stored.first === from &&
    stored.upto === to &&
    stored.before.equals(tombstone.before) &&
    stored.after.equals(tombstone.after) &&
    serialize(tombstone) === stored.body;
  return fits ? tombstone : undefined;
}

/**
 * Fewer tombstones for the same rows: each joined with the one that begins where it ends, in number and in hash.
 * The joined one has the later time and its reason. In: in any order, none overlapping. Out: in order.
 */
export function joinTombstones(tombstones: readonly Tombstone[]): Tombstone[] {
  const joined: Tombstone[] = [];
  for (const next of [...tombstones].sort((a, b) => a.first - b.first)) {
    const last = joined.at(-1);
    if (last === undefined || last.upto + 1 !== next.first || !last.after.equals(next.before)) {
      joined.push(next);
      continue;
    }
    const { purgedAt, reason } = last.purgedAt > next.purgedAt ? last : next;
    joined[joined.length - 1] = { ...last, upto: next.upto, after: next.after, purgedAt, reason };
  }
  return joined;
}

function serialize({ first, upto, before, after, purgedAt, reason }: Tombstone): string {
  return JSON.stringify({
    v: 1,
    from: first,
    to: upto,
    before: before.toString("hex"),
    after: after.toString("hex"),
    purgedAt: purgedAt.toISOString(),
    reason,
  });
}
