/**
 * The payload of an age file: ChaCha20-Poly1305 in 64 KiB chunks, each nonce a counter and a mark for the last
 * (C2SP age.md, "Payload"; STREAM, Hoang et al. 2015). By node:crypto.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { Fault } from "../fault.ts";

/** Bytes of plaintext in every chunk but the last. */
export const CHUNK = 64 * 1024;
/** Bytes of a full chunk in the file. */
export const SEALED_CHUNK = CHUNK + 16;
/** Bytes between the header and the first chunk. */
export const PAYLOAD_NONCE = 16;

const CIPHER = "chacha20-poly1305";
const TAG = 16;
/** Up to this many pieces of a chunk, a copy would cost more than the calls it spares. */
const MOST_PIECES = 8;

/** Writes chunks one after the other. One instance per file: the counter in its nonces must never repeat. */
export class ChunkSealer {
  readonly #key: KeyObject;
  #counter = 0;

  /** In: the 16-byte file key and the 16-byte payload nonce. */
  constructor(fileKey: Buffer, nonce: Buffer) {
    this.#key = payloadKey(fileKey, nonce);
  }

  /** In: the pieces of one chunk, up to 64 KiB together. Out: the pieces of the sealed one, the tag last. */
  seal(pieces: readonly Buffer[], last: boolean): Buffer[] {
    const cipher = createCipheriv(CIPHER, this.#key, chunkNonce(this.#counter++, last), {
      authTagLength: TAG,
    });
    // Each call costs microseconds: of many crumbs one piece is made first.
    const whole = pieces.length > MOST_PIECES ? [Buffer.concat(pieces)] : pieces;
    const sealed = whole.map((piece) => cipher.update(piece));
    cipher.final();
    sealed.push(cipher.getAuthTag());
    return sealed;
  }
}

/** Reads chunks one after the other; a wrong one ends in AGE_INVALID that says which and, where it shows, why. */
export class ChunkOpener {
  readonly #key: KeyObject;
  #counter = 0;

  /** In: the 16-byte file key and the 16-byte payload nonce. */
  constructor(fileKey: Buffer, nonce: Buffer) {
    this.#key = payloadKey(fileKey, nonce);
  }

  /** In: one sealed chunk, and whether the file ends after it. Out: its plaintext. Throws AGE_INVALID. */
  open(sealed: Buffer, last: boolean): Buffer {
    const counter = this.#counter++;
    const plain = this.#tryOpen(sealed, counter, last);
    if (plain === undefined) throw invalidChunk(this.#whatIsWrong(sealed, counter, last));
    if (plain.length === 0 && counter > 0) throw invalidChunk(`chunk ${counter + 1} is empty`);
    return plain;
  }

  #tryOpen(sealed: Buffer, counter: number, last: boolean): Buffer | undefined {
    if (sealed.length < TAG) return undefined;
    const body = sealed.subarray(0, sealed.length - TAG);
    const decipher = createDecipheriv(CIPHER, this.#key, chunkNonce(counter, last), { authTagLength: TAG });
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    const plain = decipher.update(body);
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plain;
  }

  #whatIsWrong(sealed: Buffer, counter: number, last: boolean): string {
    const chunk = `chunk ${counter + 1}`;
    if (this.#tryOpen(sealed, counter, !last) !== undefined) {
      return last
        ? `the end is missing after ${chunk}: the file was cut short`
        : `bytes follow after the end, which is ${chunk}`;
    }
    if (last && sealed.length < TAG) return `the end is missing in ${chunk}: the file was cut short`;
    return last
      ? `${chunk} is damaged, or the end is missing: the file was changed or cut short in it`
      : `${chunk} is damaged or out of its place`;
  }
}

/** A KeyObject rather than bytes: with those, node:crypto spends a fifth of the time of each chunk on the key. */
function payloadKey(fileKey: Buffer, nonce: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", fileKey, nonce, "payload", 32)));
}

/** 11 bytes of big-endian counter, then 1 for the last chunk. 2^48 chunks are 16 EiB: never reached. */
function chunkNonce(counter: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(counter, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

function invalidChunk(what: string): Fault {
  return new Fault(
    "AGE_INVALID",
    `the age file is invalid: ${what}`,
    "Treat this copy as damaged: take the object from another destination or another backup.",
  );
}
