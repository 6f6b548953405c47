/** Adapter: runs SQL text, psql's own `\` lines included, with psql. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ended, loadingEnvironment, type ChildEnd } from "../postgres/child-process.ts";
import { conninfo } from "../postgres/connection.ts";
import type { Loader } from "./pg-restore.ts";

/**
 * How psql ended; `stderr` has the server's words with their SQLSTATE. With `stopOnError` the first error ends
 * it, otherwise it goes on. A string is sent as UTF-8, bytes in the encoding that they set themselves. Throws only what `signal` was aborted with.
 */
export async function runPsql(
  { connection, programs }: Loader,
  database: string,
  sql: string | Buffer,
  stopOnError: boolean,
  signal: AbortSignal,
): Promise<ChildEnd> {
  signal.throwIfAborted();
  const args = ["--no-psqlrc", "--quiet", "--no-password", "--set=VERBOSITY=verbose", "--output=/dev/null"];
  if (stopOnError) args.push("--set=ON_ERROR_STOP=1");
  const encoding = typeof sql === "string" ? { PGCLIENTENCODING: "UTF8" } : {};
  const env = { ...loadingEnvironment(connection), ...encoding };
  const child = spawn(
    join(programs, "psql"),
    [...args, "--file=-", `--dbname=${conninfo(connection, database)}`],
    { stdio: ["pipe", "ignore", "pipe"], env },
  );
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  const end = ended(child, child.stderr);
  // A psql that ends early is told of by its own end, not by a broken pipe.
  child.stdin.on("error", () => undefined);
  child.stdin.end(sql);
  const result = await end;
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  return result;
}
