/** `lakat keys host new`: the Ed25519 key a host signs its manifests, day keys or reports with. */
import { newSigningKey } from "../seal/signing-key.ts";
import { fingerprintForVoice } from "../seal/fingerprint.ts";
import { Fault } from "../fault.ts";
import { text, type Command } from "./command.ts";
import { demandAbsent, writePrivateFile, writePublicFile } from "./key-files.ts";

export const command: Command = {
  usage: `--out PATH

  --out PATH           PATH.key gets the private key (0600), PATH.pub the
                       public one`,
  options: { out: { type: "string" } },
  async run(call) {
    const out = text(call, "out");
    if (out === undefined)
      throw new Fault("USAGE", "no place for the key is given", "Give --out, such as --out /etc/lakat/host.");
    await demandAbsent([`${out}.key`, `${out}.pub`]);
    const key = newSigningKey();
    await writePrivateFile(`${out}.key`, key.privatePem);
    await writePublicFile(`${out}.pub`, key.publicPem);
    const lines = [
      `${out}.key  private, stays on this host`,
      `${out}.pub  public; give it to the other hosts, and put a copy into the safe`,
      "",
      "fingerprint, to compare by voice:",
      fingerprintForVoice(key.keyid),
    ];
    return {
      text: lines.join("\n"),
      json: { private: `${out}.key`, public: `${out}.pub`, fingerprint: key.keyid },
      findings: [],
    };
  },
};
