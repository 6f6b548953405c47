/** What code in a restored database can reach of the host that tests it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import pg from "pg";
import { startScratchCluster } from "../../src/restore-test/scratch-cluster.ts";

const folder = await mkdtemp(join(tmpdir(), "lakat-test-"));
t.teardown(() => rm(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
for (const name of ["", "state", "state/scratch", "state/day-keys", "keys"])
  await mkdir(at(name), { recursive: true, mode: 0o777 });
const { chmod } = await import("node:fs/promises");
for (const name of ["", "state", "state/scratch", "state/day-keys", "keys"]) await chmod(at(name), 0o777);
// Open to everybody, so that only the confinement can be what hides them, also where the tests run as root.
const secrets = ["state/day-keys/today.json", "keys/host.key", "mail.password"];
for (const name of secrets) await writeFile(at(name), "SECRET", { mode: 0o644 });

t.test("a superuser's programs see neither keys nor network nor this process", async (t) => {
  const cluster = await startScratchCluster({
    folder: at("state/scratch"),
    durability: false,
    listen: "socket",
    hide: {
      folders: [at("state"), at("keys"), at("not there")],
      files: [at("mail.password"), at("nor this")],
    },
    signal: new AbortController().signal,
  });
  t.teardown(() => cluster.destroy());
  t.equal(cluster.confined, true);
  const { host, port, user, password } = cluster;
  const client = new pg.Client({ host, port, user, password, database: "postgres" });
  await client.connect();
  /** What a program prints that the server starts, its complaints included. */
  const shell = async (command: string): Promise<string> => {
    await client.query("CREATE TEMP TABLE IF NOT EXISTS said (line text)");
    await client.query("TRUNCATE said");
    await client.query(`COPY said FROM PROGRAM ${pg.escapeLiteral(`{ ${command}; } 2>&1; true`)}`);
    const { rows } = await client.query<{ line: string }>("SELECT line FROM said");
    return rows.map(({ line }) => line).join("\n");
  };
  t.match(await shell("id -u; echo here"), /here/, "programs do run");
  for (const name of secrets) t.notMatch(await shell(`cat ${at(name)}; echo done`), /SECRET/, name);
  t.equal(await shell(`find ${at("state")} ${at("keys")} -type f -not -path '*/lakat-scratch-*'`), "");
  t.notMatch(
    await shell(`umount ${at("keys")}; cat ${at("keys/host.key")}; echo done`),
    /SECRET/,
    "nor takes it away",
  );
  t.notMatch(
    await shell(
      `unshare --user --map-root-user --mount umount ${at("keys")}; unshare -rm cat ${at("keys/host.key")}; echo done`,
    ),
    /SECRET/,
    "also not from within namespaces of its own",
  );
  t.match(await shell(`cat /proc/${process.pid}/environ; echo done`), /Permission denied/);
  t.match(await shell(`ls /proc/${process.pid}/root/; echo done`), /Permission denied/);
  t.notMatch(await shell("cat /proc/net/dev"), /eth|ens|wlan/, "no network but a loopback of its own");
  await client.end();
  await cluster.restart();
  await cluster.destroy();
});

t.test("without anything to hide nothing is confined", async (t) => {
  const cluster = await startScratchCluster({
    folder: at("state/scratch"),
    durability: false,
    listen: "socket",
    signal: new AbortController().signal,
  });
  t.equal(cluster.confined, false);
  await cluster.destroy();
});
