/** Numbers, sizes, dates and durations as a language writes them; a number and its unit are not parted by a line's end. Pure. */

export const LANGUAGES = ["en", "hu", "ro"] as const;
export type Language = (typeof LANGUAGES)[number];

const TAGS: Record<Language, string> = { en: "en-GB", hu: "hu-HU", ro: "ro-RO" };

/** Forms of a noun after a number; those that a language does not have are left out. */
export interface Forms {
  one: string;
  few?: string;
  other: string;
}

/** Short names of the units of time, after a number. */
const UNITS: Record<Language, Record<"d" | "h" | "min" | "s", Forms>> = {
  en: {
    d: { one: "day", other: "days" },
    h: { one: "h", other: "h" },
    min: { one: "min", other: "min" },
    s: { one: "s", other: "s" },
  },
  hu: {
    d: { one: "nap", other: "nap" },
    h: { one: "óra", other: "óra" },
    min: { one: "perc", other: "perc" },
    s: { one: "mp", other: "mp" },
  },
  ro: {
    d: { one: "zi", few: "zile", other: "de zile" },
    h: { one: "h", other: "h" },
    min: { one: "min", other: "min" },
    s: { one: "s", other: "s" },
  },
};

export interface Locale {
  language: Language;
  timeZone: string;
  /** A whole number, with its thousands apart. */
  count: (n: number) => string;
  /** Any number, with at most three decimals. */
  decimal: (n: number) => string;
  /** At most three significant digits, shortened: `48.2M`. */
  compact: (n: number) => string;
  /** With its sign: `+1.4%`. */
  change: (percent: number) => string;
  /** `6.42 GiB`. */
  bytes: (n: number) => string;
  /** The two largest units: `12 min 4 s`; under ten seconds with a tenth. */
  duration: (seconds: number) => string;
  /** As duration, from ten minutes on the largest unit alone: `12 min`. */
  rough: (seconds: number) => string;
  /** The largest unit alone, with a tenth where it is small: `6.8 min`. */
  shortTime: (seconds: number) => string;
  /** `24 November 2026`. */
  day: (at: Date) => string;
  /** `24 November`. */
  dayOfYear: (at: Date) => string;
  /** `24 Nov`. */
  dayShort: (at: Date) => string;
  /** `Nov`. */
  month: (at: Date) => string;
  /** `01:17`. */
  clock: (at: Date) => string;
  /** `24 November 2026, 01:17 CET`. */
  instant: (at: Date) => string;
  /** `24 Nov, 01:17`. */
  instantShort: (at: Date) => string;
  /** The calendar day in the time zone, `2026-11-24`. */
  isoDay: (at: Date) => string;
  /** The number and the form of the noun that goes with it. */
  counted: (n: number, forms: Forms) => string;
  /** `a, b and c`. */
  list: (items: string[]) => string;
}

const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** The language's way to write, in a time zone that Intl knows. */
export function localeOf(language: Language, timeZone: string): Locale {
  const tag = TAGS[language];
  const number = (options: Intl.NumberFormatOptions, of = tag) => {
    const format = new Intl.NumberFormat(of, options);
    return (n: number) => format.format(Object.is(n, -0) ? 0 : n);
  };
  const date = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(tag, { timeZone, ...options });
    return (at: Date) => format.format(at);
  };
  const whole = number({ maximumFractionDigits: 0 });
  const tenth = number({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const three = number({ maximumSignificantDigits: 3 });
  const plural = new Intl.PluralRules(tag);
  const conjunction = new Intl.ListFormat(tag, { type: "conjunction" });
  const iso = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  const form = (n: number, forms: Forms): string => {
    const rule = plural.select(n);
    return rule === "one" ? forms.one : rule === "few" ? (forms.few ?? forms.other) : forms.other;
  };
  const counted = (n: number, forms: Forms) => `${whole(n)}\u00a0${form(n, forms)}`;
  const units = UNITS[language];
  const duration = (seconds: number): string => {
    if (seconds < 0.05) return `${whole(0)}\u00a0${units.s.other}`;
    if (seconds < 9.95) return `${tenth(seconds)}\u00a0${units.s.other}`;
    const all = Math.round(seconds);
    const [first, second] = [
      { n: Math.floor(all / 86400), forms: units.d },
      { n: Math.floor(all / 3600) % 24, forms: units.h },
      { n: Math.floor(all / 60) % 60, forms: units.min },
      { n: all % 60, forms: units.s },
    ].slice(all >= 86400 ? 0 : all >= 3600 ? 1 : all >= 60 ? 2 : 3);
    return [first, second]
      .filter((part, i) => part !== undefined && (i === 0 || part.n > 0))
      .map((part) => (part === undefined ? "" : counted(part.n, part.forms)))
      .join("\u00a0");
  };
  const upToTenth = number({ maximumFractionDigits: 1 });
  const shortTime = (seconds: number): string => {
    if (seconds < 59.5) return duration(seconds);
    if (seconds < 3570)
      return `${upToTenth(seconds < 570 ? seconds / 60 : Math.round(seconds / 60))} ${units.min.other}`;
    if (seconds < 35 * 3600) return `${upToTenth(seconds / 3600)} ${units.h.other}`;
    return counted(Math.round(seconds / 86400), units.d);
  };
  const rough = (seconds: number): string => (seconds < 595 ? duration(seconds) : shortTime(seconds));
  const dayShort = date({ day: "numeric", month: "short" });
  const clock = date({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return {
    language,
    timeZone,
    count: whole,
    decimal: number({ maximumFractionDigits: 3 }),
    compact: number({ notation: "compact", maximumSignificantDigits: 3 }, language === "en" ? "en" : tag),
    change: (percent) =>
      number({
        style: "percent",
        signDisplay: "exceptZero",
        minimumFractionDigits: 1,
        maximumFractionDigits: 1,
      })(percent / 100).replace("-", "\u2212"),
    bytes(n) {
      const power = Math.min(
        BINARY.length - 1,
        n < 1024 ? 0 : Math.floor(Math.log2(Math.max(n, 1)) / 10 + 1e-9),
      );
      const inUnit = n / 1024 ** power;
      return `${inUnit < 999.5 ? three(inUnit) : whole(inUnit)}\u00a0${BINARY[power] ?? "B"}`;
    },
    duration,
    rough,
    shortTime,
    day: date({ day: "numeric", month: "long", year: "numeric" }),
    dayOfYear: date({ day: "numeric", month: "long" }),
    dayShort,
    month: date({ month: "short" }),
    clock,
    instant: date({
      day: "numeric",
      month: "long",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    }),
    instantShort: (at) => `${dayShort(at)}, ${clock(at)}`,
    isoDay: (at) => iso.format(at),
    counted,
    list: (items) => conjunction.format(items),
  };
}
