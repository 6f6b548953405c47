/**
 * Adapter: mails and SMS as files in a folder, where nothing else is configured: for trying the gateway out, and for
 * programs of one's own that pick them up. They hold links and codes that are good: mode 0600, in a folder of 0700.
 */
import { join } from "node:path";
import { errno, firstLine } from "../../fault.ts";
import { writeWhole } from "../../files/whole-file.ts";
import { printable } from "../../markup/printable.ts";
import {
  isBareAddress,
  type Dispatch,
  type Mail,
  type Message,
  type Senders,
  type Sms,
  type Trouble,
} from "../message.ts";

/**
 * `<time it was enqueued>-<kind>-<id>.eml` (mail) or `.txt` (SMS), readable without a program. A message that is sent
 * again replaces its own file.
 *
 * @param folder made when missing
 * @param from as it stands in each mail
 */
export function openFileOutbox(folder: string, from: string): Senders {
  const put = async (message: Message, dispatch: Dispatch, content: string): Promise<Trouble | undefined> => {
    try {
      await writeWhole(join(folder, fileName(message, dispatch)), content);
      return undefined;
    } catch (error) {
      const code = (errno(error) ?? "file-failed").toLowerCase().replaceAll("_", "-");
      return { word: /^[a-z0-9-]{1,40}$/.test(code) ? code : "file-failed", final: false };
    }
  };
  return {
    mail: async (mail, dispatch) =>
      isBareAddress(mail.to)
        ? put(mail, dispatch, letter(mail, from, dispatch))
        : { word: "address-invalid", final: true },
    sms: (sms, dispatch) => put(sms, dispatch, note(sms, dispatch)),
  };
}

function fileName({ kind }: Message, { id, createdAt }: Dispatch): string {
  const time = createdAt.toISOString().replace(/[-:]|\.\d+/g, "");
  return `${time}-${kind}-${id}.${kind === "mail" ? "eml" : "txt"}`;
}

/** In UTF-8 as it is (RFC 6532), since an encoded link could not be copied out of the file. */
function letter({ to, subject, text, html }: Mail, from: string, { id, createdAt }: Dispatch): string {
  const part = (type: string, content: string) =>
    `--lakat-${id}\nContent-Type: ${type}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${content.trimEnd()}\n\n`;
  return [
    `From: ${printable(firstLine(from))}`,
    `To: ${to}`,
    `Subject: ${printable(firstLine(subject))}`,
    `Date: ${createdAt.toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${id}@lakat.invalid>`,
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative; boundary="lakat-${id}"`,
    "",
    part("text/plain", text) + part("text/html", html) + `--lakat-${id}--\n`,
  ].join("\n");
}

function note({ to, text }: Sms, { createdAt, expiresAt }: Dispatch): string {
  return [
    `To: ${printable(to)}`,
    `Date: ${createdAt.toISOString()}`,
    `Good until: ${expiresAt.toISOString()}`,
    "",
    text.trimEnd(),
    "",
  ].join("\n");
}
