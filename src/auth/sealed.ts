/**
 * Secrets as they lie in the database: AES-256-GCM (NIST SP 800-38D) under a key of the configuration, bound to the
 * place they belong to. Whoever reads the database alone reads none of them, and a value that is copied from one
 * row to another opens nowhere.
 *
 *     version (1 byte, 1) · length of the key's id (1 byte) · key's id · nonce (12) · ciphertext · tag (16)
 *
 * Everything before the nonce, and the context, is associated data. The nonce is random: one key is good for 2^32
 * values, far beyond what a gateway seals.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
  type KeyObject,
} from "node:crypto";
import { Fault } from "../fault.ts";

const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";

export interface SealingKey {
  /** Stands in front of each value: 1 to 64 letters, digits, `.`, `_`, `-`. */
  id: string;
  /** 32 random bytes. */
  key: Buffer;
}

export interface Sealer {
  /** @param context the one place the value belongs to, such as `totp:<id of the row>` */
  seal(plain: Buffer, context: string): Buffer;
  /**
   * The plain bytes. Throws SEAL_BROKEN for a value that is damaged, or was sealed for another context, and
   * SECRET_MISSING when its key is not among those given; neither says anything of what is inside.
   */
  open(sealed: Buffer, context: string): Buffer;
}

/**
 * The first key seals, each of them opens: a new key is put in front, the old one stays until nothing is sealed by
 * it. Throws SECRET_MISSING without any key, SECRET_WEAK for one that is not 32 bytes or all the same byte, and
 * CONFIG_INVALID for an id that is malformed or there twice.
 */
export function openSealer(keys: readonly SealingKey[]): Sealer {
  const byId = new Map<string, KeyObject>();
  for (const { id, key } of keys) byId.set(checkedId(id, byId), checkedKey(id, key));
  const first = keys[0];
  if (first === undefined)
    throw new Fault("SECRET_MISSING", "there is no encryption key", "Name one in encryption_keys.");
  const sealing = createSecretKey(first.key);
  const header = headerOf(first.id);

  return {
    seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, sealing, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(associated(header, context));
      return Buffer.concat([header, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },

    open(sealed, context) {
      const id = idOf(sealed);
      const start = headerOf(id ?? "");
      const nonceEnd = start.length + NONCE_BYTES;
      if (id === undefined || sealed.length < nonceEnd + TAG_BYTES) throw broken(context);
      const key = byId.get(id);
      if (key === undefined) throw unknownKey(id, context);
      const decipher = createDecipheriv(CIPHER, key, sealed.subarray(start.length, nonceEnd), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(associated(start, context));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(nonceEnd, -TAG_BYTES)), decipher.final()]);
      } catch {
        throw broken(context);
      }
    },
  };
}

function checkedId(id: string, others: ReadonlyMap<string, unknown>): string {
  if (!isKeyId(id) || others.has(id))
    throw new Fault(
      "CONFIG_INVALID",
      `encryption_keys: the id ${JSON.stringify(id)} is ${others.has(id) ? "there twice" : "malformed"}`,
      "Give each key an id of its own: 1 to 64 letters, digits, dots, hyphens or underscores.",
    );
  return id;
}

function checkedKey(id: string, key: Buffer): KeyObject {
  if (key.length !== KEY_BYTES || timingSafeEqual(key, Buffer.alloc(KEY_BYTES, key[0])))
    throw new Fault(
      "SECRET_WEAK",
      `encryption_keys: the key ${JSON.stringify(id)} is not ${KEY_BYTES} random bytes`,
      "Make one with: openssl rand -base64 32",
    );
  return createSecretKey(key);
}

function isKeyId(id: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(id);
}

function headerOf(id: string): Buffer {
  return Buffer.concat([Buffer.from([VERSION, id.length]), Buffer.from(id, "latin1")]);
}

/** Undefined for what has no such header. */
function idOf(sealed: Buffer): string | undefined {
  const [version, length = 0] = sealed;
  if (version !== VERSION) return undefined;
  const id = sealed.toString("latin1", 2, 2 + length);
  return id.length === length && isKeyId(id) ? id : undefined;
}

function associated(header: Buffer, context: string): Buffer {
  return Buffer.concat([header, Buffer.from(context, "utf8")]);
}

function broken(context: string): Fault {
  return new Fault(
    "SEAL_BROKEN",
    `a sealed value of the database does not open (${JSON.stringify(context)})`,
    "Find out who changed the database; restore that row from a backup, or have its owner enrol again.",
  );
}

function unknownKey(id: string, context: string): Fault {
  return new Fault(
    "SECRET_MISSING",
    `a value of the database was sealed by the key ${JSON.stringify(id)}, which is not there (${JSON.stringify(context)})`,
    "Put that key back into encryption_keys, behind the one that seals.",
  );
}
