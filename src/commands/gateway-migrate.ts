/** `lakat gateway migrate`: brings the gateway's database to what this version works with. */
import { migrate } from "../auth/store/migrate.ts";
import type { Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { asGatewayFault, openGatewayPool } from "./gateway-database.ts";

export const command: Command = {
  usage: `[options]\n\n${CONFIG_USAGE}`,
  options: CONFIG_OPTION,
  async run(call) {
    const config = await loadConfigFor(call, "gateway");
    const pool = await openGatewayPool(config, call.env, 2);
    try {
      const applied = await migrate(pool, call.now());
      const text =
        applied.length === 0 ? "nothing to do: the database is up to date" : `applied: ${applied.join(", ")}`;
      return { text, json: { applied }, findings: [] };
    } catch (error) {
      throw asGatewayFault(error, config);
    } finally {
      await pool.end();
    }
  },
};
