/** `lakat gateway secrets`: every secret a gateway's configuration points at, freshly made. */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { errno, Fault } from "../fault.ts";
import { newSigningKey } from "../seal/signing-key.ts";
import { text, type Command } from "./command.ts";
import { demandAbsent, writePrivateFile } from "./key-files.ts";

const RANDOM = ["gateway-secret-key", "gateway-encryption-1", "gateway-pepper-1"];
const SIGNING = ["gateway-assertion-1.key", "gateway-audit.key"];

export const command: Command = {
  usage: `--out FOLDER

  --out FOLDER         gets five files (0600): secret key, first encryption
                       key, first pepper, assertion key, audit key; the same
                       five belong on every gateway host, and a copy of them
                       into the safe`,
  options: { out: { type: "string" } },
  async run(call) {
    const out = text(call, "out");
    if (out === undefined)
      throw new Fault(
        "USAGE",
        "no folder for the secrets is given",
        "Give --out, such as --out /etc/lakat/secrets.",
      );
    const files = [...RANDOM, ...SIGNING].map((name) => join(out, name));
    await demandAbsent(files);
    await makeFolder(out);
    for (const name of RANDOM)
      await writePrivateFile(join(out, name), `${randomBytes(32).toString("base64")}\n`);
    for (const name of SIGNING) await writePrivateFile(join(out, name), newSigningKey().privatePem);
    const lines = [
      ...files,
      "",
      "Copy them to every gateway host. Without the pepper nobody can sign in, without the encryption key",
      "no authenticator works: put a copy into the safe.",
    ];
    return { text: lines.join("\n"), json: { files }, findings: [] };
  },
};

/** Not with its parents: a mistyped path would be made, and below /proc Node.js tries that for ever. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errno(error) === "EEXIST") return;
    throw new Fault(
      "KEY_FILE_UNREADABLE",
      `the folder ${path} could not be made (${errno(error) ?? "unknown"})`,
      "Make the folder above it first, or name another with --out.",
      { cause: error },
    );
  }
}
