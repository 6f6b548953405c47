/** Adapter: one HTTP request to an address that is a secret. No message ever holds it, nor the host's name. */
import { isConfidential } from "../confidential-url.ts";
import { errno, Fault } from "../fault.ts";

const LIMIT_MS = 30_000;

export interface SecretUrl {
  /** What messages call it, such as `the webhook`. */
  called: string;
  /** Where it stands in the configuration. */
  field: string;
  url: string;
}

/**
 * Sends one request and demands an answer of 2xx within 30 seconds. A redirect is refused: it would take the content
 * to a place that nobody configured. Throws CONFIG_INVALID for an address that is not https:// (this machine
 * itself excepted), REPORT_NOT_SENT for everything else, the signal's reason when that is aborted.
 *
 * @param limitMs tests do not wait for 30 seconds
 */
export async function request(
  { called, field, url }: SecretUrl,
  init: { method: "GET" | "POST"; headers?: Record<string, string>; body?: Buffer },
  signal: AbortSignal,
  limitMs = LIMIT_MS,
): Promise<void> {
  const target = parse(called, field, url);
  const time = AbortSignal.timeout(limitMs);
  let response: Response;
  try {
    response = await fetch(target, {
      method: init.method,
      headers: { "user-agent": "lakat", ...init.headers },
      ...(init.body === undefined ? {} : { body: new Uint8Array(init.body) }),
      redirect: "manual",
      signal: AbortSignal.any([signal, time]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const why = time.aborted ? `it gave no answer within ${limitMs / 1000} seconds` : reason(error);
    // Without the cause: it names the address, and a debug log would print it.
    throw notSent(`${called} was not reached: ${why}`, `Check ${field} and whether this host may reach it.`);
  }
  // Nothing in the answer's body matters, and one without an end must not hold the run.
  await response.body?.cancel().catch(() => undefined);
  if (response.ok) return;
  const { status } = response;
  if (status >= 300 && status < 400)
    throw notSent(
      `${called} answered with a redirect (${status}), which is not followed`,
      `Put the final address into ${field}.`,
    );
  throw notSent(
    `${called} answered ${status}`,
    `Check ${field}, and at the receiver why it does not accept this.`,
  );
}

function parse(called: string, field: string, url: string): URL {
  const target = URL.parse(url);
  if (target === null || !isConfidential(target))
    throw new Fault(
      "CONFIG_INVALID",
      `the address of ${called} is not an https:// address`,
      `Put an https:// address into ${field}; http:// is for this machine only.`,
    );
  if (target.username !== "" || target.password !== "")
    throw new Fault(
      "CONFIG_INVALID",
      `the address of ${called} holds a user or a password`,
      `Use an address without them in ${field}, such as one with a token in its path.`,
    );
  return target;
}

/** The system's or OpenSSL's code alone: their sentences name host and port. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return errno(cause) ?? errno(error) ?? "the connection failed";
}

function notSent(what: string, todo: string): Fault {
  return new Fault("REPORT_NOT_SENT", what, todo);
}
