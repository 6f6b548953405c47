/** `lakat restore`: from the bucket and the key out of the safe back to a running server, or to a folder. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { Fault } from "../fault.ts";
import { programsFor } from "../postgres/programs.ts";
import type { Backup } from "../restore-test/catalogue.ts";
import { postgresTarget } from "../restore-test/postgres-target.ts";
import { disabledSubscriptions, rolesWithoutPassword } from "../restore-test/globals.ts";
import { restore } from "../restore-test/restore.ts";
import { sealedBytes, theObject } from "../restore-test/sealed-object.ts";
import { examineTarget } from "../restore-test/target.ts";
import { openIntoDirectory } from "../restore-test/to-directory.ts";
import { backupKeyFrom, unlockBackupKey } from "../restore-test/unlock.ts";
import { totalSize } from "../seal/manifest.ts";
import { needsPassphrase, parseIdentity } from "../seal/recovery-identity.ts";
import type { Source } from "../store/object-store.ts";
import { flag, text, texts, type Call, type Command, type Outcome } from "./command.ts";
import { readPrivateFile } from "./key-files.ts";
import { BACKUP_OPTIONS, chosenBackup } from "./one-backup.ts";
import { STORE_USAGE } from "./open-store.ts";
import { readPassphrase } from "./passphrase.ts";
import { durationText, progressLine, sizeText, type ProgressLine } from "./progress.ts";
import { connectionFromUri } from "./connection-uri.ts";
import { table } from "../report/table.ts";

export const command: Command = {
  usage: `[BACKUP] (--identity FILE | --backup-key FILE)
                     (--to URI | --to-directory DIR) [options]

  BACKUP               its id or the beginning of it; default: the newest
  --cluster NAME       only this cluster's backups
  --identity FILE      recovery private key: age identity, or RSA in PEM
                       (encrypted or not); may be given several times
  --passphrase-file F  its passphrase; otherwise asked for at the terminal
  --backup-key FILE    instead: this backup's own key, carried from the offline
                       machine (age -d -i recovery.key key.age > backup.key)
  --to URI             postgres://user@host:port: the whole cluster, databases
                       under their own names; postgres://…/name: one database
                       into that one. PGPASSWORD gives the password.
  --database NAME      only this database
  --to-directory DIR   the opened parts and a script that loads them
  --jobs N             streams at once; default: the cores
  --no-globals         leave out roles and tablespaces. Otherwise roles that the
                       target has get the attributes of the backup, or, with one
                       database, stay as they are.
  --no-tablespaces     put everything into the default tablespace
  --keep-partial       keep what was loaded when a restore fails
  --destroy-existing-data
                       drop databases of the target that are in the way
${STORE_USAGE}`,
  options: {
    ...BACKUP_OPTIONS,
    identity: { type: "string", multiple: true },
    "passphrase-file": { type: "string" },
    "backup-key": { type: "string" },
    to: { type: "string" },
    "to-directory": { type: "string" },
    database: { type: "string" },
    jobs: { type: "string" },
    "no-globals": { type: "boolean" },
    "no-tablespaces": { type: "boolean" },
    "keep-partial": { type: "boolean" },
    "destroy-existing-data": { type: "boolean" },
  },
  positionals: 1,
  run,
};

/** What means nothing to --to-directory; passed over in silence, it would look as if it had been done. */
const ONLY_WITH_TO = [
  "database",
  "jobs",
  "no-globals",
  "no-tablespaces",
  "keep-partial",
  "destroy-existing-data",
] as const;

const UNVERIFIED = `WARNING: nobody vouches for this backup. Whoever can write to the store may have made it.

`;

async function run(call: Call): Promise<Outcome> {
  const to = text(call, "to");
  const folder = text(call, "to-directory");
  if ((to === undefined) === (folder === undefined))
    throw new Fault(
      "USAGE",
      "say where to restore to",
      "Give --to postgres://… or --to-directory FOLDER, and not both.",
    );
  const idle = folder === undefined ? undefined : ONLY_WITH_TO.find((option) => option in call.values);
  if (idle !== undefined)
    throw new Fault(
      "USAGE",
      `--${idle} has no meaning with --to-directory`,
      "Leave it out; the whole backup is opened, and load.sh can be edited before it is run.",
    );
  if ((texts(call, "identity").length === 0) === (text(call, "backup-key") === undefined))
    throw new Fault(
      "USAGE",
      "a key is needed",
      "Give --identity with a recovery key, or --backup-key with this backup's own, and not both.",
    );
  const began = call.now().getTime();
  const { store, backup } = await chosenBackup(call);
  const backupKey = await backupKeyOf(call, store.source, backup);
  const only = text(call, "database");
  const total = backup.manifest.objects
    .filter(({ database }) => only === undefined || database === undefined || database === only)
    .reduce((sum, { size }) => sum + size, 0);
  const line = progressLine(call.stderr, total, () => call.now().getTime());
  const elapsed = (): number => (call.now().getTime() - began) / 1000;
  const took = (): string => durationText(elapsed());
  try {
    const outcome =
      folder === undefined
        ? await intoServer(call, store.source, backup, backupKey, to ?? "", line, took)
        : await intoFolder(call, store.source, backup, backupKey, resolve(folder), line, took);
    const seconds = elapsed();
    line.end();
    return {
      ...outcome,
      findings: backup.findings,
      text: (backup.verified ? "" : UNVERIFIED) + outcome.text,
      json: { verified: backup.verified, ...outcome.json, seconds },
    };
  } finally {
    line.end();
  }
}

async function backupKeyOf(call: Call, source: Source, backup: Backup): Promise<string> {
  const file = text(call, "backup-key");
  if (file !== undefined) return backupKeyFrom((await readPrivateFile(file)).toString("utf8"), file);
  const identities = [];
  for (const path of texts(call, "identity")) {
    const bytes = await readPrivateFile(path);
    const passphrase = needsPassphrase(bytes)
      ? await readPassphrase(call, text(call, "passphrase-file"), `Passphrase of ${path}`)
      : undefined;
    identities.push((await parseIdentity(bytes, passphrase)).identity);
  }
  return unlockBackupKey(
    await sealedBytes(source, backup, theObject(backup, "key"), call.signal),
    identities,
  );
}

async function intoServer(
  call: Call,
  source: Source,
  backup: Backup,
  backupKey: string,
  uri: string,
  line: ProgressLine,
  took: () => string,
): Promise<Outcome> {
  const { connection, database: into } = connectionFromUri(uri, call.env);
  const databases = backup.manifest.source.databases.map(({ name }) => name);
  const database = text(call, "database") ?? (into === undefined ? undefined : onlyOne(databases));
  const jobs = jobsOf(call);
  const target = await examineTarget(connection, call.signal);
  const dumped = Number.parseInt(backup.manifest.tools.pgDump, 10);
  const programs = await programsFor(Math.max(target.major, dumped));
  const restored = await restore({
    source,
    backup,
    backupKey,
    target: postgresTarget({
      connection,
      programs: programs.bin,
      maintenance: target.maintenance,
      jobs,
      noTablespaces: flag(call, "no-tablespaces"),
    }),
    database,
    into,
    globals: !flag(call, "no-globals"),
    destroyExistingData: flag(call, "destroy-existing-data"),
    keepPartial: flag(call, "keep-partial"),
    jobs,
    watch: {
      phase: (name) => line.phase(name),
      stream: (change) => line.streams(change),
      bytes: (count) => line.bytes(count),
    },
    signal: call.signal,
  });
  const rows = restored.map(({ name, into: as, tables, rows: n }) => [name, as, String(tables), String(n)]);
  const waiting = await rolesWithoutPassword(connection, target.maintenance, call.signal);
  const names = restored.map(({ into: as }) => as);
  const subscriptions = await disabledSubscriptions(connection, target.maintenance, names, call.signal);
  const lines = [
    `backup ${backup.manifest.backupId} of ${backup.manifest.cluster} restored in ${took()}; every row count is that of the snapshot`,
    "",
    table(["DATABASE", "RESTORED AS", "TABLES", "ROWS"], rows),
    "",
    ...(waiting.length === 0
      ? ["Next:"]
      : [`Next: set the passwords of the roles ${waiting.join(", ")} (a backup holds no passwords),`]),
    ...(subscriptions.length === 0
      ? []
      : [
          `enable the subscriptions ${subscriptions.join(", ")} when nobody else is subscribed in their place,`,
        ]),
    ...(into === undefined || restored.every(({ name }) => name === into)
      ? []
      : [
          `give ${into} its owner, rights and settings (under another name than its own it has none of them),`,
        ]),
    "take over postgresql.conf and pg_hba.conf, which no backup holds, point the applications here,",
    "and put the recovery key back into the safe.",
  ];
  return {
    text: lines.join("\n"),
    json: {
      backupId: backup.manifest.backupId,
      databases: restored,
      rolesWithoutPassword: waiting,
      disabledSubscriptions: subscriptions,
    },
    findings: [],
  };
}

async function intoFolder(
  call: Call,
  source: Source,
  backup: Backup,
  backupKey: string,
  folder: string,
  line: ProgressLine,
  took: () => string,
): Promise<Outcome> {
  line.phase("open");
  const files = await openIntoDirectory(
    source,
    backup,
    backupKey,
    folder,
    (bytes) => line.bytes(bytes),
    call.signal,
  );
  const bytes = totalSize(backup.manifest.objects);
  const lines = [
    `backup ${backup.manifest.backupId} of ${backup.manifest.cluster} (${sizeText(bytes)} sealed) opened into ${folder} in ${took()}`,
    `Next: PGHOST=… PGUSER=… ${folder}/load.sh, and remove the folder when done: it is readable.`,
  ];
  return {
    text: lines.join("\n"),
    json: { backupId: backup.manifest.backupId, folder, files },
    findings: [],
  };
}

function onlyOne(databases: string[]): string {
  const [one, ...others] = databases;
  if (one === undefined || others.length > 0)
    throw new Fault(
      "USAGE",
      `the backup holds ${databases.length} databases, the target is one`,
      `Say which with --database (${databases.join(", ")}), or leave the name out of the URI.`,
    );
  return one;
}

function jobsOf(call: Call): number {
  const given = text(call, "jobs");
  if (given === undefined) return availableParallelism();
  if (!/^[1-9]\d?$/.test(given))
    throw new Fault("USAGE", `--jobs ${given} is not a number from 1 to 99`, "Give a number.");
  return Number(given);
}
