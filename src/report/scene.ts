/** What every part of a page or a mail is handed beside the report. Pure. */
import type { Language } from "./locale.ts";
import type { DrillPoint } from "./point.ts";
import { wordsIn, type Words } from "./words.ts";

export interface ReportContext {
  /**
   * Earlier restore tests of all clusters, in any order; the report's own may be among them. Undefined: what was
   * measured over time is shown elsewhere.
   */
  history: DrillPoint[] | undefined;
  language: Language;
  /** A name that Intl knows, such as Europe/Budapest. */
  timeZone: string;
  /** Hex, of the signed report. */
  sha256: string;
}

/** A page draws; a mail has neither drawings nor anything that folds. */
export type Medium = "page" | "mail";

export interface Scene {
  context: ReportContext;
  words: Words;
  medium: Medium;
}

export function sceneOf(context: ReportContext, medium: Medium): Scene {
  return { context, words: wordsIn(context.language, context.timeZone), medium };
}
