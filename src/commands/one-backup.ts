/** The one backup that show, verify and restore are about: named on the command line, or the newest. */
import { findBackup, type Backup } from "../restore-test/catalogue.ts";
import { text, type Call } from "./command.ts";
import { openStore, STORE_OPTIONS, STORE_USAGE, type Store } from "./open-store.ts";

export const BACKUP_OPTIONS = { ...STORE_OPTIONS, cluster: { type: "string" } } as const;

export const BACKUP_USAGE = `[BACKUP] [options]

  BACKUP               its id or the beginning of it; default: the newest
  --cluster NAME       only this cluster's
${STORE_USAGE}`;

/** The store and the backup in it. Throws what openStore and findBackup throw. */
export async function chosenBackup(call: Call): Promise<{ store: Store; backup: Backup }> {
  const store = await openStore(call);
  const wanted = { id: call.positionals[0], cluster: text(call, "cluster") ?? store.cluster };
  return { store, backup: await findBackup(store.source, wanted, store.trust, call.signal) };
}
