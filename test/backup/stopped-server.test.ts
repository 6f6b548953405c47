/** A server that stops without a word, as a paused machine does: the run ends all the same. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { backupHost } from "../fixtures/backup-host.ts";
import { withPostgres, type Postgres } from "../fixtures/postgres.ts";
import { children, until } from "../fixtures/processes.ts";

const source = await withPostgres(t);
const host = await backupHost(t, source);
const crm = await source.freshDatabase("crm");
await crm.query("CREATE TABLE t AS SELECT generate_series(1, 10) AS n");

/** Stops the whole server; the result lets it go on. */
function stop(server: Postgres): () => void {
  const postmaster = Number(
    readFileSync(join(server.folder, "data", "postmaster.pid"), "utf8").split("\n")[0],
  );
  const stopped = [postmaster, ...children(postmaster, /./).map(({ pid }) => pid)];
  const all = (signal: NodeJS.Signals) => (): void => {
    for (const pid of stopped)
      try {
        process.kill(pid, signal);
      } catch {
        // A session that ended meanwhile.
      }
  };
  all("SIGSTOP")();
  return all("SIGCONT");
}

t.test("in the middle of a dump", async (t) => {
  const { promise: heldUntil, resolve: goOn } = Promise.withResolvers<undefined>();
  const fault = host.s3.fail({
    on: { operation: "PutObject", keyIncludes: "crm/data-01" },
    how: { heldUntil },
  });
  const running = await host.spawn(["backup", "run", "--json"], {
    change: (config) => {
      config.postgres["only"] = ["crm"];
      config["time_limit"] = "5s";
    },
  });
  await until("the store to stall", () => fault.hits > 0);
  const cont = stop(source);
  t.teardown(cont);
  const ran = await Promise.race([running.ended, until("the run to end", () => false)]);
  goOn(undefined);
  cont();
  t.match(ran, { exit: 1, json: { code: "TIME_LIMIT" } });
  t.notOk(host.inBucket().some((key) => key.endsWith("manifest.json")));
  t.equal(host.s3.bucket("backups").uploads.size, 0, "no open upload");
  t.match(await host.backup(), { exit: 0 }, "and the next run succeeds");
});
