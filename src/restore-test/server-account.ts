/** Adapter: the operating system's account a scratch server runs under. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Fault } from "../fault.ts";

const run = promisify(execFile);

export interface ServerAccount {
  uid: number;
  gid: number;
}

/**
 * The account to start the server as: undefined for the caller's own, and for root, whom PostgreSQL refuses,
 * that of the user `postgres`. Throws PG_FAILED when root has no such user to turn to.
 */
export async function serverAccount(): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const [uid, gid] = await Promise.all(
      ["-u", "-g"].map(async (what) => Number((await run("id", [what, "postgres"])).stdout)),
    );
    if (uid === undefined || gid === undefined) throw new Error("id printed nothing");
    return { uid, gid };
  } catch (cause) {
    throw new Fault(
      "PG_FAILED",
      "PostgreSQL does not run as root and this machine has no user `postgres` to run it as",
      "Run this command as a user other than root, or create the system user `postgres`.",
      { cause },
    );
  }
}

/** Whether the account can enter a folder, all parents included. */
export async function canEnter(account: ServerAccount | undefined, folder: string): Promise<boolean> {
  if (account === undefined) return true;
  try {
    // Node changes the folder of a child before its user, so the child has to try by itself.
    await run("/bin/sh", ["-c", 'cd -- "$1"', "sh", folder], { ...account, cwd: "/" });
    return true;
  } catch {
    return false;
  }
}
