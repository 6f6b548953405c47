/**
 * Adapter, a process of its own: hashes what its parent sends. It never sees a password, only the 32 bytes that a
 * pepper made of one (src/auth/password.ts). It is niced, so that whatever else the host does goes first.
 */
import { readdirSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import * as argon2 from "argon2";
import type { Answer, Question } from "./hasher.ts";
import { HASH_BYTES } from "../password-hash.ts";

const NICER = 10;

async function answer({ id, input, ...question }: Question): Promise<Answer> {
  try {
    if ("hash" in question) return { id, right: await argon2.verify(question.hash, Buffer.from(input)) };
    const { memoryKiB, passes, parallelism } = question.parameters;
    const hash = await argon2.hash(Buffer.from(input), {
      type: argon2.argon2id,
      memoryCost: memoryKiB,
      timeCost: passes,
      parallelism,
      hashLength: HASH_BYTES,
    });
    return { id, hash };
  } catch (error) {
    return { id, failed: error instanceof Error ? error.message : String(error) };
  }
}

/** Linux keeps a priority for each thread, and those that hash run already: loading modules started them. */
function beNice(): void {
  const nice = Math.min(19, getPriority() + NICER);
  let threads = ["0"];
  try {
    threads = readdirSync("/proc/self/task");
  } catch {
    // Not Linux: there the process has one priority.
  }
  for (const thread of threads) setPriority(Number(thread), nice);
}

beNice();
// A signal for the whole group (Ctrl-C, systemd) is the parent's to answer: sign-ins under way are finished first.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
// The parent closed the channel, or died.
process.on("disconnect", () => process.exit());
process.on("message", (question: Question) => {
  void answer(question).then((reply) => process.connected && process.send?.(reply));
});
