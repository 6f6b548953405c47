/** Every text of the reports, in the languages that there are. Pure. */
import type { Code } from "../fault.ts";
import type { CheckName, Report, ReportCheck, StepName, StepOutcome, Verdict } from "../seal/report.ts";
import { localeOf, type Language, type Locale } from "./locale.ts";
import type { DailySummary, DrillSummary, SabotageSummary } from "./summary.ts";
import { en } from "./words/en.ts";
import { hu } from "./words/hu.ts";
import { ro } from "./words/ro.ts";

/** One fact of a check in words; undefined: it is left unsaid. */
export type Phrase = (value: number) => string | undefined;

export interface CodeWords {
  title: string;
  /** What to do. English has none: the finding's own is English, and says more. */
  todo?: string;
}
export type Codes = Partial<Record<Code, CodeWords>>;

export interface Words {
  locale: Locale;
  kinds: Record<Report["kind"], string>;
  verdicts: Record<Verdict, string>;
  /** First word of a mail's subject. */
  subjects: Record<Verdict, string>;
  outcomes: Record<StepOutcome, string>;
  headings: Record<
    | "findings"
    | "steps"
    | "checks"
    | "keys"
    | "charts"
    | "evidence"
    | "clusters"
    | "sabotage"
    | "cases"
    | "numbers"
    | "howToCheck",
    string
  >;
  columns: Record<
    | "result"
    | "step"
    | "check"
    | "time"
    | "key"
    | "cluster"
    | "verdict"
    | "newestBackup"
    | "newestProof"
    | "case"
    | "expected"
    | "found"
    | "day"
    | "measure"
    | "newest"
    | "median"
    | "lowest"
    | "highest",
    string
  >;
  measures: Record<"bytes" | "rows" | "backupSeconds" | "restoreSeconds", string>;
  evidence: Record<
    | "report"
    | "sha256"
    | "signer"
    | "previous"
    | "none"
    | "lakat"
    | "tools"
    | "run"
    | "backup"
    | "folder"
    | "committed"
    | "made"
    | "backupHost"
    | "manifest"
    | "server"
    | "systemIdentifier"
    | "objects"
    | "lockedUntil"
    | "database"
    | "snapshot",
    string
  >;
  /** How the report is checked: in sentences. */
  howToCheck: (of: { signer: string; previous: string | undefined }) => string[];
  /** What the step is for. */
  steps: Record<StepName, { name: string; does: string }>;
  checks: Record<CheckName, string>;
  /** By the name of the fact. Drift tells changes in percent, by phrases of its own. */
  facts: Record<string, Phrase>;
  drift: Record<string, Phrase>;
  /** Facts that are instants. */
  instants: Record<string, (at: string) => string>;
  codes: Codes;
  /** Titles of codes without words. */
  unknownCode: Record<"failed" | "finding", string>;
  todo: string;
  wholeCluster: string;
  noFindings: string;
  noChecks: string;
  noKeys: string;
  noHistory: string;
  noCases: string;
  skippedBecause: (why: string) => string;
  of: (target: string) => string;
  age: (duration: string) => string;
  never: string;
  noTest: string;
  nothing: string;
  chart: {
    failed: string;
    findings: string;
    gap: string;
    target: (value: string) => string;
    /** The chart in a sentence, for those who do not see it. */
    describe: (of: {
      tests: number;
      from: string;
      to: string;
      lowest: string;
      highest: string;
      newest: string;
      newestDay: string;
      failed: number;
    }) => string;
    median: (value: string) => string;
  };
  drill: (said: DrillSummary) => string;
  drillSubject: (said: DrillSummary) => string;
  daily: (said: DailySummary) => string;
  dailySubject: (said: DailySummary) => string;
  sabotage: (said: SabotageSummary) => string;
  sabotageSubject: (said: SabotageSummary) => string;
  /** Of the newest sabotage run, in a daily report; undefined: none is known. */
  sabotageState: (of: { missed: number; cases: number; at: string } | undefined) => string;
}

const LANGUAGE: Record<Language, (locale: Locale) => Words> = { en, hu, ro };

/** The words of a language, with its numbers and dates in a time zone that Intl knows. */
export function wordsIn(language: Language, timeZone: string): Words {
  return LANGUAGE[language](localeOf(language, timeZone));
}

/** What a check saw, in words: `214 tables, 48,200,123 rows`. A fact without words shows as its name and value. */
export function seenText(check: ReportCheck, words: Words): string {
  // The first spread sets the order, the last the phrase.
  const known = check.name === "drift" ? { ...words.drift, ...words.facts, ...words.drift } : words.facts;
  const order = Object.keys({ ...words.instants, ...known });
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.entries(check.facts)
    .sort(([a], [b]) => place(a) - place(b))
    .flatMap(([name, value]) => {
      const said = factText(name, value, known, words);
      return said === undefined ? [] : [said];
    })
    .join(", ");
}

function factText(
  name: string,
  value: number | string,
  known: Record<string, Phrase>,
  { instants, locale }: Words,
): string | undefined {
  const phrase = Object.hasOwn(known, name) ? known[name] : undefined;
  if (typeof value === "number")
    return phrase === undefined ? `${name} ${locale.decimal(value)}` : phrase(value);
  const instant = Object.hasOwn(instants, name) ? instants[name] : undefined;
  const at = new Date(value);
  return instant === undefined || Number.isNaN(at.getTime())
    ? name === "which"
      ? value
      : `${name} ${value}`
    : instant(locale.instantShort(at));
}
