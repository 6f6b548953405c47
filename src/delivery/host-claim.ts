/**
 * Adapter: a name that one process on this host can hold. It is a name in Linux's abstract socket namespace (unix(7)),
 * which the kernel forgets with the process, however that ends: it cannot go stale.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { errno } from "../fault.ts";

/**
 * Claims what `kind` does in `folder`. Out: a function that gives it back; undefined when a process (this one
 * included) holds it already. Throws what else the kernel has against it.
 */
export async function claimOnHost(kind: string, folder: string): Promise<(() => Promise<void>) | undefined> {
  const digest = createHash("sha256").update(`${kind}\0${folder}`).digest("hex").slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen({ path: `\0lakat-${digest}` });
    await once(server, "listening");
  } catch (error) {
    if (errno(error) === "EADDRINUSE") return undefined;
    throw error;
  }
  return async () => {
    const closed = once(server, "close");
    server.close();
    await closed;
  };
}
