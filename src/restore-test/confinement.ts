/**
 * Adapter: keeps a scratch server from what this host knows. A restore runs what users of the source wrote, as superuser,
 * so the server can run programs as the account that lakat itself has. Before it starts, Linux namespaces (user, mount,
 * network; unshare(1)) take away the network and put emptiness over the folders and files that hold keys and reports; it
 * has no right to look behind it, nor into lakat's own process (user_namespaces(7), ptrace(2)).
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ServerAccount } from "./server-account.ts";

const run = promisify(execFile);

/** What a scratch server must not see. What of it is not there is passed over. */
export interface Confinement {
  folders: readonly string[];
  files: readonly string[];
}

/** As the caller's own account, and with the rights to mount until the program itself begins. */
const UNSHARE = ["--user", "--map-current-user", "--keep-caps", "--mount", "--net", "--"];
const WITHOUT_RIGHTS = "setpriv --no-new-privs --ambient-caps=-all --inh-caps=-all --";

/** $1, $2: folders that stay, also below one that is hidden. Then a count and so many folders, the same of files. */
const HIDE = `set -eu
data=$1; socket=$2; shift 2
exec 8<"$data" 9<"$socket"
count=$1; shift
while [ "$count" -gt 0 ]; do
  [ ! -d "$1" ] || mount -t tmpfs -o size=1m,mode=755 none "$1"
  shift; count=$((count - 1))
done
stay() {
  [ ! -d "$2" ] || return 0
  mkdir -p "$2"
  mount --no-canonicalize --bind "/proc/self/fd/$1" "$2"
}
stay 8 "$data"
stay 9 "$socket"
exec 8<&- 9<&-
count=$1; shift
while [ "$count" -gt 0 ]; do
  [ ! -e "$1" ] || mount --bind /dev/null "$1"
  shift; count=$((count - 1))
done
cd "$data"
exec ${WITHOUT_RIGHTS} "$@"`;

/** The command that runs `program` confined, with these two folders of its own. Its process id stays the same. */
export function confined(
  program: string,
  args: readonly string[],
  { data, socket }: { data: string; socket: string },
  { folders, files }: Confinement,
): [file: string, args: string[]] {
  const hidden = [String(folders.length), ...folders, String(files.length), ...files];
  return ["unshare", [...UNSHARE, "sh", "-c", HIDE, "lakat", data, socket, ...hidden, program, ...args]];
}

/** Whether this machine lets the account do so. */
export async function canConfine(account: ServerAccount | undefined): Promise<boolean> {
  try {
    const script = `mount -t tmpfs none /tmp && exec ${WITHOUT_RIGHTS} true`;
    await run("unshare", [...UNSHARE, "sh", "-c", script], { ...account, cwd: "/" });
    return true;
  } catch {
    return false;
  }
}
