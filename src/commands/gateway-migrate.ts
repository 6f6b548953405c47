/** `lakat gateway migrate`: brings the gateway's database to what this version works with. */
import { SECRET_KEY, secretPrints } from "../auth/secret-prints.ts";
import { migrate } from "../auth/store/migrate.ts";
import { rememberSecret } from "../auth/store/secret-prints.ts";
import { flag, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import { asGatewayFault, openGatewayPool } from "./gateway-database.ts";
import { readGatewaySecrets } from "./read-gateway-secrets.ts";

export const command: Command = {
  usage: `[options]

${CONFIG_USAGE}
  --new-secret-key     secret_key was renewed on purpose, and no node runs:
                       from now on the nodes have this one`,
  options: { ...CONFIG_OPTION, "new-secret-key": { type: "boolean" } },
  async run(call) {
    const config = await loadConfigFor(call, "gateway");
    const secrets = flag(call, "new-secret-key") ? await readGatewaySecrets(config, call.env) : undefined;
    const pool = await openGatewayPool(config, call.env, 2);
    try {
      const applied = await migrate(pool, call.now());
      const print = secrets && secretPrints(secrets).get(SECRET_KEY);
      if (print !== undefined) await rememberSecret(pool, SECRET_KEY, print);
      const text = [
        applied.length === 0 ? "the database is up to date" : `applied: ${applied.join(", ")}`,
        ...(print === undefined ? [] : ["the nodes have this secret_key from now on"]),
      ].join("\n");
      return { text, json: { applied }, findings: [] };
    } catch (error) {
      throw asGatewayFault(error, config);
    } finally {
      await pool.end();
    }
  },
};
