/** A line over 90 days as inline SVG, drawn for a phone's width and good at twice of it. Pure. */
import { html, type Html } from "../markup/html.ts";
import type { Locale } from "./locale.ts";
import { DAYS, spreadOf, type SeriesPoint } from "./series.ts";
import { axisOf, type Scale } from "./ticks.ts";
import type { Words } from "./words.ts";

const DAY = 86_400_000;
const WIDTH = 360;
const HEIGHT = 168;
export const PLOT = { left: 64, right: 300, top: 14, bottom: 142 };

export interface ChartOf {
  /** Of the element; letters, digits and hyphens. */
  id: string;
  title: string;
  series: readonly SeriesPoint[];
  scale: Scale;
  /** The end of the 90 days. */
  until: Date;
  /** A value not to go beyond. */
  target?: number | undefined;
}

export interface Placed {
  x: number;
  y: number;
  point: SeriesPoint;
}

export interface Layout {
  ticks: { y: number; value: number }[];
  months: { x: number; at: Date }[];
  placed: Placed[];
  /** Runs of neighbouring days, each a line of its own. */
  lines: Placed[][];
  target: number | undefined;
}

/** Where everything lies; coordinates are within PLOT. A test without a value lies on the ground line. */
export function layoutOf(
  { series, scale, until, target }: Omit<ChartOf, "id" | "title">,
  locale: Locale,
): Layout {
  const values = series.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const axis = axisOf(target === undefined ? values : [...values, target], scale);
  const end = until.getTime();
  const x = (at: Date) => {
    const part = (at.getTime() - (end - DAYS * DAY)) / (DAYS * DAY);
    return round(PLOT.left + Math.min(1, Math.max(0, part)) * (PLOT.right - PLOT.left));
  };
  const y = (value: number) =>
    round(PLOT.bottom - ((value - axis.low) / (axis.high - axis.low)) * (PLOT.bottom - PLOT.top));
  const placed = series.map((point) => ({
    x: x(point.at),
    y: point.value === undefined ? PLOT.bottom : y(point.value),
    point,
  }));
  const months = Array.from({ length: DAYS }, (_, i) => new Date(end - i * DAY))
    .filter((at) => locale.isoDay(at).endsWith("-01"))
    .map((at) => ({ x: x(at), at }));
  return {
    ticks: axis.ticks.map((value) => ({ y: y(value), value })),
    months,
    placed,
    lines: linesOf(placed, locale),
    target: target === undefined ? undefined : y(target),
  };
}

/** A day without a test, or a test without a value, ends a line. */
function linesOf(placed: Placed[], locale: Locale): Placed[][] {
  const lines: Placed[][] = [];
  let before: Placed | undefined;
  for (const one of placed) {
    if (one.point.value === undefined) {
      before = undefined;
      continue;
    }
    const next = before !== undefined && daysBetween(before.point.at, one.point.at, locale) <= 1;
    if (next) lines.at(-1)?.push(one);
    else lines.push([one]);
    before = one;
  }
  return lines;
}

function daysBetween(a: Date, b: Date, locale: Locale): number {
  return Math.round((Date.parse(locale.isoDay(b)) - Date.parse(locale.isoDay(a))) / DAY);
}

/** A figure with its caption; undefined when there is nothing to draw. */
export function chart(of: ChartOf, words: Words): Html | undefined {
  const { id, title, series, scale, target } = of;
  const { locale } = words;
  const spread = spreadOf(series);
  const first = series[0];
  const last = series.at(-1);
  if (spread === undefined || first === undefined || last === undefined) return undefined;
  const say = valueIn(scale, locale);
  const { ticks, months, placed, lines, target: targetY } = layoutOf(of, locale);
  const description = words.chart.describe({
    tests: series.length,
    from: locale.dayShort(first.at),
    to: locale.dayShort(last.at),
    lowest: say(spread.lowest),
    highest: say(spread.highest),
    newest: say(spread.newest),
    newestDay: locale.dayShort(spread.newestAt),
    failed: series.filter(({ verdict }) => verdict === "failed").length,
  });
  const newest = placed.findLast(({ point }) => point.value !== undefined);
  // The target's words stand above its line, or below it where the line lies at the top.
  const targetWords = targetY === undefined ? 0 : targetY < PLOT.top + 14 ? targetY + 13 : targetY - 5;
  return html`<figure class="chart">
    <figcaption>
      <span class="chart-title">${title}</span>
      <span class="chart-newest">${say(spread.newest)}</span>
      <span class="quiet">${words.chart.median(say(spread.median))}</span>
    </figcaption>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      aria-labelledby="${id}-t ${id}-d"
      xmlns="http://www.w3.org/2000/svg"
    >
      <title id="${id}-t">${title}</title>
      <desc id="${id}-d">${description}</desc>
      ${ticks.map(
        ({ y, value }, i) =>
          html`<path class="${i === 0 ? "ground" : "grid"}" d="M${PLOT.left} ${y}H${PLOT.right}" /><text
              class="axis"
              x="${PLOT.left - 8}"
              y="${y + 4}"
              text-anchor="end"
              >${tickIn(scale, locale)(value)}</text
            > `,
      )}${months.map(
        ({ x, at }) =>
          html`<path class="ground" d="M${x} ${PLOT.bottom}v4" /><text
              class="axis"
              x="${x}"
              y="${PLOT.bottom + 18}"
              text-anchor="middle"
              >${locale.month(at)}</text
            > `,
      )}${
        targetY !== undefined &&
        target !== undefined &&
        html`<path class="target" d="M${PLOT.left} ${targetY}H${PLOT.right}" /><text
            class="target-words"
            x="${PLOT.left + 4}"
            y="${targetWords}"
            >${words.chart.target(say(target))}</text
          > `
      }${lines.map((line) =>
        line.length === 1
          ? html`<circle class="alone" cx="${line[0]?.x}" cy="${line[0]?.y}" r="1.6" />`
          : html`<path
              class="line"
              d="${line.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("")}"
            />`,
      )}
      ${placed.map(mark)}
      ${newest !== undefined && html`${newest.point.verdict === "passed" && html`<circle class="newest" cx="${newest.x}" cy="${newest.y}" r="3" />`}<text class="newest-words" x="${newest.x + 8}" y="${Math.min(PLOT.bottom, newest.y + 4)}">${tickIn(scale, locale)(spread.newest)}</text>`}
    </svg>
  </figure>`;
}

/** A cross for a failed test, a triangle for one with findings, nothing for one that passed. */
function mark({ x, y, point }: Placed): Html | undefined {
  if (point.verdict === "failed")
    return html`<path class="failed" d="M${x - 3.5} ${y - 3.5}l7 7m0-7l-7 7" />`;
  if (point.verdict === "findings")
    return html`<path class="findings" d="M${x} ${round(y - 4.5)}l4 7.5h-8z" />`;
  return undefined;
}

/** What the marks mean, for a group of charts. */
export function legend(words: Words): Html {
  const { chart: said } = words;
  const sign = (shape: Html) => html`<svg class="sign" viewBox="0 0 12 12" aria-hidden="true">${shape}</svg>`;
  return html`<p class="legend quiet">
    <span>${sign(html`<path class="failed" d="M2.5 2.5l7 7m0-7l-7 7" />`)} ${said.failed}</span>
    <span>${sign(html`<path class="findings" d="M6 1.5l4 7.5h-8z" />`)} ${said.findings}</span>
    <span>${sign(html`<path class="line" d="M0 8l3 -2m5 -2l4 -1" />`)} ${said.gap}</span>
  </p>`;
}

/** A value in words, with its unit, exact to three digits or to the second. */
export function valueIn(scale: Scale, locale: Locale): (value: number) => string {
  return scale === "bytes" ? locale.bytes : scale === "seconds" ? locale.duration : locale.compact;
}

/** Short enough to stand beside an axis. */
function tickIn(scale: Scale, locale: Locale): (value: number) => string {
  if (scale !== "seconds") return (value) => (value === 0 ? locale.count(0) : valueIn(scale, locale)(value));
  return (value) => (value === 0 ? locale.count(0) : locale.shortTime(value));
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
