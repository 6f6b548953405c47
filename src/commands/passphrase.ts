/** Adapter: a passphrase from a file, or typed at the terminal without being shown. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Fault } from "../fault.ts";
import type { Call } from "./command.ts";
import { readPrivateFile } from "./key-files.ts";

/**
 * The passphrase, without a newline at its end. `file` (readable by its owner only) goes before the terminal.
 * `twice` asks for it again and compares. Throws SECRET_MISSING when there is neither file nor terminal, and
 * PASSPHRASE_WRONG when the two differ, INTERRUPTED by Ctrl-C and Ctrl-D.
 */
export async function readPassphrase(
  call: Call,
  file: string | undefined,
  prompt: string,
  twice = false,
): Promise<string> {
  if (file !== undefined) return (await readPrivateFile(file)).toString("utf8").replace(/\r?\n$/, "");
  if (!process.stdin.isTTY)
    throw new Fault(
      "SECRET_MISSING",
      `${prompt.toLowerCase()} is needed and there is no terminal to ask at`,
      "Give --passphrase-file.",
    );
  const first = await ask(call, `${prompt}: `);
  if (twice && first !== (await ask(call, "Once more: ")))
    throw new Fault("PASSPHRASE_WRONG", "the two passphrases differ", "Try again.");
  return first;
}

async function ask(call: Call, prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // The terminal itself would echo; in raw mode readline does, and it writes nowhere.
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // Ctrl-D closes the input without an answer ever coming.
  const closed = new Promise<never>((_, reject) => {
    lines.once("close", () => reject(new Error("closed")));
  });
  try {
    // Asked only now that the terminal itself shows nothing: whoever types fast would see his first letters.
    call.stderr.write(prompt);
    return await Promise.race([lines.question("", { signal: call.signal }), closed]);
  } catch (error) {
    call.signal.throwIfAborted();
    throw new Fault("INTERRUPTED", "no passphrase was given", "Run it again when you have it at hand.", {
      cause: error,
    });
  } finally {
    lines.close();
    call.stderr.write("\n");
  }
}
