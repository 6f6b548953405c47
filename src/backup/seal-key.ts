/** The backup key under lock: key.age, and proof.age where a restore test will look. Pure but for randomness. */
import { sealBytes } from "../seal/age.ts";
import { recordProof } from "../seal/proof.ts";
import { recordingRecipient } from "../seal/recovery-key.ts";
import type { BackupRequest } from "./backup-request.ts";
import type { Label } from "./shipment.ts";

/**
 * In: the backup key's identity (`AGE-SECRET-KEY-1…`) and whom to seal it to. Out: key.age for the recovery keys
 * and the day key, and for the day key alone what proves that the others work.
 */
export async function sealKey(
  identity: string,
  { recoveryKeys, dayKey }: Pick<BackupRequest, "recoveryKeys" | "dayKey">,
): Promise<{ label: Label; bytes: Buffer }[]> {
  const recovery = recoveryKeys.map((key) => ({ key, recipient: recordingRecipient(key) }));
  const day = dayKey === undefined ? [] : [dayKey.recipient];
  const keyAge = await sealBytes(Buffer.from(`${identity}\n`), [...recovery.map((r) => r.recipient), ...day]);
  const sealedKey = { label: { name: "key.age", role: "key" } as const, bytes: keyAge };
  if (day.length === 0) return [sealedKey];
  const randomness = recovery.map(({ key, recipient }) => ({
    fingerprint: key.fingerprint,
    kind: key.kind,
    randomness: recipient.randomness(),
  }));
  const proofAge = await sealBytes(recordProof({ keyAge, randomness }), day);
  return [sealedKey, { label: { name: "proof.age", role: "proof" }, bytes: proofAge }];
}
