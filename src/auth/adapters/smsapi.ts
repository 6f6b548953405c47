/**
 * Adapter: sends SMS through SMSAPI (`POST /sms.do`). Its errors come with status 200 and `{error, message}`. Each
 * message has an `idx` of its own that it keeps for all tries, at both hosts: one that SMSAPI has had already is not
 * sent again (`check_idx`), and its saying so is as good as success. So a try whose answer was lost can be repeated.
 *
 * Neither number nor text nor anything of SMSAPI's own sentences, which may repeat them, leaves this file.
 */
import { Fault } from "../../fault.ts";
import { isConfidential } from "../../confidential-url.ts";
import type { Sender, Sms, Trouble } from "../message.ts";

const PATH = "/sms.do";
/** For one host: both fit into one try of the queue. */
const LIMIT_MS = 8000;
const ANSWER_BYTES = 64 * 1024;

const DUPLICATE = 53;
const OUT_OF_CREDIT = 103;
/** Too many to one number or at once, trouble inside SMSAPI. Every other error says that this never succeeds. */
const PASSING = new Set([52, 200, 201, 202, 203, 999]);

export interface SmsapiOptions {
  token: string;
  /** Sender name registered with SMSAPI. */
  from?: string | undefined;
  url: string;
  /** Tried when the first host is not reached, says nothing, or answers 5xx. */
  fallbackUrl: string;
  /** Tests do not wait for 8 seconds. */
  limitMs?: number;
}

type Answer = { trouble: Trouble | undefined; nextHost: boolean };

/**
 * Sends one SMS, whose trouble is one of few words of ours, such as `smsapi-out-of-credit` or `smsapi-error-13`. It
 * rejects only when the signal is aborted. Throws CONFIG_INVALID for an address that is not https:// (this machine itself
 * excepted).
 */
export function openSmsapi(options: SmsapiOptions): Sender<Sms> {
  const targets = [target("sms.url", options.url), target("sms.fallback_url", options.fallbackUrl)];
  return async (message, { id }, signal) => {
    let trouble: Trouble | undefined;
    for (const url of targets) {
      const answer = await ask(url, formOf(message, id, options.from), options, signal);
      trouble = answer.trouble;
      if (!answer.nextHost) break;
    }
    return trouble;
  };
}

function formOf({ to, text }: { to: string; text: string }, idx: string, from?: string): URLSearchParams {
  return new URLSearchParams({
    to: to.replace(/^\+/, ""),
    message: text,
    ...(from === undefined ? {} : { from }),
    format: "json",
    encoding: "utf-8",
    idx,
    check_idx: "1",
  });
}

async function ask(
  url: URL,
  body: URLSearchParams,
  { token, limitMs = LIMIT_MS }: SmsapiOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const time = AbortSignal.timeout(limitMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": "lakat" },
      body,
      // To follow one would take token, number and code to a place that nobody configured.
      redirect: "manual",
      signal: AbortSignal.any([signal, time]),
    });
    return judge(response.status, await textOf(response));
  } catch {
    signal.throwIfAborted();
    return nextHost(time.aborted ? "smsapi-timeout" : "smsapi-unreachable");
  }
}

/** What an answer means. Pure. */
function judge(status: number, text: string): Answer {
  if (status >= 500) return nextHost(`smsapi-http-${status}`);
  const answer = parsed(text);
  if (answer !== undefined && "error" in answer) return here(errorTrouble(answer["error"]));
  if (status === 429) return here({ word: "smsapi-http-429", final: false });
  if (status < 200 || status >= 300) return here({ word: `smsapi-http-${status}`, final: true });
  const list = answer?.["list"];
  if (Array.isArray(list) && list.length > 0) return here(undefined);
  // Whatever it is, such as a page of some proxy: it does not say that the message was taken.
  return nextHost("smsapi-unreadable");
}

function errorTrouble(error: unknown): Trouble | undefined {
  const code = typeof error === "number" || typeof error === "string" ? Number(error) : NaN;
  if (!Number.isInteger(code) || code < 0 || code > 99_999)
    return { word: "smsapi-error-unknown", final: false };
  if (code === DUPLICATE) return undefined;
  if (code === OUT_OF_CREDIT) return { word: "smsapi-out-of-credit", final: false };
  return { word: `smsapi-error-${code}`, final: !PASSING.has(code) };
}

const here = (trouble: Trouble | undefined): Answer => ({ trouble, nextHost: false });
const nextHost = (word: string): Answer => ({ trouble: { word, final: false }, nextHost: true });

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The body, as far as an answer of SMSAPI can reach; one without an end must not fill the memory. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > ANSWER_BYTES) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function target(field: string, base: string): URL {
  const url = URL.parse(PATH, base);
  if (url === null || !isConfidential(url) || url.username !== "" || url.password !== "")
    throw new Fault(
      "CONFIG_INVALID",
      `${field} is not an https:// address without user and password`,
      `Put an https:// address into ${field}, or leave it out; http:// is for this machine only.`,
    );
  return url;
}
