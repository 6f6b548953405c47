/**
 * A report as the gateway shows it: the page that the restore-test host makes, with a way back instead of the charts,
 * which stand on the board and would make it three times as heavy. Pure.
 */
import type { Language } from "../../auth/settings.ts";
import { html } from "../../markup/html.ts";
import { reportPage } from "../../report/page.ts";
import type { Report } from "../../seal/report.ts";
import { BOARD_PATH } from "../paths.ts";
import { boardWords } from "../words/board.ts";

/** `style`: exactly what stands in its style element; nothing else on it may style (CSP level 3, 8.3). */
export function boardReportPage(
  { language, timeZone }: { language: Language; timeZone: string },
  { report, sha256 }: { report: Report; sha256: string },
): { document: string; style: string } {
  const back = html`<nav class="back"><a href="${BOARD_PATH}">${boardWords(language).back}</a></nav>`;
  // No element on it keeps its spaces; without those of the templates it is a third lighter.
  const document = reportPage(report, { history: undefined, language, timeZone, sha256 }, back).replace(
    /\n\s+/g,
    "\n",
  );
  const [, style = ""] = /<style>(.*?)<\/style>/s.exec(document) ?? [];
  return { document, style };
}
