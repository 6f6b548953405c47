/** `lakat keys recovery check`: proves that what lies in the safe opens what is sealed today. */
import { Fault } from "../fault.ts";
import { fingerprintForVoice } from "../seal/fingerprint.ts";
import { needsPassphrase, parseIdentity, proveRecoveryPair } from "../seal/recovery-identity.ts";
import { recoveryKeyFromCertificate, recoveryKeyFromRecipient } from "../seal/recovery-key.ts";
import { text, type Command } from "./command.ts";
import { readPrivateFile, readPublicFile } from "./key-files.ts";
import { readPassphrase } from "./passphrase.ts";

export const command: Command = {
  usage: `--identity FILE
                     (--certificate FILE | --recipient age1…) [options]

  --identity FILE      the private key, in any form keys recovery new writes
  --passphrase-file F  its passphrase; otherwise asked for at the terminal
  --certificate FILE   the certificate the backup host has
  --recipient age1…    or the X25519 recipient`,
  options: {
    identity: { type: "string" },
    certificate: { type: "string" },
    recipient: { type: "string" },
    "passphrase-file": { type: "string" },
  },
  async run(call) {
    const [path, certificate, recipient] = [
      text(call, "identity"),
      text(call, "certificate"),
      text(call, "recipient"),
    ];
    if (path === undefined || (certificate === undefined) === (recipient === undefined))
      throw new Fault(
        "USAGE",
        "a private key and its public half are needed",
        "Give --identity and one of --certificate and --recipient.",
      );
    const key =
      certificate === undefined
        ? recoveryKeyFromRecipient(recipient ?? "", "recipient")
        : recoveryKeyFromCertificate((await readPublicFile(certificate)).toString("utf8"), certificate);
    const file = await readPrivateFile(path);
    const passphrase = needsPassphrase(file)
      ? await readPassphrase(call, text(call, "passphrase-file"), `Passphrase of ${path}`)
      : undefined;
    await proveRecoveryPair(key, await parseIdentity(file, passphrase));
    const lines = [
      `${path} opens what is sealed to ${certificate ?? "the recipient"}`,
      `fingerprint ${key.fingerprint}`,
      fingerprintForVoice(key.fingerprint),
      ...(key.notAfter === undefined
        ? []
        : [`the certificate is valid until ${key.notAfter.toISOString().slice(0, 10)}`]),
    ];
    return {
      text: lines.join("\n"),
      json: { fingerprint: key.fingerprint, kind: key.kind, notAfter: key.notAfter?.toISOString() },
      findings: [],
    };
  },
};
