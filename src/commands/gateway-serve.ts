/** `lakat gateway serve`: one node of the gateway, until it is told to stop. */
import { hostname } from "node:os";
import { startNode } from "../auth/http/serve.ts";
import { auditOn } from "../auth/store/audit.ts";
import type { Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfigFor } from "./config-file.ts";
import {
  asGatewayFault,
  demandMigrated,
  demandSameSecrets,
  openGatewayPool,
  pepperFindings,
} from "./gateway-database.ts";
import { boardParts } from "./gateway-board.ts";
import { nodeOptionsOf } from "./gateway-node.ts";
import { runLog } from "./log.ts";
import { readGatewaySecrets } from "./read-gateway-secrets.ts";
import { VERSION } from "../version.ts";

export const command: Command = {
  usage: `[options]

${CONFIG_USAGE}

Answers until it gets SIGTERM or SIGINT; then it finishes what is under way.
Any number of nodes may run against one database.`,
  options: CONFIG_OPTION,
  async run(call) {
    const config = await loadConfigFor(call, "gateway");
    const secrets = await readGatewaySecrets(config, call.env);
    const options = await nodeOptionsOf(config, secrets);
    const log = runLog(call, config.log.level, `gateway-${process.pid}`);
    const lanes = Math.max(2, Math.floor(config.postgres.connections / 3));
    const pool = await openGatewayPool(config, call.env, config.postgres.connections - lanes);
    const lanePool = await openGatewayPool(config, call.env, lanes);
    try {
      await demandMigrated(pool, config);
      await demandSameSecrets(pool, secrets);
      for (const { code, what, todo } of await pepperFindings(pool, secrets.peppers))
        log.warn({ code, todo }, what);
      const board = await boardParts(config, options.settings, pool, ({ code, message, todo }, address) =>
        log.warn({ code, todo, address }, message),
      );
      const node = await startNode({
        ...options,
        ...board,
        pool,
        lanePool,
        now: call.now,
        log,
        explain: (error) => asGatewayFault(error, config),
      });
      try {
        await node.gateway.store.transact(({ audit }) =>
          audit.append({
            at: call.now(),
            event: "gateway.started",
            outcome: "success",
            actor: { kind: "gateway" },
            details: { version: VERSION, host: hostname() },
          }),
        );
        const head = await auditOn(pool).head();
        // Whoever keeps the log can tell later whether the chain was rewritten.
        log.info(
          { version: VERSION, ports: node.ports, audit_head: `${head.seq}:${head.hash.toString("hex")}` },
          "gateway started",
        );
        if (call.stderr.isTTY === true)
          call.stderr.write(
            `lakat gateway: pages on port ${node.ports.pages}, authz on ${node.ports.authz}\n`,
          );
        await aborted(call.signal);
        log.info({}, "gateway stops");
      } finally {
        await node.stop();
      }
    } catch (error) {
      throw asGatewayFault(error, config);
    } finally {
      await Promise.all([pool.end(), lanePool.end()]);
    }
    return { text: "", json: {}, findings: [] };
  },
};

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
