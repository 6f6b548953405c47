/**
 * Adapter: folders of scratch clusters. Each carries in its name the process that made it, so that there is no
 * moment in which a folder exists and nobody can tell whose it is.
 */
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { birthOf } from "./proc.ts";
import { canEnter, type ServerAccount } from "./server-account.ts";

const NAME = /^lakat-scratch-(\d+)\.(\d+)-\w{6}$/;
/** sun_path has 108 bytes with its closing zero (unix(7)); the name of the socket takes up to 15 of them. */
const LONGEST_SOCKET_FOLDER = 107 - Buffer.byteLength("/.s.PGSQL.65535");

/**
 * Makes a fresh folder below `root` that the account can enter, or below the system's temporary folder when
 * it cannot reach `root`. Free of symbolic links.
 */
export async function makeScratchFolder(root: string, account: ServerAccount | undefined): Promise<string> {
  const folder = await fresh(root, account);
  if (await canEnter(account, folder)) return folder;
  await rm(folder, { recursive: true });
  return fresh(tmpdir(), account);
}

/** A folder within a scratch folder that the server owns and nobody else can enter. */
export async function makeServersOwn(folder: string, account: ServerAccount | undefined): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  if (account !== undefined) await chown(folder, account.uid, account.gid);
}

/**
 * Where the server's socket goes: `folder` itself when its path fits into a socket address and has only
 * characters that PostgreSQL's lists of hosts and folders leave alone; otherwise a fresh short one.
 */
export async function makeSocketFolder(
  folder: string,
  account: ServerAccount | undefined,
): Promise<{ socket: string; extra: string | undefined }> {
  const inside = join(folder, "socket");
  if (fits(inside)) {
    await makeServersOwn(inside, account);
    return { socket: inside, extra: undefined };
  }
  const temporary = await realpath(tmpdir());
  const extra = await fresh(fits(join(temporary, "x".repeat(48))) ? temporary : "/tmp", account);
  const socket = join(extra, "socket");
  await makeServersOwn(socket, account);
  return { socket, extra };
}

/** Removes a folder and all in it; no fault when it is already gone. */
export async function removeScratchFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** Scratch folders directly below `root` that this user made in a process which has ended. */
export async function abandonedFolders(root: string): Promise<string[]> {
  const abandoned: string[] = [];
  for (const name of await readdir(root).catch(() => [])) {
    const [, pid, birth] = NAME.exec(name) ?? [];
    if (pid === undefined) continue;
    const folder = join(await realpath(root), name);
    const stat = await lstat(folder).catch(() => undefined);
    // In a folder open to all, such as /tmp, a stranger can make up names but not owners.
    if (stat?.isDirectory() !== true || stat.uid !== process.getuid?.()) continue;
    if ((await birthOf(Number(pid))) !== birth) abandoned.push(folder);
  }
  return abandoned;
}

async function fresh(root: string, account: ServerAccount | undefined): Promise<string> {
  const birth = (await birthOf(process.pid)) ?? "0";
  const folder = await mkdtemp(join(await realpath(root), `lakat-scratch-${process.pid}.${birth}-`));
  // The server's account passes through to what it owns inside; it cannot list.
  if (account !== undefined) await chmod(folder, 0o711);
  return folder;
}

function fits(folder: string): boolean {
  return /^[\w/.+-]+$/.test(folder) && Buffer.byteLength(folder) <= LONGEST_SOCKET_FOLDER;
}
