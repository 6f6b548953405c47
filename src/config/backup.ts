/** Configuration of a backup host. Pure. */
import { z } from "zod";
import { bytes, duration } from "../quantity.ts";
import { destination } from "./destination.ts";
import {
  absolutePath,
  clusterName,
  evidence,
  log,
  postgresServer,
  postgresTls,
  recoveryKeyOneForm,
} from "./fields.ts";

const postgres = z.strictObject({
  ...postgresServer,
  database: z
    .string()
    .min(1)
    .default("postgres")
    .meta({ description: "Where to connect first, to find the databases" }),
  ...postgresTls,
  programs: absolutePath
    .optional()
    .meta({ description: "Folder of pg_dump and pg_restore; found when not given" }),
  only: z.array(z.string().min(1)).min(1).optional().meta({ description: "Back up only these databases" }),
  except: z.array(z.string().min(1)).default([]).meta({ description: "Databases to leave out" }),
  lock_wait: duration
    .prefault("10min")
    .meta({ description: "How long to wait for a table that somebody else has locked" }),
});
export type PostgresConfig = z.output<typeof postgres>;

export const backupRole = z.strictObject({
  role: z.literal("backup"),
  cluster: clusterName,
  postgres,
  signing_key: absolutePath.meta({ description: "This host's Ed25519 key, from `lakat keys host new`" }),
  recovery_keys: z.array(recoveryKeyOneForm).min(1),
  restore_test: z
    .strictObject({ public_key: absolutePath })
    .optional()
    .meta({ description: "The restore-test host's public key; only day keys signed by it are accepted" }),
  destinations: z.array(destination).min(1),
  data_categories: z.array(z.string().min(1)).default(["customer and contract data"]),
  canary: z
    .strictObject({ database: z.string().min(1) })
    .optional()
    .meta({
      description: "Before each dump a signed row is written into this database; the restore test demands it",
    }),
  state_directory: absolutePath.default("/var/lib/lakat"),
  evidence,
  jobs: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .meta({ description: "Dump streams at once; never more than the cores" }),
  compression_level: z.int().min(1).max(19).default(1),
  memory: bytes
    .prefault("64MiB")
    .meta({ description: "Bytes of upload parts held at once, over all streams" }),
  time_limit: duration.prefault("12h"),
  attempts: z
    .int()
    .min(1)
    .max(10)
    .default(3)
    .meta({ description: "How often a stream that died is started" }),
  log,
});
export type BackupConfig = z.output<typeof backupRole>;
