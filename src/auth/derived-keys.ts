/** The keys that come from `secret_key`, one for each use: by HKDF-SHA-256 (RFC 5869), so that none tells another. */
import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

export interface DerivedKeys {
  /** Of the HMAC that lanes are named by. */
  lanes: KeyObject;
  /** Of form tokens. */
  forms: Buffer;
  /** Of the hashes of codes by SMS. */
  sms: Buffer;
}

/** In: the bytes of `secret_key`, 32 or more. Every gateway host and every command on one gets the same keys. */
export function derivedKeys(secretKey: Buffer): DerivedKeys {
  const key = (use: string): Buffer =>
    Buffer.from(hkdfSync("sha256", secretKey, "", `lakat gateway ${use}`, 32));
  return { lanes: createSecretKey(key("lanes")), forms: key("forms"), sms: key("sms") };
}
