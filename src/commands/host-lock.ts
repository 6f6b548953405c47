/**
 * Adapter: one run of a kind at a time on this host. The lock is a name in Linux's abstract socket namespace
 * (unix(7)), which the kernel forgets with the process: it cannot go stale.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { errno, Fault } from "../fault.ts";

/**
 * Takes the lock named by a kind of run and the folder it works in. Out: a function that gives it back. Throws
 * DRILL_RUNNING when another process has it.
 */
export async function lockHost(kind: string, folder: string): Promise<() => Promise<void>> {
  const digest = createHash("sha256").update(`${kind}\0${folder}`).digest("hex").slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen({ path: `\0lakat-${digest}` });
    await once(server, "listening");
  } catch (error) {
    if (errno(error) !== "EADDRINUSE") throw error;
    throw new Fault(
      "DRILL_RUNNING",
      `another ${kind} is running on this host`,
      "Wait until it has ended; nothing was done by this one.",
      { cause: error },
    );
  }
  return async () => {
    const closed = once(server, "close");
    server.close();
    await closed;
  };
}
