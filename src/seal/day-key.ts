/**
 * Day keys: the restore test's key of one day. The public half is signed and published ahead; backups of that
 * day are sealed to it too. Nobody who merely reaches the store can add himself as a recipient.
 */
import { z } from "zod";
import { Fault } from "../fault.ts";
import { newBackupKey } from "./age.ts";
import { openEnvelope, signEnvelope } from "./envelope.ts";
import { recoveryKeyFromRecipient } from "./recovery-key.ts";
import type { SigningKey, VerifyKey } from "./signing-key.ts";

/** Bytes of the largest file that is read as a published day key. */
export const MAX_DAY_KEY = 64 * 1024;

/** The first segment of every published day key's key, below the destination's prefix. */
export const DAY_KEYS_FOLDER = "day-keys";

/** Where the day key of a day (`YYYY-MM-DD`) is published, below the destination's prefix. */
export function dayKeyName(day: string): string {
  return `${DAY_KEYS_FOLDER}/${day}.json`;
}

/** The reverse of dayKeyName; undefined for any other key. */
export function dayOfKeyName(name: string): string | undefined {
  return DAY_KEY_NAME.exec(name)?.[1];
}

const DAY_KEY_NAME = /^day-keys\/(\d{4}-\d\d-\d\d)\.json$/;

/** DSSE payload type. */
export const DAY_KEY_TYPE = "application/vnd.lakat.day-key+json";

const publishedDayKey = z.strictObject({
  version: z.literal(1),
  /** UTC day of the backups it is for. */
  day: z.iso.date(),
  /** `age1…` */
  recipient: z.string().max(100),
  createdAt: z.iso.datetime(),
  /** From this moment on no backup may be sealed to it. */
  notAfter: z.iso.datetime(),
});

type PublishedDayKey = z.output<typeof publishedDayKey>;

/** A day key with its secret half, which never leaves the restore-test host. */
export interface DayKey extends Omit<PublishedDayKey, "version"> {
  /** `AGE-SECRET-KEY-1…` */
  identity: string;
}

/** A day key as the backup host accepts it. */
export interface OpenedDayKey {
  day: string;
  recipient: string;
  /** `SHA256:` and 64 hex digits, as for recovery keys. */
  fingerprint: string;
  notAfter: Date;
}

/** A fresh key for one UTC day (`YYYY-MM-DD`). Throws DAY_KEY_INVALID when there is no such day. */
export async function newDayKey(day: string, now: Date, notAfter: Date): Promise<DayKey> {
  if (!z.iso.date().safeParse(day).success) throw invalid(day, "that is not a day (YYYY-MM-DD)");
  const { identity, recipient } = await newBackupKey();
  return { identity, recipient, day, createdAt: now.toISOString(), notAfter: notAfter.toISOString() };
}

/** Out: the signed public half, to be stored under its dayKeyName. */
export function publishDayKey(dayKey: DayKey, signingKey: SigningKey): Buffer {
  const { day, recipient, createdAt, notAfter } = dayKey;
  const published: PublishedDayKey = { version: 1, day, recipient, createdAt, notAfter };
  return signEnvelope(DAY_KEY_TYPE, Buffer.from(JSON.stringify(published)), signingKey);
}

/**
 * Judges a published day key. In: the bytes from the store, the day it is wanted for, the pinned identities of
 * the restore test. Throws DAY_KEY_INVALID: unsigned, signed by another key, changed, for another day, out of
 * date, no usable key.
 */
export function openDayKey(
  bytes: Buffer,
  { day, now, trusted }: { day: string; now: Date; trusted: readonly VerifyKey[] },
): OpenedDayKey {
  if (bytes.length > MAX_DAY_KEY) throw invalid(day, `it is larger than ${MAX_DAY_KEY} bytes`);
  let payload: Buffer;
  try {
    payload = openEnvelope(bytes, DAY_KEY_TYPE, trusted);
  } catch (error) {
    throw invalid(day, error instanceof Error ? error.message : "it cannot be read", error);
  }
  const published = parse(day, payload);
  if (published.day !== day) throw invalid(day, `it is for another day, ${published.day}`);
  const notAfter = new Date(published.notAfter);
  if (now.getTime() >= notAfter.getTime())
    throw invalid(day, `it is out of date since ${published.notAfter}`);
  let fingerprint: string;
  try {
    ({ fingerprint } = recoveryKeyFromRecipient(published.recipient, "of the day"));
  } catch (error) {
    throw invalid(day, "its recipient is no usable age X25519 key", error);
  }
  return { day, recipient: published.recipient, fingerprint, notAfter };
}

function parse(day: string, payload: Buffer): PublishedDayKey {
  let json: unknown;
  try {
    json = JSON.parse(payload.toString("utf8"));
  } catch (error) {
    throw invalid(day, "its content is not JSON", error);
  }
  const parsed = publishedDayKey.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(day, `its content is wrong: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

function invalid(day: string, why: string, cause?: unknown): Fault {
  return new Fault(
    "DAY_KEY_INVALID",
    `the day key for ${day} is refused: ${why}`,
    "Publish it again from the restore-test host with lakat keys day publish, and check the identity pinned for it.",
    { cause },
  );
}
