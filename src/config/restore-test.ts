/** Configuration of a restore-test host. Pure. */
import { z } from "zod";
import { bytes, duration } from "../quantity.ts";
import { destination } from "./destination.ts";
import {
  absolutePath,
  clusterName,
  evidence,
  language,
  log,
  mailServer,
  isSafeMail,
  isWholeLogin,
  HALF_LOGIN,
  name,
  recoveryKeyOneForm,
  secret,
  timeZone,
} from "./fields.ts";

const dayKeys = z.strictObject({
  directory: absolutePath.meta({ description: "Where the private halves lie" }),
  ahead: z.int().min(1).max(60).default(7),
  keep: z
    .int()
    .min(1)
    .max(60)
    .default(2)
    .meta({ description: "Days after which a private half is destroyed" }),
});

const scratch = z
  .strictObject({
    directory: absolutePath
      .default("/var/lib/lakat/scratch")
      .meta({ description: "Where the scratch server's files go; encrypted or memory-backed" }),
    programs: absolutePath
      .optional()
      .meta({ description: "Folder of PostgreSQL's programs; found by major version when not given" }),
    jobs: z.int().min(1).max(64).optional().meta({ description: "Streams and index builds at once" }),
    memory: bytes
      .prefault("1GiB")
      .meta({ description: "What the scratch server's own memory is sized from" }),
    reserve: bytes.prefault("1GiB").meta({ description: "Room that has to stay free beside a restore" }),
    confine: z
      .boolean()
      .default(true)
      .meta({ description: "Hide keys, reports and the network from the scratch server" }),
    settings: z
      .record(z.string().regex(/^[a-z_][a-z0-9_.]*$/, "must be a server parameter's name"), z.string())
      .default({})
      .meta({ description: "Server parameters, over those that lakat sets" }),
    time_limit: duration.prefault("12h").meta({ description: "For one restore test, from pick to destroy" }),
  })
  .prefault({});

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const freshness = z.strictObject({
  table: z.string().min(1).meta({ description: "schema.table" }),
  column: z.string().min(1).meta({ description: "Of a date or timestamp type" }),
  younger_than: duration.meta({ description: "At the time of the backup's snapshot" }),
});

const assertion = z
  .strictObject({
    name,
    sql: z.string().min(1),
    equals: scalar.optional().meta({ description: "The one value it gives" }),
    at_least: z.number().optional(),
    at_most: z.number().optional(),
    no_rows: z.literal(true).optional().meta({ description: "It gives no row" }),
    rows: z.array(z.array(scalar)).optional().meta({ description: "It gives these rows, in this order" }),
  })
  .refine(({ equals, at_least, at_most, no_rows, rows }) => {
    const range = at_least !== undefined || at_most !== undefined;
    return (
      [equals !== undefined, range, no_rows !== undefined, rows !== undefined].filter(Boolean).length === 1
    );
  }, "needs one of equals, at_least and at_most, no_rows, rows");
export type Assertion = z.output<typeof assertion>;

const command = z.strictObject({
  name,
  run: z.array(z.string().min(1)).min(1).meta({ description: "Program and arguments; no shell" }),
  time_limit: duration.prefault("10min"),
});

const testedDatabase = z.strictObject({
  name: z.string().min(1),
  freshness: z.array(freshness).default([]),
  assertions: z.array(assertion).default([]),
  commands: z.array(command).default([]),
});

const testedCluster = z.strictObject({
  name: clusterName,
  backup_every: duration.prefault("24h").meta({ description: "How often a backup is expected" }),
  grace: duration.prefault("6h").meta({ description: "How late a backup, or its restore test, may be" }),
  rto: duration.optional().meta({ description: "How long a restore may take (recovery time objective)" }),
  canary: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Database in which the backup host writes its canary row" }),
  drift: z
    .strictObject({
      shrink: z
        .int()
        .min(1)
        .max(99)
        .default(30)
        .meta({ description: "Percent below the median that is too much" }),
      grow: z.int().min(1).max(100_000).default(200).meta({ description: "Percent above the median" }),
    })
    .prefault({}),
  checks: z
    .strictObject({
      round_trip: z
        .boolean()
        .default(true)
        .meta({ description: "Restored rows, dumped again, are the archive's" }),
      amcheck: z.boolean().default(true).meta({ description: "Tables and B-tree indexes read page by page" }),
      sequences: z.enum(["tell", "demand"]).default("tell").meta({
        description: "demand: a sequence behind its column, at the source as well, is a failure",
      }),
    })
    .prefault({}),
  databases: z.array(testedDatabase).default([]).meta({ description: "Checks of your own, by database" }),
});
export type TestedCluster = z.output<typeof testedCluster>;

const mail = z
  .strictObject({
    ...mailServer,
    to: z.array(z.string().min(3)).min(1),
    send: z
      .enum(["always", "trouble"])
      .default("always")
      .meta({ description: "trouble: of single restore tests only those that are not green" }),
  })
  .refine(isSafeMail, {
    message: "none would send the report and the password in clear; use starttls or tls",
    path: ["security"],
  })
  .refine(isWholeLogin, HALF_LOGIN);

const reports = z
  .strictObject({
    keep: z
      .int()
      .min(90)
      .max(36500)
      .default(400)
      .meta({ description: "Days that reports stay on this host" }),
    language,
    time_zone: timeZone,
    mail: mail.optional(),
    webhook: secret.optional().meta({ description: "URL that every report is posted to as JSON" }),
    metrics_file: absolutePath
      .optional()
      .meta({ description: "Text file for Prometheus' node exporter, ending in .prom" }),
    ping: secret.optional().meta({ description: "URL of a dead man's switch, called when the day is green" }),
  })
  .prefault({});

export const restoreTestRole = z.strictObject({
  role: z.literal("restore-test"),
  signing_key: absolutePath,
  day_keys: dayKeys.optional(),
  backup_hosts: z
    .array(absolutePath)
    .min(1)
    .meta({ description: "Public keys of the hosts whose manifests count" }),
  recovery_keys: z.array(recoveryKeyOneForm).default([]),
  source: destination,
  state_directory: absolutePath.default("/var/lib/lakat"),
  evidence,
  clusters: z.array(testedCluster).default([]).meta({ description: "What is restored and checked" }),
  scratch,
  reports,
  sabotage: z
    .strictObject({ every: duration.prefault("8d") })
    .optional()
    .meta({ description: "The alarm is tested at least so often, or the daily report says so" }),
  log,
});
export type RestoreTestConfig = z.output<typeof restoreTestRole>;
