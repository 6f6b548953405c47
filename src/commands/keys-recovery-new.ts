/** `lakat keys recovery new`: made for an offline machine; touches no network and needs no configuration. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "../fault.ts";
import { fingerprintForVoice } from "../seal/fingerprint.ts";
import { newRsaRecoveryKey, newX25519RecoveryKey } from "../seal/new-recovery-key.ts";
import { recoveryKeyFromCertificate } from "../seal/recovery-key.ts";
import { safePage } from "../seal/safe-page.ts";
import { flag, text, type Command } from "./command.ts";
import { demandAbsent, writePrivateFile, writePublicFile } from "./key-files.ts";
import { readPassphrase } from "./passphrase.ts";

/** NIST SP 800-63B-4, 3.1.1.2: a secret that stands alone has 15 characters or more. */
const SHORTEST_PASSPHRASE = 15;

export const command: Command = {
  usage: `--name NAME [options]

  --name NAME          what it is called, such as safe-a
  --type TYPE          rsa (default; 4096 bits in an X.509 certificate)
                       or x25519
  --out FOLDER         where the files go; default: here
  --years N            until the certificate expires; default 10. It goes on
                       opening what was sealed before.
  --passphrase-file F  the passphrase of the locked copy; otherwise asked for
  --locked-only        write no copy without a passphrase; the page for the safe
                       then needs the passphrase too

Writes NAME.crt (or NAME.recipient): for the backup hosts; NAME.identity: what
\`age -d -i\` takes; NAME.locked: the same under the passphrase (encrypted PKCS#8,
or an age file); NAME.html: the page for the safe, to be printed here.`,
  options: {
    name: { type: "string" },
    type: { type: "string" },
    out: { type: "string" },
    years: { type: "string" },
    "passphrase-file": { type: "string" },
    "locked-only": { type: "boolean" },
  },
  async run(call) {
    const name = text(call, "name") ?? "";
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
      throw new Fault(
        "USAGE",
        "the key needs a name of lower-case letters, digits and hyphens",
        "Give --name, such as --name safe-a.",
      );
    const type = text(call, "type") ?? "rsa";
    if (type !== "rsa" && type !== "x25519")
      throw new Fault("USAGE", `--type ${type} is not known`, "Use rsa or x25519.");
    const years = Number(text(call, "years") ?? "10");
    if (!Number.isInteger(years) || years < 1 || years > 50)
      throw new Fault("USAGE", "--years is a number from 1 to 50", "Give a number.");
    const folder = text(call, "out") ?? ".";
    const lockedOnly = flag(call, "locked-only");
    const files = {
      public: join(folder, `${name}.${type === "rsa" ? "crt" : "recipient"}`),
      identity: join(folder, `${name}.identity`),
      locked: join(folder, `${name}.locked`),
      page: join(folder, `${name}.html`),
    };
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Asked before the passphrase is, so that nobody types it for nothing.
    await demandAbsent(Object.values(files));
    const passphrase = await readPassphrase(
      call,
      text(call, "passphrase-file"),
      "Passphrase for the locked copy",
      true,
    );
    if (passphrase.length < SHORTEST_PASSPHRASE)
      throw new Fault(
        "PASSPHRASE_WRONG",
        `the passphrase is shorter than ${SHORTEST_PASSPHRASE} characters`,
        "Take six or seven words drawn by lot.",
      );

    const now = call.now();
    const key =
      type === "rsa"
        ? await newRsaRecoveryKey({ name, now, years, passphrase })
        : await newX25519RecoveryKey({ now, passphrase });
    const { lockedText } = key;
    if (lockedText === undefined) throw new Error("a passphrase was given, but no locked copy was made");
    const notAfter = type === "rsa" ? recoveryKeyFromCertificate(key.publicText, name).notAfter : undefined;
    const page = safePage({
      name,
      kind: key.kind,
      fingerprint: key.fingerprint,
      madeAt: now,
      ...(notAfter === undefined ? {} : { notAfter }),
      ...(type === "x25519" ? { recipient: key.publicText.trim() } : {}),
      keyText: lockedOnly ? lockedText : key.identityText,
      locked: lockedOnly,
    });
    await writePublicFile(files.public, key.publicText);
    await writePrivateFile(files.locked, lockedText);
    await writePrivateFile(files.page, page);
    if (!lockedOnly) await writePrivateFile(files.identity, key.identityText);

    const lines = [
      `recovery key ${name} (${key.kind})`,
      "",
      `  ${files.public}  public: copy it to the backup hosts and the restore-test host`,
      ...(lockedOnly
        ? []
        : [`  ${files.identity}  PRIVATE, no passphrase: opens every backup by itself; only into the safe`]),
      `  ${files.locked}  private, under the passphrase: a second copy for another place`,
      `  ${files.page}  the page for the safe: open it in a browser here, print it, put it into the safe`,
      "",
      "Fingerprint: compare it by voice when the public half arrives, and pin it in recovery_keys:",
      `  ${key.fingerprint}`,
      ...fingerprintForVoice(key.fingerprint)
        .split("\n")
        .map((line) => `  ${line}`),
      "",
      `Next: lakat keys recovery check --identity ${lockedOnly ? files.locked : files.identity} ${type === "rsa" ? `--certificate ${files.public}` : `--recipient ${key.publicText.trim()}`}`,
      "Make a second key for a second safe. Then erase this machine's copies.",
    ];
    return {
      text: lines.join("\n"),
      json: {
        name,
        kind: key.kind,
        fingerprint: key.fingerprint,
        files,
        recipient: type === "x25519" ? key.publicText.trim() : undefined,
      },
      findings: [],
    };
  },
};
