/** The reports in English. Pure. */
import type { Locale } from "../locale.ts";
import type { DrillSummary } from "../summary.ts";
import type { Words } from "../words.ts";
import { enCodes } from "./en-codes.ts";

/** Everything that a report says, in English. */
export function en(locale: Locale): Words {
  const { count, counted, change, bytes, duration, list } = locale;
  const findings = (n: number) =>
    n === 1 ? "One finding wants attention." : `${count(n)} findings want attention.`;
  const checks = (n: number) => counted(n, { one: "check", other: "checks" });
  const cases = (n: number) => counted(n, { one: "case", other: "cases" });

  const keysOpen = ({ keys }: DrillSummary): string =>
    keys === 0
      ? "that a recovery key would open it is not proved"
      : keys === 1
        ? "the recovery key would open it"
        : keys === 2
          ? "both recovery keys would open it"
          : `all ${count(keys)} recovery keys would open it`;

  const reasons = (said: DrillSummary): string[] => {
    const { keys, keysFailed, checksRun, checksFailed } = said;
    const failedSteps: Record<DrillSummary["failedSteps"][number], string> = {
      pick: "it could not be chosen",
      verify: "it could not be verified",
      unlock: "it could not be unlocked",
      prove: "the recovery keys could not be proved",
      restore: "it could not be restored",
      check: "the checks could not be run to the end",
      destroy: "the scratch server could not be removed",
    };
    return [
      ...(keysFailed === 0
        ? []
        : [
            keys === 1
              ? "its recovery key would not open it"
              : `${count(keysFailed)} of ${count(keys)} recovery keys would not open it`,
          ]),
      ...said.failedSteps.map((step) => failedSteps[step]),
      ...(checksFailed === 0 ? [] : [`${count(checksFailed)} of ${checks(checksRun)} failed`]),
    ];
  };

  return {
    locale,
    kinds: { drill: "Restore test", daily: "Daily report", sabotage: "Sabotage test" },
    verdicts: { passed: "Passed", findings: "Passed, with findings", failed: "Failed" },
    subjects: { passed: "OK", findings: "NOTICE", failed: "FAILED" },
    outcomes: { passed: "passed", failed: "failed", skipped: "skipped" },
    headings: {
      findings: "Findings, and what to do",
      steps: "Steps and times",
      checks: "Checks",
      keys: "Recovery keys",
      charts: "The last 90 days",
      evidence: "Evidence",
      clusters: "Clusters",
      sabotage: "Test of the alarm",
      cases: "Cases",
      numbers: "All values as a table",
      howToCheck: "How to check this report",
    },
    columns: {
      result: "Result",
      step: "Step",
      check: "Check",
      time: "Time",
      key: "Key",
      cluster: "Cluster",
      verdict: "Verdict",
      newestBackup: "Newest backup",
      newestProof: "Newest restored and right",
      case: "Case",
      expected: "Expected",
      found: "Found",
      day: "Day",
      measure: "Measure",
      newest: "Newest",
      median: "Median",
      lowest: "Lowest",
      highest: "Highest",
    },
    measures: {
      bytes: "Sealed size",
      rows: "Rows",
      backupSeconds: "Backup time",
      restoreSeconds: "Restore time",
    },
    evidence: {
      report: "Report",
      sha256: "SHA-256 of the signed report",
      signer: "Signed by (key id)",
      previous: "Report before it",
      none: "none: this is the host's first",
      lakat: "Lakat",
      tools: "Programs",
      run: "Run",
      backup: "Backup",
      folder: "Folder in the store",
      committed: "Committed, by the store's clock",
      made: "Made",
      backupHost: "Backup host (key id)",
      manifest: "SHA-256 of the manifest",
      server: "PostgreSQL at the source",
      systemIdentifier: "System identifier",
      objects: "Objects",
      lockedUntil: "Locked until",
      database: "Database",
      snapshot: "Snapshot",
    },
    howToCheck: ({ signer, previous }) => [
      "This page repeats the signed report. The report is a DSSE envelope, signed with Ed25519; in the store it lies sealed to the recovery keys.",
      `Its SHA-256 has to be the one above, and its signature has to be that of the key ${signer}: compare the key id with the restore-test host's public key.`,
      previous === undefined
        ? "It is the first of its host, so no report comes before it in the chain."
        : `It names the SHA-256 of the report before it, ${previous}. A report that was changed or taken away afterwards breaks that chain.`,
    ],
    steps: {
      pick: { name: "Pick", does: "The newest backup, by the store's clock" },
      verify: { name: "Verify", does: "Signature, every object's size, hash and lock" },
      unlock: { name: "Unlock", does: "With the day key" },
      prove: { name: "Prove", does: "That the recovery keys would open it" },
      restore: { name: "Restore", does: "Into a PostgreSQL server made for this test" },
      check: { name: "Check", does: "What was restored against what was backed up" },
      destroy: { name: "Destroy", does: "The scratch server and all that was restored" },
    },
    checks: {
      rows: "Row counts",
      "round-trip": "Round trip, table by table",
      constraints: "Constraints",
      indexes: "Indexes",
      amcheck: "Tables and indexes, page by page",
      sequences: "Sequences",
      extensions: "Extensions",
      settings: "Settings",
      canary: "Canary",
      freshness: "Freshness",
      assertion: "Assertion",
      command: "Command",
      drift: "Size against the past fortnight",
      "restore-time": "Restore time",
    },
    facts: {
      tables: (n) => counted(n, { one: "table", other: "tables" }),
      indexes: (n) => counted(n, { one: "index", other: "indexes" }),
      rows: (n) => counted(n, { one: "row", other: "rows" }),
      largeObjects: (n) =>
        n === 0 ? undefined : counted(n, { one: "large object", other: "large objects" }),
      bytes: (n) => bytes(n),
      constraints: (n) => counted(n, { one: "constraint", other: "constraints" }),
      notValid: (n) => (n === 0 ? "all valid" : `${count(n)} not valid`),
      notAskedAgain: (n) => (n === 0 ? undefined : `${count(n)} not asked again`),
      notNull: (n) => `${counted(n, { one: "column", other: "columns" })} without nulls`,
      incomplete: (n) => (n === 0 ? undefined : `${count(n)} incomplete`),
      structureOnly: (n) => (n === 0 ? undefined : `${count(n)} by their structure only`),
      sequences: (n) => counted(n, { one: "sequence", other: "sequences" }),
      behind: (n) => (n === 0 ? "none behind its column" : `${count(n)} behind their column`),
      extensions: (n) => counted(n, { one: "extension", other: "extensions" }),
      settings: (n) => counted(n, { one: "setting", other: "settings" }),
      ageSeconds: (n) => `${duration(n)} before the snapshot`,
      exit: (n) => `exit code ${count(n)}`,
      seconds: (n) => duration(n),
      rtoSeconds: (n) => `target ${duration(n)}`,
      over: () => undefined,
      days: (n) => `at this trend over the target in about ${counted(n, { one: "day", other: "days" })}`,
    },
    drift: {
      bytes: () => undefined,
      rows: () => undefined,
      tableBytes: () => undefined,
      bytesChange: (n) => `sealed size ${change(n)}`,
      rowsChange: (n) => `rows ${change(n)}`,
      tableBytesChange: (n) => `tables' size ${change(n)}`,
      passes: (n) => `against the median of ${counted(n, { one: "pass", other: "passes" })}`,
      shrank: () => undefined,
      grew: () => undefined,
    },
    instants: { writtenAt: (at) => `written on ${at}`, newest: (at) => `newest value ${at}` },
    codes: enCodes,
    unknownCode: { failed: "Something failed", finding: "Something wants attention" },
    todo: "What to do",
    wholeCluster: "Whole cluster",
    noFindings: "None. There is nothing to do.",
    noChecks: "No check was run.",
    noKeys: "Nothing was proved about the recovery keys.",
    noHistory: "No measurement yet.",
    noCases: "No case was run.",
    skippedBecause: (why) => `Skipped: ${why}`,
    of: (target) => `target ${target}`,
    age: (age) => `${age} old`,
    never: "none yet",
    noTest: "no restore test yet",
    nothing: "nothing",
    chart: {
      failed: "failed test",
      findings: "test with findings",
      gap: "a gap: no test that day",
      target: (value) => `target ${value}`,
      describe: ({ tests, from, to, lowest, highest, newest, newestDay, failed }) =>
        `${counted(tests, { one: "test", other: "tests" })} from ${from} to ${to}, ${failed === 0 ? "none" : count(failed)} failed. Lowest ${lowest}, highest ${highest}, newest ${newest} on ${newestDay}.`,
      median: (value) => `median ${value}`,
    },
    drill(said) {
      const { cluster, at, verdict } = said;
      if (at === undefined) return `There is no backup of ${cluster} to restore.`;
      const backup = `the backup of ${cluster} from ${locale.dayOfYear(at)}`;
      if (verdict === "failed") {
        const why = reasons(said);
        return `Do not count on ${backup}${why.length === 0 ? ": the findings say why" : `: ${list(why)}`}.`;
      }
      const time = said.restoreSeconds === undefined ? "" : ` in ${duration(said.restoreSeconds)}`;
      const right =
        said.checksRun === 0
          ? "; no check was run"
          : said.checksSkipped === 0
            ? ` and is right in ${said.checksRun === 1 ? "its one check" : `all ${checks(said.checksRun)}`}`
            : ` and is right in ${said.checksRun === 1 ? "the one check" : `all ${checks(said.checksRun)}`} that could run`;
      const more = verdict === "findings" ? ` ${findings(said.findings)}` : "";
      return `T${backup.slice(1)} was restored${time}${right}; ${keysOpen(said)}.${more}`;
    },
    drillSubject(said) {
      const { cluster, at, restoreSeconds, verdict } = said;
      if (at === undefined) return `${cluster}: no backup to restore`;
      const backup = `${cluster}: backup of ${locale.dayShort(at)}`;
      if (verdict === "failed") return `${backup}: ${reasons(said)[0] ?? "see the findings"}`;
      const time = restoreSeconds === undefined ? "" : ` in ${locale.rough(restoreSeconds)}`;
      return `${backup} restored${time}${verdict === "findings" ? `; ${counted(said.findings, { one: "finding", other: "findings" })}` : ""}`;
    },
    daily({ verdict, clusters, failed, findings: n }) {
      const all = clusters === 1 ? "The one cluster has" : `All ${count(clusters)} clusters have`;
      if (clusters === 0) return "No cluster is configured, so nothing is tested.";
      if (failed.length > 0)
        return `Not all is well: ${list(failed)} ${failed.length === 1 ? "has" : "have"} no recent backup that was restored and is right (${count(failed.length)} of ${counted(clusters, { one: "cluster", other: "clusters" })}).`;
      const well = `${all} a recent backup that was restored and is right`;
      if (verdict === "failed") return `${well}, but something else failed: see the findings.`;
      return verdict === "findings" ? `${well}. ${findings(n)}` : `${well}.`;
    },
    dailySubject({ verdict, day, clusters, failed, findings: n }) {
      const when = locale.dayShort(day);
      if (failed.length > 0) return `${when}: ${list(failed)}`;
      if (verdict === "failed") return `${when}: see the findings`;
      const well = `${when}: ${counted(clusters, { one: "cluster", other: "clusters" })} restored and right`;
      return verdict === "findings" ? `${well}; ${counted(n, { one: "finding", other: "findings" })}` : well;
    },
    sabotage: ({ cluster, cases: n, missed }) =>
      missed === 0
        ? `The alarm works: the restore test judged ${n === 1 ? "the one case" : `all ${cases(n)}`} with copies of a backup of ${cluster} as it should.`
        : `The alarm cannot be trusted: the restore test misjudged ${count(missed)} of ${cases(n)} with copies of a backup of ${cluster}.`,
    sabotageSubject: ({ cluster, cases: n, missed }) =>
      missed === 0
        ? `sabotage of ${cluster}: all ${cases(n)} judged right`
        : `sabotage of ${cluster}: ${count(missed)} of ${cases(n)} misjudged`,
    sabotageState(of) {
      if (of === undefined) return "The alarm has not been tested yet.";
      return of.missed === 0
        ? `On ${of.at} the alarm was tested with ${cases(of.cases)}: every one was judged as it should be.`
        : `On ${of.at} the alarm was tested with ${cases(of.cases)}: ${count(of.missed)} ${of.missed === 1 ? "was" : "were"} misjudged.`;
    },
  };
}
