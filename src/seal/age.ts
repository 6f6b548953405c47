/**
 * Sealed files: age v1 (https://age-encryption.org/v1, C2SP age.md). Promises: what we write opens with
 * `age -d`, what `age` writes opens here, memory stays constant, and a file changed in any way is refused.
 */
import { randomBytes } from "node:crypto";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { HeaderReader, newHeader, openHeader } from "./age-header.ts";
import type { Identity, Recipient } from "./age-header.ts";
import { CHUNK, ChunkOpener, ChunkSealer, PAYLOAD_NONCE, SEALED_CHUNK } from "./age-payload.ts";

export type { Identity, Recipient } from "./age-header.ts";

/**
 * Seals a stream. In: plaintext in buffers of any size, not changed afterwards by whoever made them. Out: a
 * complete age file in buffers of up to 64 KiB. An error of `plain` passes through; what had been yielded by
 * then has no valid end.
 */
export async function* sealStream(
  plain: AsyncIterable<Buffer>,
  recipients: readonly Recipient[],
): AsyncGenerator<Buffer> {
  const { header, fileKey } = await newHeader(recipients);
  const nonce = randomBytes(PAYLOAD_NONCE);
  const chunks = new ChunkSealer(fileKey, nonce);
  fileKey.fill(0);
  yield Buffer.concat([header, nonce]);

  // A full chunk waits until another byte arrives, for only the last one is marked as the last.
  let held: Buffer[] = [];
  let room = CHUNK;
  for await (const input of plain) {
    let rest = input;
    while (rest.length > 0) {
      if (room === 0) {
        yield* chunks.seal(held, false);
        [held, room] = [[], CHUNK];
      }
      const taken = rest.subarray(0, room);
      held.push(taken);
      room -= taken.length;
      rest = rest.subarray(taken.length);
    }
  }
  yield* chunks.seal(held, true);
}

/**
 * Opens a stream. In: an age file in buffers of any size. Out: plaintext, each buffer authentic by itself.
 *
 * Bytes come out before the end of the file is authenticated. The caller must wait until the iteration has
 * ended without an error before anything made of them counts: until then the file may turn out to be cut short.
 *
 * Throws AGE_INVALID (says where: header, chunk n, missing end) and NO_IDENTITY_MATCH (says which kinds of
 * recipients the file has).
 */
export async function* openStream(
  sealed: AsyncIterable<Buffer>,
  identities: readonly Identity[],
): AsyncGenerator<Buffer> {
  const head = new HeaderReader();
  let chunks: ChunkOpener | undefined;
  const held = Buffer.allocUnsafe(SEALED_CHUNK);
  let heldBytes = 0;
  for await (const piece of sealed) {
    let input = piece;
    if (chunks === undefined) {
      const found = head.push(piece, PAYLOAD_NONCE);
      if (found === undefined) continue;
      const fileKey = await openHeader(found.header, identities);
      chunks = new ChunkOpener(fileKey, found.rest.subarray(0, PAYLOAD_NONCE));
      fileKey.fill(0);
      input = found.rest.subarray(PAYLOAD_NONCE);
    }
    let at = 0;
    while (at < input.length) {
      if (heldBytes === SEALED_CHUNK) {
        yield chunks.open(held, false);
        heldBytes = 0;
      }
      while (heldBytes === 0 && input.length - at > SEALED_CHUNK) {
        yield chunks.open(input.subarray(at, at + SEALED_CHUNK), false);
        at += SEALED_CHUNK;
      }
      const taken = input.copy(held, heldBytes, at, at + SEALED_CHUNK - heldBytes);
      heldBytes += taken;
      at += taken;
    }
  }
  if (chunks === undefined) throw head.endedEarly();
  const last = chunks.open(held.subarray(0, heldBytes), true);
  if (last.length > 0) yield last;
}

/** Seals a small file held in memory. Out: the complete age file. */
export async function sealBytes(plain: Buffer, recipients: readonly Recipient[]): Promise<Buffer> {
  return collect(sealStream(one(plain), recipients));
}

/** Opens a small file held in memory, wholly authenticated when it returns. Throws as `openStream` does. */
export async function openBytes(sealed: Buffer, identities: readonly Identity[]): Promise<Buffer> {
  return collect(openStream(one(sealed), identities));
}

/**
 * A fresh age identity for one backup. Out: `AGE-SECRET-KEY-1…`, sealed into key.age and then forgotten, and
 * `age1…`, to which every other object of the backup is sealed.
 */
export async function newBackupKey(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** The public half, `age1…`, of an identity `AGE-SECRET-KEY-1…`. */
export function recipientOf(identity: string): Promise<string> {
  return identityToRecipient(identity);
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
