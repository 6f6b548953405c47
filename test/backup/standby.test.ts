/** A standby as the source, so that the primary is spared. */
import { spawn } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { backupHost } from "../fixtures/backup-host.ts";
import { until } from "../fixtures/processes.ts";
import { withPostgres } from "../fixtures/postgres.ts";

const server = await withPostgres(t);
const crm = await server.freshDatabase("crm");
await crm.query(`
  CREATE TABLE t AS SELECT generate_series(1, 5) AS n;
  CREATE UNLOGGED TABLE cache AS SELECT 1 AS n;
  SELECT lo_from_bytea(0, 'a document')`);

/** Starts the server again as a standby that follows nobody. */
async function startAsStandby(): Promise<void> {
  await server.stop();
  const data = join(server.folder, "data");
  const { uid, gid } = await stat(data);
  await writeFile(join(data, "standby.signal"), "");
  const options = ["-p", String(server.port), "-c", "listen_addresses=127.0.0.1"];
  const child = spawn(
    join(server.programs, "postgres"),
    ["-D", data, "-c", `unix_socket_directories=${data}`, ...options],
    { stdio: "ignore", cwd: "/", ...(process.getuid?.() === 0 ? { uid, gid } : {}) },
  );
  const gone = new Promise((resolve) => child.once("exit", resolve));
  t.teardown(async () => {
    child.kill("SIGINT");
    await gone;
  });
  await until("the standby to answer", () =>
    crm.query("SELECT").then(
      () => true,
      () => false,
    ),
  );
}

t.test("is backed up, and what it cannot have is named", async (t) => {
  await startAsStandby();
  const host = await backupHost(t, { ...server, host: "127.0.0.1" });
  const made = await host.backup({ change: (config) => (config["canary"] = { database: "crm" }) });
  t.match(made, {
    exit: 3,
    json: {
      findings: [
        { code: "CANARY_NOT_WRITTEN", what: /the server is a standby/ },
        {
          code: "DUMP_WARNING",
          what: /the dump of crm may lack something: a standby has no rows of unlogged tables \(public\.cache\)/,
        },
      ],
    },
  });
  const target = await withPostgres(t);
  const restored = await host.run(
    ["restore", "--json", "--identity", host.x25519.file, "--to", target.database("").uri],
    { as: "reader" },
  );
  t.equal(restored.exit, 0, restored.stderr);
  t.equal((await target.database("crm").query("SELECT FROM t")).rowCount, 5);
  t.equal((await target.database("crm").query("SELECT FROM cache")).rowCount, 0);
});
