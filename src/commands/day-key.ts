/** Fetches today's day key for a backup, and says plainly when there is none. */
import { asFault, type Fault, type Finding } from "../fault.ts";
import { dayKeyName, MAX_DAY_KEY, openDayKey, type OpenedDayKey } from "../seal/day-key.ts";
import type { VerifyKey } from "../seal/signing-key.ts";
import type { Sink } from "../store/object-store.ts";

const ALONE = "the backup is sealed to the recovery keys alone and cannot be restore-tested";

/**
 * The day key of today (UTC) as the restore-test host published it, from the first destination that has a valid
 * one. A missing or refused one is a finding, never a reason to skip the backup. One that is refused is told also
 * when another destination's was good: somebody may have put it there.
 */
export async function fetchDayKey(
  sinks: Sink[],
  trusted: VerifyKey,
  now: Date,
  signal: AbortSignal,
): Promise<{ dayKey: OpenedDayKey | undefined; findings: Finding[] }> {
  const day = now.toISOString().slice(0, 10);
  const refused: [destination: string, fault: Fault][] = [];
  const unread: [destination: string, fault: Fault][] = [];
  for (const sink of sinks) {
    try {
      const published = await sink.read(dayKeyName(day), MAX_DAY_KEY, signal);
      if (published === undefined) continue;
      const dayKey = openDayKey(published, { day, now, trusted: [trusted] });
      const note = `that of ${sink.name} is used`;
      return { dayKey, findings: refused.map(([name, fault]) => refusedIn(day, name, fault, note)) };
    } catch (error) {
      signal.throwIfAborted();
      const fault = asFault(error);
      (fault.code === "DAY_KEY_INVALID" ? refused : unread).push([sink.name, fault]);
    }
  }
  const findings = [
    ...refused.map(([name, fault]) => refusedIn(day, name, fault, ALONE)),
    ...unread.map(([name, fault]) => unreadIn(day, name, fault)),
  ];
  if (findings.length > 0) return { dayKey: undefined, findings };
  const missing: Finding = {
    code: "DAY_KEY_MISSING",
    what: `no day key of ${day} is published; ${ALONE}`,
    todo: "Run `lakat keys day publish` on the restore-test host, and look why its schedule did not.",
  };
  return { dayKey: undefined, findings: [missing] };
}

/** A store that does not answer has refused nothing: only a key that was read and judged counts as refused. */
function unreadIn(day: string, destination: string, { code, message, todo }: Fault): Finding {
  // S3 says "denied", not "absent", to a key that may not list the bucket.
  if (code === "STORE_DENIED")
    return {
      code: "DAY_KEY_MISSING",
      what: `no day key of ${day} is published in ${destination}, or it may not be read (${message}); ${ALONE}`,
      todo: "Run `lakat keys day publish` on the restore-test host; if it did, grant s3:GetObject on day-keys/*.",
    };
  return {
    code: "DAY_KEY_MISSING",
    what: `the day key of ${day} could not be read from ${destination} (${code}: ${message}); ${ALONE}`,
    todo,
  };
}

function refusedIn(day: string, destination: string, { code, message }: Fault, note: string): Finding {
  return {
    code: "DAY_KEY_REFUSED",
    what: `the day key of ${day} in ${destination} is refused (${code}: ${message}); ${note}`,
    todo: "Find out who wrote it; publish a new one with `lakat keys day publish`.",
  };
}
