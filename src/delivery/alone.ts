/** Adapter: one process at a time publishes on a host, so that the chain does not fork and nothing goes out twice. */
import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const PAUSE_MS = 100;

/**
 * Runs `work` while no other process does so for the same folder, which has to exist. Waits for another one up to
 * `patienceMs`, then goes on beside it: a forked chain is the lesser harm than a report that nobody gets. The lock
 * is a name in the kernel's memory (an abstract Unix socket): it goes with its process, however that ends.
 */
export async function alone<T>(
  folder: string,
  patienceMs: number,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const name = createHash("sha256")
    .update(await realpath(folder))
    .digest("hex");
  let held = await claim(name);
  for (let waited = 0; held === undefined && waited < patienceMs; waited += PAUSE_MS) {
    await sleep(PAUSE_MS, undefined, { signal });
    held = await claim(name);
  }
  try {
    return await work();
  } finally {
    held?.close();
  }
}

/** Undefined when somebody else has it. */
async function claim(name: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  const claimed = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ path: `\0lakat-publish-${name}` }, () => resolve(true));
  });
  server.unref();
  return claimed ? server : undefined;
}
