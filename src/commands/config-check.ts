/** `lakat config check`: the configuration, the files it names and the secrets it points at. */
import { asFault, Fault } from "../fault.ts";
import { signingKeyFromPem, verifyKeyFromPem } from "../seal/signing-key.ts";
import type { Call, Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfig } from "./config-file.ts";
import { judgeDeclared, openSource } from "./destinations.ts";
import { readPrivateFile, readPublicFile } from "./key-files.ts";
import { loadRecoveryKeys } from "./recovery-keys.ts";
import { readSecret } from "./secrets.ts";

export const command: Command = {
  usage: `[options]\n\n${CONFIG_USAGE}`,
  options: CONFIG_OPTION,
  async run(call) {
    const { config, file } = await loadConfig(call);
    const faults: Fault[] = [];
    const attempt = async <T>(look: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await look();
      } catch (error) {
        faults.push(asFault(error));
        return undefined;
      }
    };
    await attempt(async () => signingKeyFromPem(await privateText(config.signing_key)));
    for (const entry of config.recovery_keys) await attempt(() => loadRecoveryKeys([entry], call.now()));
    const publicKeys =
      config.role === "backup"
        ? config.restore_test === undefined
          ? []
          : [config.restore_test.public_key]
        : config.backup_hosts;
    for (const path of publicKeys)
      await attempt(async () => verifyKeyFromPem((await readPublicFile(path)).toString("utf8")));
    for (const entry of config.role === "backup" ? config.destinations : [config.source])
      await attempt(() => openSource(entry, call.env));
    for (const entry of config.role === "backup" ? config.destinations : [])
      await attempt(() => judgeDeclared(entry));
    if (config.role === "backup") await attempt(() => passwordOf(config.postgres.password, call));
    if (faults.length > 0)
      throw new Fault(
        "CONFIG_INVALID",
        `${file}: ${faults.map((fault) => `${fault.code}: ${fault.message}`).join("; ")}`,
        [...new Set(faults.map((fault) => fault.todo))].join(" "),
      );
    const { findings } =
      config.role === "backup" ? await loadRecoveryKeys(config.recovery_keys, call.now()) : { findings: [] };
    return {
      text: `${file}: a valid configuration for the role ${config.role}`,
      json: { file, role: config.role },
      findings,
    };
  },
};

async function privateText(path: string): Promise<string> {
  return (await readPrivateFile(path)).toString("utf8");
}

async function passwordOf(place: Parameters<typeof readSecret>[0] | undefined, call: Call): Promise<void> {
  if (place !== undefined) await readSecret(place, "postgres.password", call.env);
}
