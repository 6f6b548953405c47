/** What the board, the wall and the list of displays say, in each language. Pure. */
import type { Language } from "../../auth/settings.ts";
import type { CodeWords } from "../../report/words.ts";
import type { AgeUnits } from "../age.ts";
import { en } from "./board-en.ts";
import { hu } from "./board-hu.ts";
import { ro } from "./board-ro.ts";

export interface BoardWords {
  units: AgeUnits;
  title: string;
  /** The whole board in one sentence. */
  verdict: Record<"green" | "amber" | "red", string>;
  lights: Record<"green" | "amber" | "red" | "none", string>;
  good: (good: number, all: number) => string;
  /** Of the daily report; `when` is a day. */
  dayReport: (when: string) => string;
  noDayReport: string;
  empty: string;
  emptyWhy: string;
  emptyTodo: string[];
  clusters: string;
  proved: string;
  neverProved: string;
  newestBackup: string;
  noBackup: string;
  restore: string;
  noRestore: string;
  /** After a duration. */
  ofTarget: (target: string) => string;
  size: string;
  history: (cluster: string) => string;
  findings: string;
  noFindings: string;
  todo: string;
  /** Of what the board alone says; everything else has its words in the reports. */
  codes: Record<"REPORT_MISSING", CodeWords>;
  seeReport: string;
  trends: string;
  noTrends: string;
  nights: string;
  calendar: string;
  calendarLead: string;
  week: string;
  alarm: string;
  allDisplays: string;
  back: string;
  displays: string;
  displaysLead: string;
  displayName: string;
  displayNameHint: string;
  displayNameWrong: string;
  displayLanguage: string;
  languages: Record<Language, string>;
  makeDisplay: string;
  codeFor: (name: string) => string;
  codeSteps: (address: string) => string[];
  codeUntil: (time: string) => string;
  codeOnce: string;
  done: string;
  makeCode: string;
  noDisplays: string;
  waiting: (time: string) => string;
  pairedAt: (time: string) => string;
  seenAt: (age: string) => string;
  displayUntil: (day: string) => string;
  revoke: string;
  revoked: string;
  formOld: string;
  pairTitle: string;
  pairLead: string;
  pairCode: string;
  pairHint: string;
  pair: string;
  pairRefused: string;
  pairTooMany: string;
  wall: {
    title: string;
    proved: string;
    never: string;
    contact: string;
    away: string;
    awaySince: (time: string) => string;
    more: (count: string) => string;
    calm: string;
  };
}

const WORDS: Record<Language, BoardWords> = { en, hu, ro };

export function boardWords(language: Language): BoardWords {
  return WORDS[language];
}

/** The board's entry in the menu. */
export const MENU_TEXT: Record<Language, string> = { en: en.title, hu: hu.title, ro: ro.title };
