/**
 * The header of an age file: who can open it. Written and read by the age-encryption package, so that there
 * is one parser; the file key stays inside src/seal.
 */
import { Decrypter, Encrypter } from "age-encryption";
import type { Identity as AgeIdentity, Recipient as AgeRecipient, Stanza } from "age-encryption";
import { Fault, firstLine } from "../fault.ts";

/** Whom a file is sealed to: `age1…`, or an object that writes stanzas of its own. */
export type Recipient = string | AgeRecipient;
/** What opens a file: `AGE-SECRET-KEY-1…`, or an object that reads stanzas of its own. */
export type Identity = string | AgeIdentity;

/** Some 5,000 recipients. Without a limit a file that never ends its header would fill the memory. */
const MAX_HEADER = 1024 * 1024;
const LF = 0x0a;
const DASH = 0x2d;

/**
 * A fresh file key sealed to the recipients. Out: the header's text through the newline after its MAC, and the
 * 16-byte file key, which the caller wipes when done.
 */
export async function newHeader(
  recipients: readonly Recipient[],
): Promise<{ header: Buffer; fileKey: Buffer }> {
  if (recipients.length === 0) {
    throw new Fault(
      "INTERNAL",
      "nothing to seal to: no recipient was given",
      "Report this as a defect of lakat.",
    );
  }
  let fileKey: Buffer | undefined;
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  // Adds no stanza; it only learns the file key, which the package draws and does not hand out otherwise.
  encrypter.addRecipient({
    wrapFileKey: (key) => {
      fileKey = Buffer.from(key);
      return [];
    },
  });
  // The body sealed along with it is empty, under a nonce that is thrown away.
  const file = Buffer.from(await encrypter.encrypt(new Uint8Array(0)));
  const end = endOfHeader(file, 0).end;
  if (end === undefined || fileKey === undefined) throw new Error("age-encryption wrote no header");
  return { header: file.subarray(0, end), fileKey };
}

/**
 * In: exactly one header. Out: the 16-byte file key, which the caller wipes when done. Throws NO_IDENTITY_MATCH
 * (says which kinds of recipients there are), AGE_INVALID, and whatever Fault an identity throws.
 */
export async function openHeader(header: Buffer, identities: readonly Identity[]): Promise<Buffer> {
  const stanzas = await parseStanzas(header);
  const miss = { happened: false };
  const decrypter = new Decrypter();
  for (const identity of identities) addIdentity(decrypter, identity);
  // Asked last, and only when none of the others matched: it tells a miss from a broken header.
  decrypter.addIdentity({
    unwrapFileKey: () => {
      miss.happened = true;
      return null;
    },
  });
  try {
    return Buffer.from(await decrypter.decryptHeader(header));
  } catch (error) {
    if (error instanceof Fault) throw error;
    if (!miss.happened) throw invalidHeader(error);
    const kinds = stanzas.map((s) => s.args[0] ?? "?").join(", ");
    throw new Fault(
      "NO_IDENTITY_MATCH",
      firstLine(`the key given is not among those the file is sealed to (${kinds})`),
      "Use the key whose fingerprint the manifest names for this backup.",
    );
  }
}

/** In: exactly one header. Out: its stanzas in order. The MAC is not checked. Throws AGE_INVALID. */
export async function parseStanzas(header: Buffer): Promise<Stanza[]> {
  let stanzas: Stanza[] | undefined;
  const decrypter = new Decrypter();
  decrypter.addIdentity({
    unwrapFileKey: (found: Stanza[]) => {
      stanzas = found;
      return null;
    },
  });
  try {
    await decrypter.decryptHeader(header);
  } catch (error) {
    // It always throws, for nothing was unwrapped; without stanzas the parser has given up before asking.
    if (stanzas === undefined) throw invalidHeader(error);
  }
  if (stanzas === undefined || stanzas.length === 0) throw invalidHeader(new Error("no recipients"));
  return stanzas;
}

/** Finds where the header ends in a file that arrives in pieces of any size, and checks its first line early. */
export class HeaderReader {
  #seen = Buffer.allocUnsafe(4096);
  #length = 0;
  #searched = 0;

  /**
   * In: the next piece, and how many bytes have to follow the header. Out: the header, and everything after it;
   * undefined while either is incomplete. Throws AGE_INVALID on what cannot become an age header.
   */
  push(piece: Buffer, following: number): { header: Buffer; rest: Buffer } | undefined {
    this.#append(piece);
    const seen = this.#seen.subarray(0, this.#length);
    const { end, lineStart } = endOfHeader(seen, this.#searched);
    this.#searched = lineStart;
    if (end === undefined && this.#length > MAX_HEADER) {
      throw invalidHeader(new Error("it does not end within 1 MiB"));
    }
    if (end === undefined || this.#length < end + following) return undefined;
    return { header: seen.subarray(0, end), rest: seen.subarray(end) };
  }

  /** What is missing when the file ends before `push` has returned anything. */
  endedEarly(): Fault {
    const what = this.#length === 0 ? "the file is empty" : "the file ends within it";
    return invalidHeader(new Error(what));
  }

  #append(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#seen.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#seen.length));
      this.#seen.copy(larger, 0, 0, this.#length);
      this.#seen = larger;
    }
    piece.copy(this.#seen, this.#length);
    this.#length = length;
    const magic = "age-encryption.org/v1\n";
    const start = this.#seen.toString("latin1", 0, Math.min(length, magic.length));
    if (!magic.startsWith(start)) throw invalidHeader(new Error("this is not an age v1 file"));
  }
}

function addIdentity(decrypter: Decrypter, identity: Identity): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    // The package's own message may repeat what it was given: a secret.
    throw new Fault(
      "KEY_FILE_INVALID",
      "an age identity is not valid",
      "Check the key: it begins with AGE-SECRET-KEY-1 and has 74 characters.",
    );
  }
}

/** Index after the MAC line if that has arrived, and the start of the first line that has not ended yet. */
function endOfHeader(bytes: Buffer, from: number): { end: number | undefined; lineStart: number } {
  let lineStart = from;
  for (;;) {
    const newline = bytes.indexOf(LF, lineStart);
    if (newline === -1) return { end: undefined, lineStart };
    if (bytes[lineStart] === DASH && bytes[lineStart + 1] === DASH) return { end: newline + 1, lineStart };
    lineStart = newline + 1;
  }
}

function invalidHeader(cause: unknown): Fault {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Fault(
    "AGE_INVALID",
    firstLine(`the header of the age file is invalid: ${why}`),
    "Treat this copy as damaged: take the object from another destination or another backup.",
    { cause },
  );
}
