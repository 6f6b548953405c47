/** Fetches today's day key for a backup, and says plainly when there is none. */
import { asFault, type Fault, type Finding } from "../fault.ts";
import { openDayKey, type OpenedDayKey } from "../seal/day-key.ts";
import type { VerifyKey } from "../seal/signing-key.ts";
import type { Sink } from "../store/object-store.ts";

const MOST_BYTES = 64 * 1024;
const NOTE = "the backup is sealed to the recovery keys alone and cannot be restore-tested";

/** Key of the published day key of a day (`YYYY-MM-DD`), below the prefix. */
export function dayKeyName(day: string): string {
  return `day-keys/${day}.json`;
}

/**
 * The day key of today (UTC) as the restore-test host published it, from the first destination that has a valid
 * one. A missing or refused one is a finding, never a reason to skip the backup.
 */
export async function fetchDayKey(
  sinks: Sink[],
  trusted: VerifyKey,
  now: Date,
  signal: AbortSignal,
): Promise<{ dayKey: OpenedDayKey | undefined; findings: Finding[] }> {
  const day = now.toISOString().slice(0, 10);
  const findings: Finding[] = [];
  for (const sink of sinks) {
    try {
      const published = await sink.read(dayKeyName(day), MOST_BYTES, signal);
      if (published !== undefined)
        return { dayKey: openDayKey(published, { day, now, trusted: [trusted] }), findings: [] };
    } catch (error) {
      signal.throwIfAborted();
      findings.push(finding(day, sink.name, asFault(error)));
    }
  }
  if (findings.length > 0) return { dayKey: undefined, findings };
  const missing: Finding = {
    code: "DAY_KEY_MISSING",
    what: `no day key of ${day} is published; ${NOTE}`,
    todo: "Run `lakat keys day publish` on the restore-test host, and look why its schedule did not.",
  };
  return { dayKey: undefined, findings: [missing] };
}

function finding(day: string, destination: string, fault: Fault): Finding {
  // S3 says "denied", not "absent", to a key that may not list the bucket.
  if (fault.code === "STORE_DENIED")
    return {
      code: "DAY_KEY_MISSING",
      what: `no day key of ${day} is published in ${destination}, or it may not be read (${fault.message}); ${NOTE}`,
      todo: "Run `lakat keys day publish` on the restore-test host; if it did, grant s3:GetObject on day-keys/*.",
    };
  return {
    code: "DAY_KEY_REFUSED",
    what: `the day key of ${day} in ${destination} is refused (${fault.code}: ${fault.message}); ${NOTE}`,
    todo:
      fault.code === "DAY_KEY_INVALID"
        ? "Find out who wrote it; publish a new one with `lakat keys day publish`."
        : fault.todo,
  };
}
