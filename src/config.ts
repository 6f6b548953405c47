/**
 * Configuration: one YAML file for each host role. Pure: text in, a checked Config or one Fault with every
 * mistake at once out. Secrets are never inline; the file only says where they lie.
 */
import { parseDocument, type Document } from "yaml";
import { z } from "zod";
import { Fault, firstLine } from "./fault.ts";
import { bytes, duration } from "./quantity.ts";

const absolutePath = z
  .string()
  .regex(/^\//, "must be an absolute path, such as /etc/lakat/name")
  .meta({ description: "Absolute path" });

/** Where a secret lies; the secret itself never stands in the configuration. */
const secret = z
  .union(
    [
      z.strictObject({ file: absolutePath }),
      z.strictObject({
        env: z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "must be the name of an environment variable"),
      }),
      z.strictObject({ credential: z.string().min(1) }),
    ],
    {
      error:
        "must say where the secret lies: { file: /path } or { env: NAME } or { credential: name } (systemd); a secret is never written here",
    },
  )
  .meta({ description: "Where a secret lies: a file, an environment variable or a systemd credential" });
export type SecretPlace = z.output<typeof secret>;

const fingerprint = z
  .string()
  .regex(
    /^SHA256:[0-9a-f]{64}$/,
    "must be SHA256: and 64 hexadecimal digits, as `lakat keys recovery new` prints it",
  )
  .meta({ description: "SHA-256 over the SubjectPublicKeyInfo" });

const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'must be a two-letter country code, such as "DE"')
  .meta({ description: "ISO 3166-1 alpha-2" });

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be lower-case letters, digits and hyphens, at most 63");

const recoveryKey = z.strictObject({
  name,
  certificate: absolutePath
    .optional()
    .meta({ description: "PEM file of an X.509 certificate with an RSA key" }),
  recipient: z
    .string()
    .regex(/^age1[02-9ac-hj-np-z]{58}$/, "must be an age X25519 recipient (age1…)")
    .optional(),
  fingerprint,
});
const recoveryKeyOneForm = recoveryKey.refine(
  (key) => (key.certificate === undefined) !== (key.recipient === undefined),
  "needs exactly one of certificate (RSA) and recipient (age1…)",
);
export type RecoveryKeyEntry = z.output<typeof recoveryKey>;

const lock = z
  .strictObject({
    mode: z.enum(["COMPLIANCE", "GOVERNANCE"]).default("COMPLIANCE"),
    days: z.int().min(1).max(36500),
  })
  .meta({ description: "S3 Object Lock asked for on every object" });

const transfer = {
  country: country
    .optional()
    .meta({ description: "Where the objects lie; AWS regions are looked up by themselves" }),
  recipient: z
    .string()
    .min(1)
    .default("own organisation")
    .meta({ description: "Who keeps the bytes, for the register" }),
};

const s3Destination = z.strictObject({
  type: z.literal("s3"),
  name,
  bucket: z.string().min(3),
  region: z.string().min(1),
  endpoint: z
    .url({ protocol: /^https?$/, error: "must be a URL, such as https://s3.example.com" })
    .optional(),
  path_style: z.boolean().default(false),
  checksum: z.enum(["crc32", "when-required"]).default("crc32"),
  prefix: z
    .string()
    .regex(/^[^/].*[^/]$|^[^/]$/, "must neither begin nor end with /")
    .optional(),
  access_key_id: secret.optional(),
  secret_access_key: secret.optional(),
  session_token: secret.optional(),
  part_size: bytes.prefault("8MiB"),
  max_parts: z.int().min(100).max(10000).default(10000),
  off_site: z.boolean().default(true).meta({ description: "Off-site copies must lie outside Hungary" }),
  lock: lock.optional(),
  ...transfer,
});

const directoryDestination = z.strictObject({
  type: z.literal("directory"),
  name,
  path: absolutePath,
  prefix: z.string().min(1).optional(),
  off_site: z.boolean().default(false),
  ...transfer,
});

const destination = z.discriminatedUnion("type", [s3Destination, directoryDestination], {
  error: 'must be "s3" or "directory"',
});
export type Destination = z.output<typeof destination>;
export type S3Destination = z.output<typeof s3Destination>;

/** A destination given on the command line, with the same rules and defaults. Throws USAGE. */
export function parseDestination(value: unknown): Destination {
  const result = destination.safeParse(value);
  if (!result.success)
    throw new Fault(
      "USAGE",
      `the store is not rightly named: ${mistakes(result.error).join("; ")}`,
      "See --help.",
    );
  return result.data;
}

const postgres = z.strictObject({
  host: z
    .string()
    .min(1)
    .default("/var/run/postgresql")
    .meta({ description: "Host name, or folder of the socket" }),
  port: z.int().min(1).max(65535).default(5432),
  user: z.string().min(1),
  password: secret.optional(),
  database: z
    .string()
    .min(1)
    .default("postgres")
    .meta({ description: "Where to connect first, to find the databases" }),
  sslmode: z.enum(["disable", "require", "verify-ca", "verify-full"]).optional(),
  sslrootcert: absolutePath.optional(),
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

const log = z
  .strictObject({ level: z.enum(["debug", "info", "warn", "error"]).default("info") })
  .prefault({});

const backupRole = z.strictObject({
  role: z.literal("backup"),
  cluster: name.refine((text) => text !== "day-keys", "is the folder of the day keys"),
  postgres,
  signing_key: absolutePath.meta({ description: "This host's Ed25519 key, from `lakat keys host new`" }),
  recovery_keys: z.array(recoveryKeyOneForm).min(1),
  restore_test: z
    .strictObject({ public_key: absolutePath })
    .optional()
    .meta({ description: "The restore-test host's public key; only day keys signed by it are accepted" }),
  destinations: z.array(destination).min(1),
  data_categories: z.array(z.string().min(1)).default(["customer and contract data"]),
  state_directory: absolutePath.default("/var/lib/lakat"),
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

const restoreTestRole = z.strictObject({
  role: z.literal("restore-test"),
  signing_key: absolutePath,
  day_keys: z
    .strictObject({
      directory: absolutePath.meta({ description: "Where the private halves lie" }),
      ahead: z.int().min(1).max(60).default(7),
      keep: z
        .int()
        .min(1)
        .max(60)
        .default(2)
        .meta({ description: "Days after which a private half is destroyed" }),
    })
    .optional(),
  backup_hosts: z
    .array(absolutePath)
    .min(1)
    .meta({ description: "Public keys of the hosts whose manifests count" }),
  recovery_keys: z.array(recoveryKeyOneForm).default([]),
  source: destination,
});
export type RestoreTestConfig = z.output<typeof restoreTestRole>;

const config = z.discriminatedUnion("role", [backupRole, restoreTestRole], {
  error: 'role must be "backup" or "restore-test"',
});
export type Config = z.output<typeof config>;

/** JSON Schema (2020-12) of the configuration file, for editors. */
export function configSchema(): object {
  return z.toJSONSchema(config, { io: "input" });
}

/** Every mistake as `path: what would be right`, in the order of the file's keys. */
function mistakes(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => {
    const at = (extra?: PropertyKey): string =>
      [...issue.path, ...(extra === undefined ? [] : [extra])].map(String).join(".") || "(top)";
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => firstLine(`${at(key)}: unknown key`));
    if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
      return [`${at()}: missing`];
    return [firstLine(`${at()}: ${issue.message}`)];
  });
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
  const lists: [string, string[]][] = [["recovery_keys", config.recovery_keys.map((key) => key.name)]];
  lists.push(["recovery_keys", config.recovery_keys.map((key) => key.fingerprint)]);
  if (config.role === "backup") lists.push(["destinations", config.destinations.map((d) => d.name)]);
  return lists.flatMap(([path, values]) =>
    values.filter((value, i) => values.indexOf(value) < i).map((value) => `${path}: ${value} is there twice`),
  );
}
