/** The reports in Hungarian. Pure. */
import type { Locale } from "../locale.ts";
import type { DrillSummary } from "../summary.ts";
import type { Words } from "../words.ts";
import { huCodes } from "./hu-codes.ts";

/** A number as it is spoken begins with a vowel: egy, öt, ötven, ezer, egymillió. */
function articleOfNumber(n: number): string {
  const digits = String(Math.round(n));
  return digits.startsWith("5") || (digits.startsWith("1") && digits.length % 3 === 1) ? "az" : "a";
}

function articleOf(name: string): string {
  const number = /^\d+/.exec(name)?.[0];
  if (number !== undefined) return articleOfNumber(Number(number));
  return /^[aáeéiíoóöőuúüű]/i.test(name) ? "az" : "a";
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Everything that a report says, in Hungarian. */
export function hu(locale: Locale): Words {
  const { count, change, bytes, duration, list } = locale;
  const of = (n: number, noun: string) => locale.counted(n, { one: noun, other: noun });
  /** `november 24-i`, with a hyphen that does not end a line. */
  const dayAsked = (at: Date) => `${locale.dayOfYear(at).replace(/\.$/, "")}\u2011i`;
  const findings = (n: number) => `${of(n, "észrevétel")} vár intézkedésre.`;
  const all = (n: number) => `mind ${articleOfNumber(n)} ${count(n)}`;

  const keysOpen = ({ keys }: DrillSummary): string =>
    keys === 0
      ? "arra nincs bizonyíték, hogy helyreállítási kulcs kinyitná"
      : keys === 1
        ? "a helyreállítási kulcs kinyitná"
        : keys === 2
          ? "mindkét helyreállítási kulcs kinyitná"
          : `${all(keys)} helyreállítási kulcs kinyitná`;

  const reasons = (said: DrillSummary): string[] => {
    const { keys, keysFailed, checksRun, checksFailed } = said;
    const failedSteps: Record<DrillSummary["failedSteps"][number], string> = {
      pick: "nem lehetett kiválasztani",
      verify: "nem lehetett hitelesíteni",
      unlock: "nem lehetett felnyitni",
      prove: "a helyreállítási kulcsokat nem lehetett igazolni",
      restore: "nem lehetett visszaállítani",
      check: "az ellenőrzések nem futottak végig",
      destroy: "az ideiglenes kiszolgálót nem lehetett eltávolítani",
    };
    return [
      ...(keysFailed === 0
        ? []
        : [
            keys === 1
              ? "a helyreállítási kulcsa nem nyitná ki"
              : `${count(keys)} helyreállítási kulcs közül ${count(keysFailed)} nem nyitná ki`,
          ]),
      ...said.failedSteps.map((step) => failedSteps[step]),
      ...(checksFailed === 0
        ? []
        : [
            checksRun === 1
              ? "az egyetlen ellenőrzés hibát talált"
              : `${count(checksRun)} ellenőrzés közül ${count(checksFailed)} hibát talált`,
          ]),
    ];
  };

  return {
    locale,
    kinds: { drill: "Visszaállítási próba", daily: "Napi jelentés", sabotage: "Szabotázspróba" },
    verdicts: { passed: "Megfelelt", findings: "Megfelelt, észrevételekkel", failed: "Nem felelt meg" },
    subjects: { passed: "RENDBEN", findings: "FIGYELEM", failed: "HIBA" },
    outcomes: { passed: "megfelelt", failed: "hibás", skipped: "kimaradt" },
    headings: {
      findings: "Észrevételek és teendők",
      steps: "Lépések és idők",
      checks: "Ellenőrzések",
      keys: "Helyreállítási kulcsok",
      charts: "Az utóbbi 90 nap",
      evidence: "Bizonyítékok",
      clusters: "Fürtök",
      sabotage: "A riasztás próbája",
      cases: "Esetek",
      numbers: "Minden érték táblázatban",
      howToCheck: "Hogyan ellenőrizhető ez a jelentés",
    },
    columns: {
      result: "Eredmény",
      step: "Lépés",
      check: "Ellenőrzés",
      time: "Idő",
      key: "Kulcs",
      cluster: "Fürt",
      verdict: "Eredmény",
      newestBackup: "Legújabb mentés",
      newestProof: "Legutóbb visszaállítva és rendben",
      case: "Eset",
      expected: "Elvárt",
      found: "Talált",
      day: "Nap",
      measure: "Mérték",
      newest: "Legutóbbi",
      median: "Medián",
      lowest: "Legkisebb",
      highest: "Legnagyobb",
    },
    measures: {
      bytes: "Titkosított méret",
      rows: "Sorok",
      backupSeconds: "Mentés ideje",
      restoreSeconds: "Visszaállítás ideje",
    },
    evidence: {
      report: "Jelentés",
      sha256: "Az aláírt jelentés SHA-256 értéke",
      signer: "Aláíró (kulcsazonosító)",
      previous: "Az előző jelentés",
      none: "nincs: ez a gép első jelentése",
      lakat: "Lakat",
      tools: "Programok",
      run: "Futás",
      backup: "Mentés",
      folder: "Mappa a tárolóban",
      committed: "Lezárva, a tároló órája szerint",
      made: "Készült",
      backupHost: "Mentőgép (kulcsazonosító)",
      manifest: "A jegyzék SHA-256 értéke",
      server: "PostgreSQL a forrásnál",
      systemIdentifier: "Rendszerazonosító",
      objects: "Objektumok",
      lockedUntil: "Zárolva eddig",
      database: "Adatbázis",
      snapshot: "Pillanatkép",
    },
    howToCheck: ({ signer, previous }) => [
      "Ez a lap az aláírt jelentést ismétli meg. A jelentés Ed25519 kulccsal aláírt DSSE-boríték; a tárolóban a helyreállítási kulcsokra titkosítva fekszik.",
      `SHA-256 értékének a fentivel kell egyeznie, és a következő kulcs írta alá: ${signer}. A kulcsazonosítót a próbagép nyilvános kulcsával kell összevetni.`,
      previous === undefined
        ? "Ez a gép első jelentése, ezért a láncban nem áll előtte másik."
        : `Tartalmazza az előtte álló jelentés SHA-256 értékét: ${previous}. Ha egy jelentést utólag megváltoztatnak vagy eltüntetnek, a lánc megszakad.`,
    ],
    steps: {
      pick: { name: "Kiválasztás", does: "A legújabb mentés, a tároló órája szerint" },
      verify: { name: "Hitelesítés", does: "Aláírás, minden objektum mérete, lenyomata és zárolása" },
      unlock: { name: "Felnyitás", does: "A napi kulccsal" },
      prove: { name: "Igazolás", does: "Hogy a helyreállítási kulcsok kinyitnák" },
      restore: { name: "Visszaállítás", does: "Egy erre a próbára készült PostgreSQL-kiszolgálóra" },
      check: { name: "Ellenőrzés", does: "A visszaállított adatok összevetése a mentettekkel" },
      destroy: { name: "Megsemmisítés", does: "Az ideiglenes kiszolgáló és minden visszaállított adat" },
    },
    checks: {
      rows: "Sorok száma",
      "round-trip": "Oda-vissza próba táblánként",
      constraints: "Megszorítások",
      indexes: "Indexek",
      amcheck: "Táblák és indexek, lapról lapra",
      sequences: "Sorozatok",
      extensions: "Kiterjesztések",
      settings: "Beállítások",
      canary: "Kanári",
      freshness: "Frissesség",
      assertion: "Állítás",
      command: "Parancs",
      drift: "Méret az elmúlt két héthez képest",
      "restore-time": "Visszaállítás ideje",
    },
    facts: {
      tables: (n) => of(n, "tábla"),
      indexes: (n) => of(n, "index"),
      rows: (n) => of(n, "sor"),
      largeObjects: (n) => (n === 0 ? undefined : of(n, "nagy objektum")),
      bytes: (n) => bytes(n),
      constraints: (n) => of(n, "megszorítás"),
      notValid: (n) => (n === 0 ? "mind érvényes" : `${count(n)} érvénytelen`),
      notAskedAgain: (n) => (n === 0 ? undefined : `${count(n)} nem ellenőrizhető újra`),
      notNull: (n) => `${of(n, "oszlop")} null érték nélkül`,
      incomplete: (n) => (n === 0 ? undefined : `${count(n)} hiányos`),
      structureOnly: (n) => (n === 0 ? undefined : `${count(n)} csak szerkezetében`),
      sequences: (n) => of(n, "sorozat"),
      behind: (n) => (n === 0 ? "egyik sem marad el az oszlopától" : `${count(n)} elmarad az oszlopától`),
      extensions: (n) => of(n, "kiterjesztés"),
      settings: (n) => of(n, "beállítás"),
      ageSeconds: (n) => `a pillanatkép előtt ${duration(n)}`,
      exit: (n) => `kilépési kód: ${count(n)}`,
      seconds: (n) => duration(n),
      rtoSeconds: (n) => `cél: ${duration(n)}`,
      over: () => undefined,
      days: (n) => `ilyen ütemben körülbelül ${of(n, "nap")} múlva túllépi a célt`,
    },
    drift: {
      bytes: () => undefined,
      rows: () => undefined,
      tableBytes: () => undefined,
      bytesChange: (n) => `titkosított méret ${change(n)}`,
      rowsChange: (n) => `sorok ${change(n)}`,
      tableBytesChange: (n) => `táblák mérete ${change(n)}`,
      passes: (n) => `${of(n, "sikeres próba")} mediánjához képest`,
      shrank: () => undefined,
      grew: () => undefined,
    },
    instants: { writtenAt: (at) => `felírva: ${at}`, newest: (at) => `legújabb érték: ${at}` },
    codes: huCodes,
    unknownCode: { failed: "Valami nem sikerült", finding: "Valami figyelmet kíván" },
    todo: "Teendő",
    wholeCluster: "A teljes fürt",
    noFindings: "Nincs észrevétel, nincs teendő.",
    noChecks: "Egyetlen ellenőrzés sem futott.",
    noKeys: "A helyreállítási kulcsokról nincs bizonyíték.",
    noHistory: "Még nincs mérés.",
    noCases: "Egyetlen eset sem futott.",
    skippedBecause: (why) => `Kimaradt: ${why}`,
    of: (target) => `cél: ${target}`,
    age: (age) => `kora: ${age}`,
    never: "még nincs",
    noTest: "még nem volt visszaállítási próba",
    nothing: "semmi",
    chart: {
      failed: "sikertelen próba",
      findings: "próba észrevétellel",
      gap: "hézag: aznap nem volt próba",
      target: (value) => `cél: ${value}`,
      describe: ({ tests, from, to, lowest, highest, newest, newestDay, failed }) =>
        `${of(tests, "próba")}, ${from} – ${to}; sikertelen: ${failed === 0 ? "egy sem" : count(failed)}. Legkisebb: ${lowest}, legnagyobb: ${highest}, legutóbbi (${newestDay}): ${newest}.`,
      median: (value) => `medián: ${value}`,
    },
    drill(said) {
      const { cluster, at, verdict } = said;
      if (at === undefined) return `${cluster}: nincs mentés, amelyet vissza lehetne állítani.`;
      const backup = `${articleOf(cluster)} ${cluster} ${dayAsked(at)} mentés`;
      if (verdict === "failed") {
        const why = reasons(said);
        return `Ne számítson ${backup}ére: ${why.length === 0 ? "az okot az észrevételek mondják meg" : list(why)}.`;
      }
      const time =
        said.restoreSeconds === undefined
          ? " visszaállítása sikerült"
          : ` visszaállítása ${duration(said.restoreSeconds)} alatt sikerült`;
      const n = said.checksRun;
      const right =
        n === 0
          ? ", ellenőrzés nem futott"
          : said.checksSkipped === 0
            ? `, és ${n === 1 ? "az egyetlen ellenőrzésen" : `${all(n)} ellenőrzésen`} megfelelt`
            : `, és ${n === 1 ? "az egyetlen lefutott ellenőrzésen" : `${all(n)} lefutott ellenőrzésen`} megfelelt`;
      const more = verdict === "findings" ? ` ${findings(said.findings)}` : "";
      return `${capital(backup)}ének${time}${right}; ${keysOpen(said)}.${more}`;
    },
    drillSubject(said) {
      const { cluster, at, restoreSeconds, verdict } = said;
      if (at === undefined) return `${cluster}: nincs mentés`;
      const backup = `${cluster}: ${dayAsked(at)} mentés`;
      if (verdict === "failed") return `${backup}: ${reasons(said)[0] ?? "lásd az észrevételeket"}`;
      const time = restoreSeconds === undefined ? "" : ` (${locale.rough(restoreSeconds)})`;
      return `${backup} visszaállítva${time}${verdict === "findings" ? `; ${of(said.findings, "észrevétel")}` : ""}`;
    },
    daily({ verdict, clusters, failed, findings: n }) {
      if (clusters === 0) return "Nincs beállítva fürt, ezért semmit sem próbálunk vissza.";
      if (failed.length > 0)
        return `Nincs minden rendben: ${of(clusters, "fürt")} közül ${count(failed.length)} fürtnek nincs friss, visszaállított és rendben talált mentése (${list(failed)}).`;
      const well = `${clusters === 1 ? "Az egyetlen fürtnek" : `${capital(all(clusters))} fürtnek`} van friss, visszaállított és rendben talált mentése`;
      if (verdict === "failed") return `${well}, de más nem sikerült: lásd az észrevételeket.`;
      return verdict === "findings" ? `${well}. ${findings(n)}` : `${well}.`;
    },
    dailySubject({ verdict, day, clusters, failed, findings: n }) {
      const when = locale.dayShort(day);
      if (failed.length > 0) return `${when} ${list(failed)}`;
      if (verdict === "failed") return `${when} lásd az észrevételeket`;
      const well = `${when} ${of(clusters, "fürt")} visszaállítva és rendben`;
      return verdict === "findings" ? `${well}; ${of(n, "észrevétel")}` : well;
    },
    sabotage: ({ cluster, cases, missed }) =>
      missed === 0
        ? `A riasztás működik: a visszaállítási próba ${cases === 1 ? "az egyetlen esetet" : `${all(cases)} esetet`} helyesen ítélte meg (${cluster}).`
        : `A riasztásban nem lehet bízni: a visszaállítási próba ${of(cases, "esetből")} ${count(missed)} esetet rosszul ítélt meg (${cluster}).`,
    sabotageSubject: ({ cluster, cases, missed }) =>
      missed === 0
        ? `${cluster}: szabotázspróba, ${cases === 1 ? "az egyetlen" : all(cases)} eset helyesen megítélve`
        : `${cluster}: szabotázspróba, ${of(cases, "esetből")} ${count(missed)} rosszul megítélve`,
    sabotageState(state) {
      if (state === undefined) return "A riasztást még nem próbálták ki.";
      const tested = `A riasztás legutóbbi próbája (${state.at}, ${of(state.cases, "eset")}):`;
      return state.missed === 0
        ? `${tested} minden esetet helyesen ítélt meg.`
        : `${tested} ${count(state.missed)} esetet rosszul ítélt meg.`;
    },
  };
}
