/** Wires the store that a restore-test host reads, and whose manifests in it count. */
import type { RestoreTestConfig } from "../config.ts";
import type { Trust } from "../restore-test/read-manifest.ts";
import type { Source } from "../store/object-store.ts";
import { openSource } from "./destinations.ts";
import { readVerifyKeys } from "./key-files.ts";

/** Throws SECRET_MISSING, CONFIG_INVALID and KEY_FILE_…. */
export async function openTrustedSource(
  config: Pick<RestoreTestConfig, "source" | "backup_hosts">,
  env: NodeJS.ProcessEnv,
): Promise<{ source: Source; trust: Trust }> {
  const keys = await readVerifyKeys(config.backup_hosts);
  return { source: await openSource(config.source, env), trust: { keys, acceptUnverified: false } };
}
