/** The last 90 nights of a cluster as a calendar: a row for each week, a cell for each day. Pure. */
import { html, type Html, type Value } from "../../markup/html.ts";
import type { Locale } from "../../report/locale.ts";
import type { ClusterBoard } from "../board.ts";
import type { BoardWords } from "../words/board.ts";

type Day = ClusterBoard["days"][number];

const DAY = 86_400_000;

/** Weeks from Monday to Sunday, oldest first; undefined where a week reaches beyond what is known. */
export function weeksOf(days: readonly Day[]): (Day | undefined)[][] {
  const sorted = [...days].sort((a, b) => (a.day < b.day ? -1 : 1));
  const weeks = new Map<number, (Day | undefined)[]>();
  for (const day of sorted) {
    const at = Math.round(Date.parse(`${day.day}T00:00:00Z`) / DAY);
    // 1 January 1970 was a Thursday.
    const weekday = (at + 3) % 7;
    const week = weeks.get(at - weekday) ?? Array.from({ length: 7 }, () => undefined);
    week[weekday] = day;
    weeks.set(at - weekday, week);
  }
  return [...weeks.values()];
}

/** Noon: the same calendar day in every time zone that people live in but the outermost. */
export const noonOf = (day: string): Date => new Date(`${day}T12:00:00Z`);

/** @param report where the report of a day is shown */
export function calendar(
  { cluster, days }: Pick<ClusterBoard, "cluster" | "days">,
  words: BoardWords,
  locale: Locale,
  report: (id: string) => string,
): Html {
  const weekday = new Intl.DateTimeFormat(locale.language, { weekday: "short", timeZone: "UTC" });
  const cell = (day: Day | undefined): Value => {
    if (day === undefined) return html`<td></td>`;
    const { light, report: id } = day;
    const content = html`${Number(day.day.slice(8))}<i class="out">
        ${locale.month(noonOf(day.day))}: ${words.lights[light]}</i
      >`;
    return html`<td>
      ${id === undefined ? html`<span class="${light}">${content}</span>` : html`<a class="${light}" href="${report(id)}">${content}</a>`}
    </td>`;
  };
  return html`<table class="calendar">
    <caption class="out">
      ${words.history(cluster)}
    </caption>
    <thead>
      <tr>
        <th scope="col"><i class="out">${words.week}</i></th>
        ${[5, 6, 7, 8, 9, 10, 11].map(
          (day) => html`<th scope="col">${weekday.format(new Date(Date.UTC(1970, 0, day)))}</th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${weeksOf(days).map((week) => {
        const [first] = week.filter((day) => day !== undefined);
        return html`<tr>
          <th scope="row">${first !== undefined && locale.dayShort(noonOf(first.day))}</th>
          ${week.map(cell)}
        </tr>`;
      })}
    </tbody>
  </table>`;
}

/** What the cells mean. */
export function calendarLegend({ lights }: BoardWords): Html {
  return html`<p class="lights quiet">
    ${(["green", "amber", "red", "none"] as const).map(
      (light) => html`<span><b class="${light}" aria-hidden="true"></b> ${lights[light]}</span> `,
    )}
  </p>`;
}
