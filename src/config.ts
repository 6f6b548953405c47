/**
 * Configuration: one YAML file for each host role. Pure: text in, a checked Config or one Fault with every
 * mistake at once out. Secrets are never inline; the file only says where they lie.
 */
import { parseDocument, type Document } from "yaml";
import { z } from "zod";
import { backupRole } from "./config/backup.ts";
import { gatewayRole } from "./config/gateway.ts";
import { mistakes } from "./config/mistakes.ts";
import { pruneRole } from "./config/prune.ts";
import { restoreTestRole } from "./config/restore-test.ts";
import { Fault, firstLine } from "./fault.ts";

export type { BackupConfig, PostgresConfig } from "./config/backup.ts";
export { parseDestination, type Destination, type S3Destination } from "./config/destination.ts";
export type { RecoveryKeyEntry, SecretPlace } from "./config/fields.ts";
export type { ApplicationConfig, GatewayConfig } from "./config/gateway.ts";
export type { PruneConfig } from "./config/prune.ts";
export type { RestoreTestConfig, TestedCluster } from "./config/restore-test.ts";

const config = z.discriminatedUnion("role", [backupRole, restoreTestRole, pruneRole, gatewayRole], {
  error: 'role must be "backup", "restore-test", "prune" or "gateway"',
});
export type Config = z.output<typeof config>;

/** JSON Schema (2020-12) of the configuration file, for editors. */
export function configSchema(): object {
  return z.toJSONSchema(config, { io: "input" });
}

/**
 * Reads a configuration. `file` is only named in messages.
 * Throws CONFIG_INVALID with every mistake, one a line after the first.
 */
export function parseConfig(text: string, file: string): Config {
  const document = parseDocument(text, { uniqueKeys: true, strict: true });
  const refuse = (list: string[]): Fault =>
    new Fault(
      "CONFIG_INVALID",
      `${file} has ${list.length === 1 ? "a mistake" : `${list.length} mistakes`}: ${list.join("; ")}`,
      "Correct the file and try `lakat config check` again.",
    );
  if (document.errors.length > 0)
    throw refuse(document.errors.map((e) => firstLine(e.message).replace(/:$/, "")));
  const result = config.safeParse(valueOf(document, refuse) ?? {});
  if (!result.success) throw refuse(mistakes(result.error));
  const repeated = repeatedNames(result.data);
  if (repeated.length > 0) throw refuse(repeated);
  return result.data;
}

function valueOf(document: Document.Parsed, refuse: (list: string[]) => Fault): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    // What the library says repeats the word after the asterisk, which may be an unquoted password.
    throw refuse([
      "an alias (*name) is used without its anchor, or too often; quote a value that begins with *",
    ]);
  }
}

function repeatedNames(config: Config): string[] {
  if (config.role === "gateway") return [];
  const lists: [string, string[]][] = [];
  if (config.role !== "prune") {
    lists.push(["recovery_keys", config.recovery_keys.map((key) => key.name)]);
    lists.push(["recovery_keys", config.recovery_keys.map((key) => key.fingerprint)]);
  }
  if (config.role === "backup") lists.push(["destinations", config.destinations.map((d) => d.name)]);
  else lists.push(["clusters", config.clusters.map((cluster) => cluster.name)]);
  return lists.flatMap(([path, values]) =>
    values.filter((value, i) => values.indexOf(value) < i).map((value) => `${path}: ${value} is there twice`),
  );
}
