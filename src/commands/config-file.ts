/** Adapter: loads the configuration file a command was given. */
import { readFile } from "node:fs/promises";
import { parseConfig, type Config } from "../config.ts";
import { errno, Fault } from "../fault.ts";
import { text, type Call } from "./command.ts";

export const CONFIG_OPTION = { config: { type: "string", short: "c" } } as const;
export const CONFIG_USAGE = "  -c, --config FILE    default: $LAKAT_CONFIG, or /etc/lakat/lakat.yaml";

/** The checked configuration and where it lies. Throws CONFIG_UNREADABLE or CONFIG_INVALID. */
export async function loadConfig(call: Call): Promise<{ config: Config; file: string }> {
  const file = text(call, "config") ?? call.env["LAKAT_CONFIG"] ?? "/etc/lakat/lakat.yaml";
  let source: string;
  try {
    source = await readFile(file, "utf8");
  } catch (error) {
    throw new Fault(
      "CONFIG_UNREADABLE",
      `cannot read the configuration ${file} (${errno(error) ?? "unreadable"})`,
      "Name it with --config, or create it (see README).",
      { cause: error },
    );
  }
  return { config: parseConfig(source, file), file };
}

/** The configuration, which must be for this role. Throws CONFIG_INVALID when it is for another. */
export async function loadConfigFor<R extends Config["role"]>(
  call: Call,
  role: R,
): Promise<Extract<Config, { role: R }>> {
  const { config, file } = await loadConfig(call);
  if (config.role !== role)
    throw new Fault(
      "CONFIG_INVALID",
      `${file} is for the role ${config.role}, this command is for ${role}`,
      `Run it on the ${role} host, or name its configuration with --config.`,
    );
  return config as Extract<Config, { role: R }>;
}
