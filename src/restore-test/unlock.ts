/** From a private key to the backup key: the one step for which the safe is opened. */
import { Fault } from "../fault.ts";
import { openBytes, type Identity } from "../seal/age.ts";

/**
 * The backup key's age identity (`AGE-SECRET-KEY-1…`) out of key.age. Throws NO_IDENTITY_MATCH when none of the
 * identities opens it, and AGE_INVALID when the file was changed or holds something else.
 */
export async function unlockBackupKey(keyAge: Buffer, identities: Identity[]): Promise<string> {
  return backupKeyFrom((await openBytes(keyAge, identities)).toString("utf8"), "key.age");
}

/** The identity in a backup key's file, as `age -d … key.age > backup.key` writes it. Throws AGE_INVALID. */
export function backupKeyFrom(text: string, name: string): string {
  const identity = text
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "" && !line.startsWith("#"));
  if (identity === undefined || !/^AGE-SECRET-KEY-1[0-9A-Z]{58}$/.test(identity))
    throw new Fault(
      "AGE_INVALID",
      `${name} does not hold an age identity`,
      "Open key.age of the backup with `age -d -i recovery.key key.age`.",
    );
  return identity;
}
