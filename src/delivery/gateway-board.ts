/** Adapter: the board at the gateway, as hosts push to it. */
import { request as plain } from "node:http";
import { request as overTls } from "node:https";
import { isConfidential } from "../confidential-url.ts";
import { errno, Fault } from "../fault.ts";

const LIMIT_MS = 30_000;
/** Of an answer nothing more is read. */
const MOST_ANSWER = 8 * 1024;

export interface BoardAddress {
  /** The login host. */
  url: string;
  /** PEM, instead of the system's authorities. */
  authorities?: string | undefined;
}

/**
 * Brings one signed document. Resolves when the gateway has it, now or before. Throws EVIDENCE_REFUSED when it will not
 * take this one, EVIDENCE_NOT_SENT for everything else, the signal's reason when that is aborted.
 */
export async function pushEvidence(
  { url, authorities }: BoardAddress,
  envelope: Buffer,
  signal: AbortSignal,
  limitMs = LIMIT_MS,
): Promise<void> {
  const target = new URL("/evidence", url);
  if (!isConfidential(target))
    throw new Fault(
      "CONFIG_INVALID",
      "evidence.url is not an https:// address",
      "http:// is for this machine only.",
    );
  const time = AbortSignal.timeout(limitMs);
  let answer: { status: number; text: string };
  try {
    answer = await post(target, authorities, envelope, AbortSignal.any([signal, time]));
  } catch (error) {
    signal.throwIfAborted();
    const why = time.aborted
      ? `no answer within ${limitMs / 1000} seconds`
      : (errno(error) ?? "the connection failed");
    throw new Fault(
      "EVIDENCE_NOT_SENT",
      `the board at ${target.host} was not reached: ${why}`,
      "Look whether the gateway answers and this host may reach it; the next push sends what waits.",
    );
  }
  const { status, text } = answer;
  if (status === 200 || status === 201) return;
  if (status === 422) {
    const { what = "it does not say why", todo = "Look at the gateway's log." } = saidBy(text);
    throw new Fault("EVIDENCE_REFUSED", `the gateway does not take it: ${what}`, todo);
  }
  throw new Fault(
    "EVIDENCE_NOT_SENT",
    `the board at ${target.host} answered ${status}`,
    status === 404
      ? "Check evidence.url, and that `board` is in the gateway's configuration."
      : "Look at the gateway's log; the next push sends what waits.",
  );
}

function post(
  target: URL,
  ca: string | undefined,
  envelope: Buffer,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      method: "POST",
      headers: {
        "content-type": "application/vnd.dsse+json",
        "content-length": envelope.length,
        "user-agent": "lakat",
      },
      signal,
      agent: false as const,
    };
    const asking =
      target.protocol === "https:"
        ? overTls(target, { ...options, ...(ca && { ca }) })
        : plain(target, options);
    asking.on("error", reject);
    asking.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text = (text + chunk).slice(0, MOST_ANSWER)));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    asking.end(envelope);
  });
}

/** What a refusal says, as far as it is two lines of plain text. */
function saidBy(text: string): { what?: string; todo?: string } {
  try {
    const { what, todo } = JSON.parse(text) as { what?: unknown; todo?: unknown };
    const line = (value: unknown): value is string =>
      typeof value === "string" && value.length < 1000 && !/\p{C}/u.test(value);
    return { ...(line(what) && { what }), ...(line(todo) && { todo }) };
  } catch {
    return {};
  }
}
