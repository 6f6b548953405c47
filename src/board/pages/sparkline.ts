/** Small drawings beside a number. Pure. */
import { html, type Html } from "../../markup/html.ts";

const DAY = 86_400_000;
const POINTS = 30;

/** The size over 90 days, for the eyes alone: the number stands beside it, the chart below. */
export function sparkline(trend: readonly { at: Date; bytes: number }[], now: Date): Html | undefined {
  if (trend.length < 2) return undefined;
  const sizes = trend.map(({ bytes }) => bytes);
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const x = (at: Date) =>
    Math.round(Math.max(0, 96 - ((now.getTime() - at.getTime()) / DAY) * (96 / 90)) * 10) / 10;
  const y = (bytes: number) =>
    Math.round((high === low ? 10 : 18 - ((bytes - low) / (high - low)) * 16) * 10) / 10;
  // So small that more would not be seen; a page may have many of them.
  const every = Math.ceil(trend.length / POINTS);
  const path = trend
    .filter((_, i) => (trend.length - 1 - i) % every === 0)
    .map(({ at, bytes }, i) => `${i === 0 ? "M" : "L"}${x(at)} ${y(bytes)}`)
    .join("");
  return html`<svg class="spark" viewBox="0 0 100 20" aria-hidden="true"><path d="${path}" /></svg>`;
}

/** How much of the target is used; full where it is over. */
export function targetBar(seconds: number, target: number): Html {
  const part = target <= 0 ? 1 : Math.min(1, seconds / target);
  return html`<svg
    class="target-bar ${seconds > target && "over"}"
    viewBox="0 0 100 4"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    <rect width="100" height="4" />
    <rect class="used" width="${Math.max(1, Math.round(part * 100))}" height="4" />
  </svg>`;
}
