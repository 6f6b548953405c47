/** Adapter: calls the dead man's switch. It raises the alarm when it has not been called for a day. */
import { request } from "./http-request.ts";

/** Throws REPORT_NOT_SENT and CONFIG_INVALID, neither of which names the address. */
export function ping(url: string, signal: AbortSignal, limitMs?: number): Promise<void> {
  const called = "the dead man's switch";
  return request({ called, field: "reports.ping", url }, { method: "GET" }, signal, limitMs);
}
