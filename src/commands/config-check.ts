/** `lakat config check`: the configuration, the files it names and the secrets it points at. */
import type { Config, Destination, SecretPlace } from "../config.ts";
import { Fault } from "../fault.ts";
import { collectFaults } from "./collected-faults.ts";
import type { Call, Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfig } from "./config-file.ts";
import { judgeDeclared, openSource } from "./destinations.ts";
import { trustedProxies } from "../auth/client-address.ts";
import { settingsOf } from "./gateway-settings.ts";
import { readGatewaySecrets } from "./read-gateway-secrets.ts";
import { readSigningKey, readVerifyKey } from "./key-files.ts";
import { loadRecoveryKeys } from "./recovery-keys.ts";
import { readSecret } from "./secrets.ts";

export const command: Command = {
  usage: `[options]\n\n${CONFIG_USAGE}`,
  options: CONFIG_OPTION,
  async run(call) {
    const { config, file } = await loadConfig(call);
    const { faults, attempt } = collectFaults();
    if (config.role === "gateway") {
      await attempt(() => readGatewaySecrets(config, call.env));
      await attempt(async () => trustedProxies(config.trusted_proxies));
      await attempt(async () => settingsOf(config));
      await attempt(() => secretAt(config.postgres.password, "postgres.password", call));
    } else if (config.role !== "prune") {
      await attempt(() => readSigningKey(config.signing_key));
      for (const entry of config.recovery_keys) await attempt(() => loadRecoveryKeys([entry], call.now()));
    }
    for (const path of publicKeysOf(config)) await attempt(() => readVerifyKey(path));
    for (const entry of storesOf(config)) await attempt(() => openSource(entry, call.env));
    if (config.role === "backup") {
      for (const entry of config.destinations) await attempt(() => judgeDeclared(entry));
      await attempt(() => secretAt(config.postgres.password, "postgres.password", call));
    }
    if (config.role === "restore-test") {
      const { mail, webhook, ping } = config.reports;
      await attempt(() => secretAt(mail?.password, "reports.mail.password", call));
      await attempt(() => secretAt(webhook, "reports.webhook", call));
      await attempt(() => secretAt(ping, "reports.ping", call));
    }
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

async function secretAt(place: SecretPlace | undefined, what: string, call: Call): Promise<void> {
  if (place !== undefined) await readSecret(place, what, call.env);
}

function publicKeysOf(config: Config): string[] {
  if (config.role === "backup")
    return config.restore_test === undefined ? [] : [config.restore_test.public_key];
  if (config.role === "gateway")
    return config.board === undefined ? [] : [...config.board.backup_hosts, ...config.board.restore_tests];
  return config.role === "prune" ? [...config.backup_hosts, ...config.restore_tests] : config.backup_hosts;
}

function storesOf(config: Config): Destination[] {
  if (config.role === "backup") return config.destinations;
  if (config.role === "gateway") return [];
  return [config.role === "prune" ? config.store : config.source];
}
