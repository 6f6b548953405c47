/**
 * Passwords are stored as argon2id of HMAC-SHA-256(pepper, password). The pepper lies outside the database, so that who
 * has only the database can guess nothing. It goes in by HMAC and not by argon2's own secret: so the process that
 * hashes gets 32 bytes from which nobody comes back to a password, and neither the password nor the pepper.
 */
import { createHmac, randomBytes } from "node:crypto";
import { Fault } from "../fault.ts";
import { checkParameters, isAffordable, isOutdated, readHash, type HashParameters } from "./password-hash.ts";
import { readPassword } from "./password-text.ts";

export interface StoredPassword {
  hash: string;
  pepperId: string;
}

/** The port that flows use. Every method rejects with Busy, or HASHER_FAILED: both mean no. */
export interface PasswordHasher {
  /** A new hash with the current pepper and parameters. The password was judged before (password-rules.ts). */
  hash(password: string): Promise<StoredPassword>;
  /**
   * Whether the password is the one that was stored. `undefined` stands for an unknown name or an account without a
   * password: never right, after the same work. `rehash`, only when right, asks for a new hash to be stored.
   */
  verify(stored: StoredPassword | undefined, password: string): Promise<{ right: boolean; rehash: boolean }>;
}

/** As much is being hashed, and waits, as may: come back later. HTTP answers 503 with Retry-After. */
export class Busy extends Error {
  constructor() {
    super("too many passwords are being hashed");
    this.name = "Busy";
  }
}

/** A key that goes into every password. The id is stored beside the hash and never used for another key. */
export interface Pepper {
  id: string;
  key: Buffer;
}

/** argon2id with set parameters, over bytes; an adapter. */
export interface Argon2 {
  /** The PHC text of a new hash with a random salt. */
  hash(input: Buffer): Promise<string>;
  /** Computes `hash`, which was read strictly and found affordable, over the input and compares in constant time. */
  verify(hash: string, input: Buffer): Promise<boolean>;
}

/**
 * In: argon2, the parameters it makes new hashes with, peppers (first is current, the others open what is stored), and
 * who hears of what is stored and cannot be read. That is never a way in: such a password is wrong, after the same
 * work. The dummy that unknown names are verified against is made here; an account whose hash has older parameters
 * takes another time until its next sign-in. Throws CONFIG_INVALID, SECRET_WEAK, and what argon2 throws.
 */
export async function pepperedHasher(
  argon2: Argon2,
  parameters: HashParameters,
  peppers: readonly Pepper[],
  tell: (fault: Fault) => void,
): Promise<PasswordHasher> {
  checkParameters(parameters);
  const current = checkPeppers(peppers);
  const dummy = await argon2.hash(peppered(current, randomBytes(32).toString("hex")));

  /** The pepper to verify a stored hash with; undefined, after telling, when it cannot be verified at all. */
  const usable = (stored: StoredPassword): Pepper | undefined => {
    const form = readHash(stored.hash);
    if (form === undefined) tell(unreadable("is no argon2 hash"));
    else if (!isAffordable(form, parameters))
      tell(unreadable("has parameters far above the configured ones"));
    else {
      const pepper = peppers.find(({ id }) => id === stored.pepperId);
      if (pepper === undefined) tell(pepperMissing(stored.pepperId));
      return pepper;
    }
    return undefined;
  };

  return {
    async hash(password) {
      const read = readPassword(password);
      // Never cut: half a password that opens is worse than a fault.
      if ("refused" in read) throw new Error(`a password that is ${read.refused} came to be hashed`);
      return { hash: await argon2.hash(peppered(current, read.text)), pepperId: current.id };
    },

    async verify(stored, password) {
      const read = readPassword(password);
      const pepper = stored === undefined || "refused" in read ? undefined : usable(stored);
      if (stored === undefined || "refused" in read || pepper === undefined) {
        await argon2.verify(dummy, peppered(current, "refused" in read ? "" : read.text));
        return { right: false, rehash: false };
      }
      const right = await argon2.verify(stored.hash, peppered(pepper, read.text));
      const form = readHash(stored.hash);
      const outdated = form === undefined || isOutdated(form, parameters) || pepper.id !== current.id;
      return { right, rehash: right && outdated };
    },
  };
}

/** What argon2 sees of a normalised password: 32 bytes. */
export function peppered({ key }: Pepper, password: string): Buffer {
  return createHmac("sha256", key).update(password, "utf8").digest();
}

function checkPeppers(peppers: readonly Pepper[]): Pepper {
  const [current] = peppers;
  if (current === undefined || new Set(peppers.map(({ id }) => id)).size < peppers.length)
    throw new Fault(
      "CONFIG_INVALID",
      current === undefined ? "there is no pepper" : "two peppers have the same id",
      "Give every pepper an id of its own; the first is used for new passwords.",
    );
  for (const { id, key } of peppers)
    if (key.length < 32)
      throw new Fault(
        "SECRET_WEAK",
        `pepper ${id} has ${key.length} bytes, and 32 are the least`,
        "Make a new one: `openssl rand -base64 32`.",
      );
  return current;
}

function unreadable(why: string): Fault {
  return new Fault(
    "PASSWORD_UNREADABLE",
    `a stored password hash ${why}; the sign-in was refused`,
    "Somebody changed lakat.account, or it was restored badly: find the row, and start a password reset for it.",
  );
}

function pepperMissing(id: string): Fault {
  return new Fault(
    "PASSWORD_UNREADABLE",
    `a stored password needs the pepper ${JSON.stringify(id.slice(0, 60))}, which is not configured`,
    "Put that pepper back behind the first one, or start a password reset for accounts with this pepper_id.",
  );
}
