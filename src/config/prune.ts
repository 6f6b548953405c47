/** Configuration of the host that removes old backups. Pure. */
import { z } from "zod";
import { duration } from "../quantity.ts";
import { destination } from "./destination.ts";
import { absolutePath, clusterName } from "./fields.ts";

const count = z.int().min(0).max(10_000);

const keep = z
  .strictObject({
    daily: count.default(30),
    weekly: count.default(12),
    monthly: count.default(12),
    yearly: count.default(3),
    least: z
      .int()
      .min(1)
      .max(10_000)
      .default(7)
      .meta({ description: "Never fewer than these, whatever their age" }),
  })
  .prefault({});
export type Keep = z.output<typeof keep>;

export const pruneRole = z.strictObject({
  role: z.literal("prune"),
  store: destination,
  backup_hosts: z
    .array(absolutePath)
    .min(1)
    .meta({ description: "Public keys of the hosts whose manifests count" }),
  restore_tests: z
    .array(absolutePath)
    .min(1)
    .meta({ description: "Public keys of the restore-test hosts whose reports count" }),
  clusters: z.array(z.strictObject({ name: clusterName, keep })).min(1),
  unfinished_after: duration
    .prefault("7d")
    .meta({ description: "Age at which uploads and backups without a manifest are taken for dead" }),
});
export type PruneConfig = z.output<typeof pruneRole>;
