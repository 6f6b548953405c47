/** What tells whether two nodes have the same secrets, without telling one. Pure. */
import { hkdfSync } from "node:crypto";
import type { SealingKey } from "./sealed.ts";
import type { Pepper } from "./password.ts";

export interface GatewaySecrets {
  secretKey: Buffer;
  encryptionKeys: readonly SealingKey[];
  peppers: readonly Pepper[];
}

export const SECRET_KEY = "secret_key";

/**
 * A print of 32 bytes for each secret by its name: HKDF-SHA-256 (RFC 5869) with a purpose of its own. Secrets have
 * 256 bits or more, so that nobody finds one by trying.
 */
export function secretPrints({ secretKey, encryptionKeys, peppers }: GatewaySecrets): Map<string, Buffer> {
  const print = (key: Buffer): Buffer => Buffer.from(hkdfSync("sha256", key, "", "lakat gateway print", 32));
  return new Map([
    [SECRET_KEY, print(secretKey)],
    ...encryptionKeys.map(({ id, key }) => [`encryption:${id}`, print(key)] as const),
    ...peppers.map(({ id, key }) => [`pepper:${id}`, print(key)] as const),
  ]);
}
