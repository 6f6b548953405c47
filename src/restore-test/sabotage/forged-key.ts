/**
 * A backup key that others can open. Whoever has taken over a backup host can seal to himself, and record for the
 * restore test what he likes; what he cannot do is to compute the pinned keys' stanzas and seal to others.
 */
import { sealBytes } from "../../seal/age.ts";
import { newRsaRecoveryKey, newX25519RecoveryKey } from "../../seal/new-recovery-key.ts";
import { recordProof } from "../../seal/proof.ts";
import {
  recordingRecipient,
  recoveryKeyFromCertificate,
  recoveryKeyFromRecipient,
  type RecoveryKey,
} from "../../seal/recovery-key.ts";
import { theObject } from "../sealed-object.ts";
import { hollow, replaced, type Changes, type Kit } from "./kit.ts";

/** Enough for a key that guards nothing. */
const STRANGERS_BITS = 2048;

/**
 * key.age for strangers in the place of the recovery keys, outwardly the same: kinds, labels, fingerprints and tags are
 * the pinned ones', and the randomness is recorded as it was.
 */
export async function sealedToStrangers(kit: Kit): Promise<Changes> {
  return resealed(
    kit,
    await Promise.all(kit.pinned.map(async (key) => disguised(await stranger(key.kind, kit.now()), key))),
    [],
  );
}

/** key.age as it should be, and one stranger beside the right ones. */
export async function sealedToOneMore(kit: Kit): Promise<Changes> {
  return resealed(kit, kit.pinned, [await stranger("X25519", kit.now())]);
}

/** Nothing but the two objects is left: a proof that is believed is seen by what is not found. */
async function resealed(
  kit: Kit,
  recorded: readonly RecoveryKey[],
  unrecorded: readonly RecoveryKey[],
): Promise<Changes> {
  const day = kit.dayKey.recipient;
  const recovery = recorded.map((key) => ({ key, recipient: recordingRecipient(key) }));
  const keyAge = await sealBytes(Buffer.from(`${kit.backupKey}\n`), [
    ...recovery.map(({ recipient }) => recipient),
    ...unrecorded.map((key) => recordingRecipient(key)),
    day,
  ]);
  const randomness = recovery.map(({ key: { fingerprint, kind }, recipient }) => {
    return { fingerprint, kind, randomness: recipient.randomness() };
  });
  const names = [theObject(kit.backup, "key").name, theObject(kit.backup, "proof").name] as const;
  const proofAge = await sealBytes(recordProof({ keyAge, randomness }), [day]);
  const objects = new Map([
    [names[0], keyAge],
    [names[1], proofAge],
  ]);
  return new Map([...hollow(kit, names), ...replaced(kit, objects)]);
}

async function stranger(kind: RecoveryKey["kind"], now: Date): Promise<RecoveryKey> {
  const name = "stranger";
  if (kind === "X25519")
    return recoveryKeyFromRecipient((await newX25519RecoveryKey({ now })).publicText.trim(), name);
  const made = await newRsaRecoveryKey({ name, now, years: 1, bits: STRANGERS_BITS });
  return recoveryKeyFromCertificate(made.publicText, name);
}

function disguised(key: RecoveryKey, as: RecoveryKey): RecoveryKey {
  return {
    ...as,
    wrap(fileKey, randomness) {
      const stanza = key.wrap(fileKey, randomness);
      stanza.args.splice(0, stanza.args.length, ...as.wrap(fileKey, randomness).args);
      return stanza;
    },
  };
}
