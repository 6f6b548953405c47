/** The restore-test host's configuration of day keys, which the three commands on them need. */
import type { RestoreTestConfig } from "../config.ts";
import { Fault } from "../fault.ts";
import type { Call } from "./command.ts";
import { loadConfigFor } from "./config-file.ts";

/** Throws CONFIG_INVALID when the configuration has no part `day_keys`. */
export async function dayKeyConfig(
  call: Call,
): Promise<{ config: RestoreTestConfig; dayKeys: NonNullable<RestoreTestConfig["day_keys"]> }> {
  const config = await loadConfigFor(call, "restore-test");
  if (config.day_keys === undefined)
    throw new Fault(
      "CONFIG_INVALID",
      "day_keys: missing",
      "Add day_keys with its directory to the configuration.",
    );
  return { config, dayKeys: config.day_keys };
}
