/** What has a backup's place in the store but not a trusted signature, as a finding. Pure. */
import type { Finding } from "../fault.ts";
import type { Refused } from "../restore-test/catalogue.ts";

/** Names the folder and why its manifest is not trusted. */
export function refusedFinding({ folder, fault }: Refused): Finding {
  return {
    code: "BACKUP_REFUSED",
    what: `${folder} has a manifest that is not trusted (${fault.code}: ${fault.message})`,
    todo: "Find out who wrote it; give --host-key if it is another host of yours.",
  };
}
