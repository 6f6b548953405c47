/** The reports in Romanian. Pure. */
import type { Locale } from "../locale.ts";
import type { DrillSummary } from "../summary.ts";
import type { Words } from "../words.ts";
import { roCodes } from "./ro-codes.ts";

/** Everything that a report says, in Romanian. */
export function ro(locale: Locale): Words {
  const { count, change, bytes, duration, list } = locale;
  const of = (n: number, one: string, few: string) => locale.counted(n, { one, few, other: `de ${few}` });
  const checks = (n: number) => of(n, "verificare", "verificări");
  const cases = (n: number) => of(n, "caz", "cazuri");
  const clusterCount = (n: number) => of(n, "cluster", "clustere");
  const findings = (n: number) =>
    n === 1 ? "O constatare cere atenție." : `${of(n, "constatare", "constatări")} cer atenție.`;

  const keysOpen = ({ keys }: DrillSummary): string =>
    keys === 0
      ? "nu este dovedit că o cheie de recuperare ar deschide-o"
      : keys === 1
        ? "cheia de recuperare ar deschide-o"
        : keys === 2
          ? "ambele chei de recuperare ar deschide-o"
          : `toate cele ${of(keys, "cheie", "chei")} de recuperare ar deschide-o`;

  const reasons = (said: DrillSummary): string[] => {
    const { keys, keysFailed, checksRun, checksFailed } = said;
    const failedSteps: Record<DrillSummary["failedSteps"][number], string> = {
      pick: "nu a putut fi aleasă",
      verify: "nu a putut fi autentificată",
      unlock: "nu a putut fi descuiată",
      prove: "cheile de recuperare nu au putut fi dovedite",
      restore: "nu a putut fi restaurată",
      check: "verificările nu au putut fi duse până la capăt",
      destroy: "serverul temporar nu a putut fi șters",
    };
    return [
      ...(keysFailed === 0
        ? []
        : [
            keys === 1
              ? "cheia ei de recuperare nu ar deschide-o"
              : `${count(keysFailed)} din ${of(keys, "cheie", "chei")} de recuperare nu ar deschide-o`,
          ]),
      ...said.failedSteps.map((step) => failedSteps[step]),
      ...(checksFailed === 0
        ? []
        : [
            checksRun === 1
              ? "singura verificare a eșuat"
              : `${count(checksFailed)} din ${checks(checksRun)} ${checksFailed === 1 ? "a eșuat" : "au eșuat"}`,
          ]),
    ];
  };

  return {
    locale,
    kinds: { drill: "Test de restaurare", daily: "Raport zilnic", sabotage: "Test de sabotaj" },
    verdicts: { passed: "Reușit", findings: "Reușit, cu constatări", failed: "Eșuat" },
    subjects: { passed: "OK", findings: "ATENȚIE", failed: "EȘUAT" },
    outcomes: { passed: "reușit", failed: "eșuat", skipped: "omis" },
    headings: {
      findings: "Constatări și ce este de făcut",
      steps: "Pași și durate",
      checks: "Verificări",
      keys: "Chei de recuperare",
      charts: "Ultimele 90 de zile",
      evidence: "Dovezi",
      clusters: "Clustere",
      sabotage: "Testul alarmei",
      cases: "Cazuri",
      numbers: "Toate valorile într-un tabel",
      howToCheck: "Cum se verifică acest raport",
    },
    columns: {
      result: "Rezultat",
      step: "Pas",
      check: "Verificare",
      time: "Durată",
      key: "Cheie",
      cluster: "Cluster",
      verdict: "Verdict",
      newestBackup: "Cea mai nouă copie",
      newestProof: "Ultima restaurată și corectă",
      case: "Caz",
      expected: "Așteptat",
      found: "Găsit",
      day: "Zi",
      measure: "Mărime",
      newest: "Ultima",
      median: "Mediana",
      lowest: "Minim",
      highest: "Maxim",
    },
    measures: {
      bytes: "Dimensiune sigilată",
      rows: "Rânduri",
      backupSeconds: "Durata copierii",
      restoreSeconds: "Durata restaurării",
    },
    evidence: {
      report: "Raport",
      sha256: "SHA-256 al raportului semnat",
      signer: "Semnat de (identificatorul cheii)",
      previous: "Raportul anterior",
      none: "niciunul: este primul al acestei gazde",
      lakat: "Lakat",
      tools: "Programe",
      run: "Rulare",
      backup: "Copie de siguranță",
      folder: "Dosarul din depozit",
      committed: "Încheiată, după ceasul depozitului",
      made: "Făcută",
      backupHost: "Gazda de backup (identificatorul cheii)",
      manifest: "SHA-256 al manifestului",
      server: "PostgreSQL la sursă",
      systemIdentifier: "Identificatorul sistemului",
      objects: "Obiecte",
      lockedUntil: "Blocată până la",
      database: "Baza de date",
      snapshot: "Instantaneu",
    },
    howToCheck: ({ signer, previous }) => [
      "Această pagină repetă raportul semnat. Raportul este un plic DSSE semnat cu Ed25519; în depozit se află sigilat pentru cheile de recuperare.",
      `SHA-256 al lui trebuie să fie cel de mai sus, iar semnătura trebuie să fie a cheii ${signer}: comparați identificatorul cu cheia publică a gazdei de test.`,
      previous === undefined
        ? "Este primul raport al acestei gazde, deci nu are altul înaintea lui în lanț."
        : `Raportul numește SHA-256 al celui dinaintea lui: ${previous}. Un raport schimbat sau înlăturat ulterior rupe lanțul.`,
    ],
    steps: {
      pick: { name: "Alegere", does: "Cea mai nouă copie, după ceasul depozitului" },
      verify: { name: "Autentificare", does: "Semnătura, dimensiunea, amprenta și blocarea fiecărui obiect" },
      unlock: { name: "Descuiere", does: "Cu cheia zilei" },
      prove: { name: "Dovadă", does: "Că ar deschide-o cheile de recuperare" },
      restore: { name: "Restaurare", does: "Într-un server PostgreSQL făcut pentru acest test" },
      check: { name: "Verificare", does: "Ce s-a restaurat față de ce s-a copiat" },
      destroy: { name: "Distrugere", does: "Serverul temporar și tot ce s-a restaurat" },
    },
    checks: {
      rows: "Numărul de rânduri",
      "round-trip": "Dus-întors, tabel cu tabel",
      constraints: "Constrângeri",
      indexes: "Indecși",
      amcheck: "Tabele și indecși, pagină cu pagină",
      sequences: "Secvențe",
      extensions: "Extensii",
      settings: "Setări",
      canary: "Canar",
      freshness: "Prospețime",
      assertion: "Aserțiune",
      command: "Comandă",
      drift: "Mărimea față de ultimele două săptămâni",
      "restore-time": "Durata restaurării",
    },
    facts: {
      tables: (n) => of(n, "tabel", "tabele"),
      indexes: (n) => of(n, "index", "indecși"),
      rows: (n) => of(n, "rând", "rânduri"),
      largeObjects: (n) => (n === 0 ? undefined : of(n, "obiect mare", "obiecte mari")),
      bytes: (n) => bytes(n),
      constraints: (n) => of(n, "constrângere", "constrângeri"),
      notValid: (n) => (n === 0 ? "toate valide" : of(n, "nevalidă", "nevalide")),
      notAskedAgain: (n) => (n === 0 ? undefined : `${count(n)} neverificate din nou`),
      notNull: (n) => `${of(n, "coloană", "coloane")} fără valori nule`,
      incomplete: (n) => (n === 0 ? undefined : of(n, "incomplet", "incompleți")),
      structureOnly: (n) => (n === 0 ? undefined : `${count(n)} doar ca structură`),
      sequences: (n) => of(n, "secvență", "secvențe"),
      behind: (n) =>
        n === 0 ? "niciuna în urma coloanei" : `${of(n, "secvență", "secvențe")} în urma coloanei`,
      extensions: (n) => of(n, "extensie", "extensii"),
      settings: (n) => of(n, "setare", "setări"),
      ageSeconds: (n) => `cu ${duration(n)} înaintea instantaneului`,
      exit: (n) => `cod de ieșire: ${count(n)}`,
      seconds: (n) => duration(n),
      rtoSeconds: (n) => `țintă: ${duration(n)}`,
      over: () => undefined,
      days: (n) => `în acest ritm depășește ținta în circa ${of(n, "zi", "zile")}`,
    },
    drift: {
      bytes: () => undefined,
      rows: () => undefined,
      tableBytes: () => undefined,
      bytesChange: (n) => `dimensiunea sigilată ${change(n)}`,
      rowsChange: (n) => `rândurile ${change(n)}`,
      tableBytesChange: (n) => `dimensiunea tabelelor ${change(n)}`,
      passes: (n) => `față de mediana a ${of(n, "test reușit", "teste reușite")}`,
      shrank: () => undefined,
      grew: () => undefined,
    },
    instants: { writtenAt: (at) => `scris la ${at}`, newest: (at) => `cea mai nouă valoare: ${at}` },
    codes: roCodes,
    unknownCode: { failed: "Ceva a eșuat", finding: "Ceva cere atenție" },
    todo: "De făcut",
    wholeCluster: "Întregul cluster",
    noFindings: "Nicio constatare. Nu este nimic de făcut.",
    noChecks: "Nu s-a făcut nicio verificare.",
    noKeys: "Despre cheile de recuperare nu s-a dovedit nimic.",
    noHistory: "Încă nu există măsurători.",
    noCases: "Nu s-a încercat niciun caz.",
    skippedBecause: (why) => `Omis: ${why}`,
    of: (target) => `țintă: ${target}`,
    age: (age) => `vechime: ${age}`,
    never: "încă niciuna",
    noTest: "încă niciun test de restaurare",
    nothing: "nimic",
    chart: {
      failed: "test eșuat",
      findings: "test cu constatări",
      gap: "întrerupere: niciun test în acea zi",
      target: (value) => `țintă: ${value}`,
      describe: ({ tests, from, to, lowest, highest, newest, newestDay, failed }) =>
        `${of(tests, "test", "teste")} între ${from} și ${to}; eșuate: ${failed === 0 ? "niciunul" : count(failed)}. Minim: ${lowest}, maxim: ${highest}, ultima valoare (${newestDay}): ${newest}.`,
      median: (value) => `mediana: ${value}`,
    },
    drill(said) {
      const { cluster, at, verdict } = said;
      if (at === undefined)
        return `Nu există nicio copie de siguranță a clusterului ${cluster} de restaurat.`;
      const backup = `opia de siguranță a clusterului ${cluster} din ${locale.dayOfYear(at)}`;
      if (verdict === "failed") {
        const why = reasons(said);
        return `Nu vă bazați pe c${backup}: ${why.length === 0 ? "constatările spun de ce" : list(why)}.`;
      }
      const time = said.restoreSeconds === undefined ? "" : ` în ${duration(said.restoreSeconds)}`;
      const n = said.checksRun;
      const right =
        n === 0
          ? "; nu s-a făcut nicio verificare"
          : said.checksSkipped === 0
            ? ` și este corectă la ${n === 1 ? "singura verificare" : `toate cele ${checks(n)}`}`
            : ` și este corectă la ${n === 1 ? "singura verificare făcută" : `toate cele ${checks(n)} făcute`}`;
      const more = verdict === "findings" ? ` ${findings(said.findings)}` : "";
      return `C${backup} a fost restaurată${time}${right}; ${keysOpen(said)}.${more}`;
    },
    drillSubject(said) {
      const { cluster, at, restoreSeconds, verdict } = said;
      if (at === undefined) return `${cluster}: nicio copie de restaurat`;
      const backup = `${cluster}: copia din ${locale.dayShort(at)}`;
      if (verdict === "failed") return `${backup}: ${reasons(said)[0] ?? "vedeți constatările"}`;
      const time = restoreSeconds === undefined ? "" : ` în ${locale.rough(restoreSeconds)}`;
      return `${backup} restaurată${time}${verdict === "findings" ? `; ${of(said.findings, "constatare", "constatări")}` : ""}`;
    },
    daily({ verdict, clusters, failed, findings: n }) {
      if (clusters === 0) return "Nu este configurat niciun cluster, deci nu se testează nimic.";
      if (failed.length > 0)
        return `Nu este totul în regulă: ${list(failed)} nu ${failed.length === 1 ? "are" : "au"} o copie recentă, restaurată și corectă (${count(failed.length)} din ${clusterCount(clusters)}).`;
      const well =
        clusters === 1
          ? "Singurul cluster are o copie recentă, restaurată și corectă"
          : `Toate cele ${clusterCount(clusters)} au o copie recentă, restaurată și corectă`;
      if (verdict === "failed") return `${well}, dar altceva a eșuat: vedeți constatările.`;
      return verdict === "findings" ? `${well}. ${findings(n)}` : `${well}.`;
    },
    dailySubject({ verdict, day, clusters, failed, findings: n }) {
      const when = locale.dayShort(day);
      if (failed.length > 0) return `${when}: ${list(failed)}`;
      if (verdict === "failed") return `${when}: vedeți constatările`;
      const well = `${when}: ${clusters === 1 ? "1 cluster restaurat și corect" : `${clusterCount(clusters)} restaurate și corecte`}`;
      return verdict === "findings" ? `${well}; ${of(n, "constatare", "constatări")}` : well;
    },
    sabotage: ({ cluster, cases: n, missed }) =>
      missed === 0
        ? `Alarma funcționează: testul de restaurare a judecat corect ${n === 1 ? "singurul caz" : `toate cele ${cases(n)}`} cu copii ale clusterului ${cluster}.`
        : `Nu vă puteți baza pe alarmă: testul de restaurare a judecat greșit ${count(missed)} din ${cases(n)} cu copii ale clusterului ${cluster}.`,
    sabotageSubject: ({ cluster, cases: n, missed }) =>
      missed === 0
        ? `sabotaj ${cluster}: ${n === 1 ? "singurul caz judecat corect" : `toate cele ${cases(n)} judecate corect`}`
        : `sabotaj ${cluster}: ${count(missed)} din ${cases(n)} judecate greșit`,
    sabotageState(state) {
      if (state === undefined) return "Alarma nu a fost încă testată.";
      const tested = `Ultimul test al alarmei (${state.at}, ${cases(state.cases)}):`;
      return state.missed === 0
        ? `${tested} toate au fost judecate corect.`
        : `${tested} ${state.missed === 1 ? "unul a fost judecat" : `${count(state.missed)} au fost judecate`} greșit.`;
    },
  };
}
