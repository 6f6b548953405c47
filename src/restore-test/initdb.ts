/** Adapter: initdb, which makes the files of a cluster. */
import { once } from "node:events";
import { chown, rm, writeFile } from "node:fs/promises";
import { hasEnded, programFailed, startProgram, stopIfAborted, type Cluster } from "./server-process.ts";

/**
 * Fills an empty data folder: one superuser, whose password is needed on every connection (scram-sha-256).
 *
 * @throws PROGRAM_MISSING, PG_FAILED, INTERRUPTED
 */
export async function initdb(cluster: Cluster, encoding: string, locale: string): Promise<void> {
  const { account, data, durability, password, signal, user } = cluster;
  // Standard input will not do: the server's account may not open a pipe that root made.
  const passwordFile = `${data}.password`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: "wx" });
  try {
    if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
    const args = ["-D", data, "-U", user, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    args.push(`--encoding=${encoding}`, `--locale=${locale}`, "--no-instructions");
    if (!durability) args.push("--no-sync");
    const program = await startProgram(cluster, "initdb", args, ["ignore", "ignore", "pipe"]);
    let said = "";
    program.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4096)));
    const abort = () => program.kill("SIGTERM");
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    if (!hasEnded(program)) await once(program, "close");
    signal.removeEventListener("abort", abort);
    stopIfAborted(signal);
    if (program.exitCode !== 0) throw programFailed("initdb failed", said);
  } finally {
    await rm(passwordFile, { force: true });
  }
}
