/** The three languages say the same things, each by its own rules. */
import t from "tap";
import { CODES } from "../../src/fault.ts";
import { LANGUAGES, localeOf } from "../../src/report/locale.ts";
import type { DrillSummary } from "../../src/report/summary.ts";
import { seenText, wordsIn } from "../../src/report/words.ts";
import { CHECKS, type ReportCheck } from "../../src/seal/report.ts";

const in_ = (language: (typeof LANGUAGES)[number]) => wordsIn(language, "Europe/Budapest");
/** With ordinary spaces. */
const typed = (text: string) => text.replace(/[\u00a0\u202f]/g, " ").replaceAll("\u2011", "-");

/** Every path to a text or to a function that makes one. */
function paths(value: unknown, path = ""): string[] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, one]) => paths(one, `${path}.${key}`))
    : [path];
}

t.test("the same keys in every language, and no empty text", async (t) => {
  const keys = (language: (typeof LANGUAGES)[number]) => {
    return paths({ ...in_(language), locale: "" }).filter(
      (path) => !path.endsWith(".todo") || path === ".todo",
    );
  };
  const english = keys("en").sort();
  for (const language of LANGUAGES) t.strictSame(keys(language).sort(), english, language);
  for (const language of LANGUAGES) {
    const texts = JSON.stringify(in_(language));
    t.notMatch(texts, /:""/, "no text is empty");
    for (const [code, words] of Object.entries(in_(language).codes)) {
      t.ok(code in CODES, code);
      t.equal(words.todo === undefined, language === "en", `${language} ${code} says what to do`);
    }
  }
});

/** The gateway's own: no report tells of them. */
const NOT_IN_REPORTS = [
  ...["MIGRATION_FAILED", "SEAL_BROKEN", "LISTEN_FAILED", "HASHER_FAILED", "PASSWORD_UNREADABLE"],
  ...[
    "BREACHED_UNKNOWN",
    "AUDIT_CHAIN_BROKEN",
    "EVIDENCE_REFUSED",
    "EVIDENCE_NOT_SENT",
    "REPORT_MISSING",
    "MESSAGE_NOT_SENT",
    "AUDIT_BUSY",
    "PEPPER_MISSING",
  ],
];

t.test("every code that can end or mark a run has a title", async (t) => {
  const { codes } = in_("en");
  const without = Object.entries(CODES).filter(([code, exit]) => exit !== 2 && !(code in codes));
  t.strictSame(
    without.map(([code]) => code),
    NOT_IN_REPORTS,
  );
});

t.test("numbers, sizes, times and dates", async (t) => {
  const locales = LANGUAGES.map((language) => localeOf(language, "Europe/Budapest"));
  const cases: [said: (l: (typeof locales)[number]) => string, en: string, hu: string, ro: string][] = [
    [(l) => l.count(48_200_123), "48,200,123", "48 200 123", "48.200.123"],
    [(l) => l.bytes(6.4 * 2 ** 30), "6.4 GiB", "6,4 GiB", "6,4 GiB"],
    [(l) => l.bytes(0), "0 B", "0 B", "0 B"],
    [(l) => l.bytes(1023), "1,023 B", "1023 B", "1.023 B"],
    [(l) => l.duration(0), "0 s", "0 mp", "0 s"],
    [(l) => l.duration(0.44), "0.4 s", "0,4 mp", "0,4 s"],
    [(l) => l.duration(59.6), "1 min", "1 perc", "1 min"],
    [(l) => l.duration(724), "12 min 4 s", "12 perc 4 mp", "12 min 4 s"],
    [(l) => l.duration(3600), "1 h", "1 óra", "1 h"],
    [(l) => l.duration(86_400 * 20), "20 days", "20 nap", "20 de zile"],
    [(l) => l.rough(724), "12 min", "12 perc", "12 min"],
    [(l) => l.change(-42.14), "−42.1%", "−42,1%", "−42,1 %"],
    [
      (l) => l.day(new Date("2026-11-23T23:30:00Z")),
      "24 November 2026",
      "2026. november 24.",
      "24 noiembrie 2026",
    ],
    [
      (l) => l.instantShort(new Date("2026-11-23T23:30:00Z")),
      "24 Nov, 00:30",
      "nov. 24., 00:30",
      "24 nov., 00:30",
    ],
    [(l) => l.list(["a", "b", "c"]), "a, b and c", "a, b és c", "a, b și c"],
  ];
  for (const [said, ...expected] of cases)
    t.strictSame(
      locales.map((l) => typed(said(l))),
      expected,
    );
});

t.test("plural forms", async (t) => {
  const tables = (n: number) => LANGUAGES.map((language) => typed(in_(language).facts["tables"]?.(n) ?? ""));
  t.strictSame(tables(1), ["1 table", "1 tábla", "1 tabel"]);
  t.strictSame(tables(2), ["2 tables", "2 tábla", "2 tabele"]);
  t.strictSame(tables(20), ["20 tables", "20 tábla", "20 de tabele"]);
  t.strictSame(tables(101), ["101 tables", "101 tábla", "101 tabele"]);
});

t.test("verdicts of a restore test", async (t) => {
  const said: DrillSummary = {
    verdict: "passed",
    cluster: "archive",
    at: new Date("2026-11-24T01:00:00Z"),
    restoreSeconds: 724,
    checksRun: 15,
    checksFailed: 0,
    checksSkipped: 0,
    keys: 2,
    keysFailed: 0,
    failedSteps: [],
    findings: 0,
  };
  const drill = (change: Partial<DrillSummary>) =>
    LANGUAGES.map((language) => typed(in_(language).drill({ ...said, ...change })));
  t.strictSame(drill({}), [
    "The backup of archive from 24 November was restored in 12 min 4 s and is right in all 15 checks; both recovery keys would open it.",
    "Az archive november 24-i mentésének visszaállítása 12 perc 4 mp alatt sikerült, és mind a 15 ellenőrzésen megfelelt; mindkét helyreállítási kulcs kinyitná.",
    "Copia de siguranță a clusterului archive din 24 noiembrie a fost restaurată în 12 min 4 s și este corectă la toate cele 15 verificări; ambele chei de recuperare ar deschide-o.",
  ]);
  t.strictSame(drill({ verdict: "failed", failedSteps: ["restore"], checksRun: 0 }), [
    "Do not count on the backup of archive from 24 November: it could not be restored.",
    "Ne számítson az archive november 24-i mentésére: nem lehetett visszaállítani.",
    "Nu vă bazați pe copia de siguranță a clusterului archive din 24 noiembrie: nu a putut fi restaurată.",
  ]);
  t.match(
    drill({ verdict: "findings", findings: 1, keys: 1, checksSkipped: 1 })[0],
    / all 15 checks that could run; the recovery key would open it\. One finding wants attention\.$/,
  );
  t.match(
    drill({ checksRun: 51, keys: 5 })[1],
    /mind az 51 ellenőrzésen megfelelt; mind az 5 helyreállítási kulcs/,
  );
  t.match(drill({ checksRun: 22 })[2], /toate cele 22 de verificări/);
  t.match(drill({ keys: 0 })[0], /that a recovery key would open it is not proved\.$/);
});

t.test(
  "every fact that a check gives has words in every language, or is left unsaid on purpose",
  async (t) => {
    // As the checks' own descriptions name them.
    const GIVEN: Partial<Record<(typeof CHECKS)[number], string>> = {
      rows: "tables rows largeObjects",
      "round-trip": "tables rows bytes",
      constraints: "constraints notValid notAskedAgain notNull",
      indexes: "indexes incomplete",
      amcheck: "tables indexes structureOnly",
      sequences: "sequences behind",
      extensions: "extensions",
      settings: "settings",
      freshness: "ageSeconds",
      assertion: "rows",
      command: "exit",
      drift: "passes bytes bytesChange rows rowsChange tableBytes tableBytesChange shrank grew",
      "restore-time": "seconds rtoSeconds over days",
    };
    for (const language of LANGUAGES)
      for (const name of CHECKS)
        for (const fact of (GIVEN[name] ?? "").split(" ").filter((one) => one !== "")) {
          const { facts, drift } = in_(language);
          const phrases = name === "drift" ? { ...facts, ...drift } : facts;
          t.ok(Object.hasOwn(phrases, fact), `${language}: ${name}: ${fact}`);
        }
  },
);

t.test("what a check saw; facts that nobody knows are shown by name", async (t) => {
  const check = (name: (typeof CHECKS)[number], facts: ReportCheck["facts"]): ReportCheck => ({
    name,
    outcome: "passed",
    seconds: 1,
    facts,
    problems: [],
  });
  const seen = (one: ReportCheck) => typed(seenText(one, in_("en")));
  t.equal(seen(check("rows", { rows: 1200, tables: 3, largeObjects: 0 })), "3 tables, 1,200 rows");
  t.equal(
    seen(
      check("drift", { rows: 68_811, rowsChange: -53.4, bytes: 10, bytesChange: 2, passes: 14, shrank: 1 }),
    ),
    "sealed size +2.0%, rows −53.4%, against the median of 14 passes",
  );
  t.equal(seen(check("rows", { pages: 7, tables: 1 })), "1 table, pages 7");
  t.equal(seen(check("assertion", { value: "two" })), "value two");
  t.equal(
    seen(check("sequences", { sequences: 8, behind: 1, which: "a.b_id_seq behind a.b.id" })),
    "8 sequences, 1 behind their column, a.b_id_seq behind a.b.id",
  );
  t.equal(seen(check("canary", { writtenAt: "2026-11-24T01:00:00Z" })), "written on 24 Nov, 02:00");
  t.equal(seen(check("canary", { writtenAt: "never" })), "writtenAt never");
  t.equal(seen(check("canary", { toString: 1 })), "toString 1");
  t.equal(seen(check("command", {})), "");
});
