/** What a drill needs before it begins: the configuration's keys, the store, the scratch host and the checks. */
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import type { RestoreTestConfig, TestedCluster } from "../config.ts";
import { Fault, type Finding } from "../fault.ts";
import type { DrillPoint } from "../report/point.ts";
import { judged, type Check } from "../restore-test/check.ts";
import type { Checking } from "../restore-test/check-restored.ts";
import { canaryCheck, canaryWithoutDatabase } from "../restore-test/checks/canary.ts";
import { databaseChecks } from "../restore-test/checks/database-checks.ts";
import type { Confinement } from "../restore-test/confinement.ts";
import { roundTripCheck } from "../restore-test/checks/round-trip.ts";
import { meaningfulSettings, settingsCheck } from "../restore-test/checks/settings.ts";
import { driftCheck } from "../restore-test/drift.ts";
import type { DrillRequest } from "../restore-test/drill.ts";
import type { Trust } from "../restore-test/read-manifest.ts";
import { restoreTimeCheck } from "../restore-test/restore-time.ts";
import { scratchHost } from "../restore-test/scratch-host.ts";
import type { RecoveryKey } from "../seal/recovery-key.ts";
import type { Source } from "../store/object-store.ts";
import { judgeResidency } from "../store/residency.ts";
import type { Call } from "./command.ts";
import { loadRecoveryKeys } from "./recovery-keys.ts";
import { openTrustedSource } from "./trusted-source.ts";

/** What is the same for every cluster's drill. */
export interface Bench {
  config: RestoreTestConfig;
  source: Source;
  trust: Trust;
  recoveryKeys: RecoveryKey[];
  /** Of the recovery keys, such as one that expires soon. */
  findings: Finding[];
  jobs: number;
  /** What scratch servers must not see; undefined: that was not wanted. */
  hide: Confinement | undefined;
}

/** Throws CONFIG_INVALID when there is nothing to test or prove, RECOVERY_KEY_…, KEY_FILE_…, SECRET_MISSING. */
export async function openBench(call: Call, config: RestoreTestConfig): Promise<Bench> {
  demand(config.clusters.length > 0, "clusters", "name the clusters whose backups are to be restored here");
  demand(config.recovery_keys.length > 0, "recovery_keys", "pin the recovery keys that are to be proved");
  const { keys, findings } = await loadRecoveryKeys(config.recovery_keys, call.now(), "tell");
  const { source, trust } = await openTrustedSource(config, call.env);
  const jobs = config.scratch.jobs ?? availableParallelism();
  const hide = config.scratch.confine ? hiddenFrom(config, call.env) : undefined;
  return { config, source, trust, recoveryKeys: keys, findings, jobs, hide };
}

/** The request of one cluster's drill, but for what to test and who watches. */
export function drillRequest(
  bench: Bench,
  cluster: TestedCluster,
  past: DrillPoint[],
  now: () => Date,
): Pick<
  DrillRequest,
  | "source"
  | "trust"
  | "cluster"
  | "expectation"
  | "pinned"
  | "judgeCountry"
  | "scratch"
  | "checking"
  | "jobs"
  | "now"
> {
  const { config, source, trust, recoveryKeys, jobs, hide } = bench;
  const { directory, programs, memory, reserve, settings } = config.scratch;
  return {
    source,
    trust,
    cluster: cluster.name,
    expectation: { every: cluster.backup_every, grace: cluster.grace },
    pinned: recoveryKeys,
    judgeCountry: (country) =>
      void judgeResidency({ destination: config.source.name, country, offsite: config.source.off_site }),
    scratch: scratchHost({
      folder: directory,
      hide,
      programs,
      memory,
      reserve,
      jobs,
      settings,
      takeOver: meaningfulSettings,
    }),
    checking: checking(bench, cluster, past, now),
    jobs,
    now,
  };
}

function checking({ trust }: Bench, cluster: TestedCluster, past: DrillPoint[], now: () => Date): Checking {
  const { drift } = cluster;
  const rtoSeconds = cluster.rto === undefined ? undefined : cluster.rto / 1000;
  const green = past.filter((point) => point.cluster === cluster.name && point.verdict !== "failed");
  return {
    rtoSeconds,
    ofDatabase: (database, parts, { manifest }, settings) => {
      const { name } = cluster;
      const { backupId, source } = manifest;
      const expected = {
        cluster: name,
        backupId,
        systemIdentifier: source.systemIdentifier,
        trusted: trust.keys,
      };
      return databaseChecks(
        cluster,
        cluster.databases.find((one) => one.name === database.name),
        {
          roundTrip: roundTripCheck(parts, { settings }),
          canary: cluster.canary === database.name ? canaryCheck(expected) : undefined,
        },
      );
    },
    ofServer: ({ settings, databases }) => [
      settingsCheck(settings),
      ...(cluster.canary === undefined || databases.some(({ name }) => name === cluster.canary)
        ? []
        : [missingCanary(cluster.canary)]),
      ...cluster.databases
        .filter(({ name }) => !databases.some((database) => database.name === name))
        .map(({ name }) => missingDatabase(name)),
    ],
    ofMeasures: (measures) => [
      driftCheck(
        measures,
        green.map((point) => point.measures),
        drift,
      ),
      ...(measures.restoreSeconds === undefined
        ? []
        : [restoreTimeCheck(measures.restoreSeconds, rtoSeconds, restoreTimes(green), now())]),
    ],
  };
}

/** A backup without the database of the canary is the very one that must not pass. */
function missingCanary(database: string): Check {
  return { name: "canary", run: async () => canaryWithoutDatabase(database) };
}

/** Checks of a database that is not there would otherwise just not be made. */
function missingDatabase(database: string): Check {
  const problem = "the configuration has checks of this database, and the backup does not hold it";
  return { name: "rows", run: async () => judged({ name: "rows", database }, {}, [problem]) };
}

function restoreTimes(points: DrillPoint[]): { at: Date; seconds: number }[] {
  return points.flatMap(({ at, measures }) =>
    measures.restoreSeconds === undefined ? [] : [{ at, seconds: measures.restoreSeconds }],
  );
}

/** Everything that this host knows and a server that runs other people's code need not. */
function hiddenFrom(config: RestoreTestConfig, env: NodeJS.ProcessEnv): Confinement {
  const keys = dirname(config.signing_key);
  return {
    folders: [
      config.state_directory,
      ...(config.day_keys === undefined ? [] : [config.day_keys.directory]),
      ...(env["CREDENTIALS_DIRECTORY"] === undefined ? [] : [env["CREDENTIALS_DIRECTORY"]]),
      // A folder such as /etc holds what the server needs; then the files by themselves have to do.
      ...(keys.split("/").length > 2 ? [keys] : []),
    ],
    files: [config.signing_key, ...secretFiles(config)],
  };
}

/** The files that the configuration names as places of secrets. */
function secretFiles(part: unknown): string[] {
  if (typeof part !== "object" || part === null) return [];
  const { file } = part as { file?: unknown };
  return [...(typeof file === "string" ? [file] : []), ...Object.values(part).flatMap(secretFiles)];
}

function demand(holds: boolean, key: string, todo: string): void {
  if (!holds) throw new Fault("CONFIG_INVALID", `${key}: missing`, `In the configuration, ${todo}.`);
}
