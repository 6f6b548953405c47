/** `lakat config schema`: for editors that check YAML while it is written. */
import { configSchema } from "../config.ts";
import type { Command } from "./command.ts";

export const command: Command = {
  usage: "",
  options: {},
  run: async () => {
    const schema = configSchema();
    return { text: JSON.stringify(schema, null, 2), json: { schema }, findings: [] };
  },
};
