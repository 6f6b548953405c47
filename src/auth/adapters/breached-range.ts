/**
 * Adapter: asks a service of breached passwords by k-anonymity, as Have I Been Pwned offers it: it gets the first 5 of
 * 40 hexadecimal digits of the SHA-1, and answers with the rest of all hashes that begin so. Padded, so that the length
 * of the answer tells nobody on the way which prefix it was.
 */
import { createHash } from "node:crypto";
import { errno, Fault } from "../../fault.ts";
import { isConfidential } from "../../confidential-url.ts";
import type { BreachedPasswords } from "../password-rules.ts";

const LIMIT_MS = 5_000;
/** A range has some 2,000 lines of 38 characters. */
const MOST_BYTES = 2 ** 20;
const PREFIX = 5;
const LINE = /^([0-9A-F]{35}):(\d{1,12})$/;

/**
 * In: the base that `/` and the prefix are put behind, such as `https://api.pwnedpasswords.com/range`. Throws
 * CONFIG_INVALID for an address that is not https:// (this machine itself excepted), or that holds a user, a query or a
 * fragment. `has` rejects with BREACHED_UNKNOWN when there is no good answer within 5 seconds; a redirect is none.
 *
 * @param limitMs tests do not wait for 5 seconds
 */
export function breachedRange(base: string, limitMs = LIMIT_MS): BreachedPasswords {
  const target = URL.parse(base);
  if (target === null || !isConfidential(target) || /[?#]/.test(base) || holdsUser(target))
    throw new Fault(
      "CONFIG_INVALID",
      "the address of the service for breached passwords cannot be used",
      "Give an https:// address without user, query and fragment; http:// is for this machine only.",
    );
  const root = target.href.replace(/\/+$/, "");
  return {
    async has(password) {
      const hash = createHash("sha1").update(password, "utf8").digest("hex").toUpperCase();
      const answer = await ask(`${root}/${hash.slice(0, PREFIX)}`, limitMs);
      return contains(answer, hash.slice(PREFIX));
    },
  };
}

/** Whether the answer lists the rest of the hash. Entries with the count 0 are padding. */
function contains(answer: string, rest: string): boolean {
  let found = false;
  const lines = answer.trim().split("\n");
  // Every range has entries: an empty answer comes from something else, and throws as the line that it is.
  for (const line of lines.map((one) => one.trim())) {
    const [, hash, count] = LINE.exec(line.toUpperCase()) ?? [];
    if (hash === undefined) throw unknown("gave an answer that is no list of hashes");
    if (hash === rest && Number(count) > 0) found = true;
  }
  return found;
}

async function ask(url: string, limitMs: number): Promise<string> {
  const time = AbortSignal.timeout(limitMs);
  try {
    const response = await fetch(url, {
      headers: { "add-padding": "true", "user-agent": "lakat" },
      redirect: "manual",
      signal: time,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw unknown(`answered ${response.status}`);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    const body: AsyncIterable<Uint8Array> | Uint8Array[] = response.body ?? [];
    for await (const chunk of body) {
      size += chunk.length;
      if (size > MOST_BYTES) throw unknown("gave an answer without an end");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("latin1");
  } catch (error) {
    if (error instanceof Fault) throw error;
    if (time.aborted) throw unknown(`gave no answer within ${limitMs / 1000} seconds`);
    // Without the cause: it names the address, and with it the prefix.
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw unknown(`was not reached (${errno(cause) ?? errno(error) ?? "the connection failed"})`);
  }
}

function holdsUser({ username, password }: URL): boolean {
  return username !== "" || password !== "";
}

function unknown(why: string): Fault {
  return new Fault(
    "BREACHED_UNKNOWN",
    `the service for breached passwords ${why}`,
    "Nobody can choose a password until it answers; check passwords.breached_range and this host's way out.",
  );
}
