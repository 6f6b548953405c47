/** The hosts' configurations as the quickstart writes them: short, with no more than differs from the examples. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { BUCKET, PREFIX, type AccessKey, type Store } from "./servers.ts";

/** The answer of `lakat keys recovery new`. */
export interface RecoveryKeyMade {
  name: string;
  fingerprint: string;
  recipient?: string;
  files: { public: string };
}

/** Writes a host's folder, closed to others, with its configuration and its secrets in files. */
export async function writeHost(
  folder: string,
  config: object,
  secrets: Record<string, string>,
): Promise<void> {
  await mkdir(join(folder, "secrets"), { recursive: true, mode: 0o700 });
  for (const [name, secret] of Object.entries(secrets))
    await writeFile(join(folder, "secrets", name), secret, { mode: 0o600 });
  await writeFile(join(folder, "lakat.yaml"), stringify(config));
}

/** Secrets for writeHost() that the store's part of each configuration names. */
export function storeSecrets({ accessKeyId, secretAccessKey }: AccessKey): Record<string, string> {
  return { "s3-key-id": accessKeyId, "s3-secret": secretAccessKey };
}

interface Places {
  /** Folder of the quickstart. */
  root: string;
  store: Store;
  recoveryKeys: RecoveryKeyMade[];
}

export function backupHost({ root, store, recoveryKeys }: Places, postgres: { host: string; port: number }) {
  const own = join(root, "backup-host");
  return {
    role: "backup",
    cluster: "crm",
    postgres: {
      ...postgres,
      user: "lakat",
      password: { file: join(own, "secrets/pg-password") },
      only: ["crm"],
    },
    signing_key: join(own, "host.key"),
    state_directory: join(own, "state"),
    recovery_keys: recoveryKeys.map((key) => pinned(root, key)),
    restore_test: { public_key: join(root, "restore-test-host/host.pub") },
    destinations: [{ ...bucket(own, store), lock: { days: 30 } }],
    canary: { database: "crm" },
  };
}

export function restoreTestHost({ root, store, recoveryKeys }: Places, mailPort: number) {
  const own = join(root, "restore-test-host");
  return {
    role: "restore-test",
    signing_key: join(own, "host.key"),
    day_keys: { directory: join(own, "day-keys") },
    backup_hosts: [join(root, "backup-host/host.pub")],
    recovery_keys: recoveryKeys.map((key) => pinned(root, key)),
    source: { ...bucket(own, store), lock: { days: 30 } },
    state_directory: join(own, "state"),
    clusters: [
      {
        name: "crm",
        rto: "4h",
        canary: "crm",
        databases: [
          {
            name: "crm",
            assertions: [
              { name: "some-companies", sql: "SELECT count(*) FROM crm.companies", at_least: 10 },
              {
                name: "no-deal-without-company",
                sql: "SELECT id FROM crm.deals WHERE company_id IS NULL",
                no_rows: true,
              },
            ],
          },
        ],
      },
    ],
    scratch: { directory: join(own, "scratch"), memory: "256MiB", reserve: "64MiB" },
    reports: {
      mail: {
        host: "localhost",
        port: mailPort,
        security: "none",
        from: "lakat@localhost",
        to: ["ops@localhost"],
        send: "trouble",
      },
    },
  };
}

export function pruneHost({ root, store }: Places) {
  const own = join(root, "prune-host");
  return {
    role: "prune",
    store: bucket(own, store),
    backup_hosts: [join(root, "backup-host/host.pub")],
    restore_tests: [join(root, "restore-test-host/host.pub")],
    clusters: [{ name: "crm", keep: { daily: 30, weekly: 12, monthly: 12, yearly: 3, least: 7 } }],
  };
}

function bucket(own: string, { endpoint }: Store) {
  return {
    type: "s3",
    name: "frankfurt",
    bucket: BUCKET,
    region: "eu-central-1",
    country: "DE",
    endpoint,
    path_style: true,
    prefix: PREFIX,
    access_key_id: { file: join(own, "secrets/s3-key-id") },
    secret_access_key: { file: join(own, "secrets/s3-secret") },
  };
}

function pinned(root: string, { name, fingerprint, recipient, files }: RecoveryKeyMade) {
  return recipient === undefined
    ? { name, certificate: join(root, files.public), fingerprint }
    : { name, recipient, fingerprint };
}
