import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { openFileOutbox } from "../../../src/auth/adapters/file-outbox.ts";
import { NOW } from "../../fixtures/messages.ts";
import { never } from "../../fixtures/store-conformance.ts";

const ID = "5b0c8f0e-0000-4000-8000-000000000001";
const dispatch = { id: ID, createdAt: NOW, expiresAt: new Date("2026-03-01T10:10:00Z") };
const LINK = "https://login.example.org/invitation?token=abc_-=123";

async function freshFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lakat-outbox-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

t.test("a mail and an SMS as files that a person can read and nobody else", async (t) => {
  const folder = join(await freshFolder(t), "outbox");
  const outbox = openFileOutbox(folder, "Lakat <lakat@example.org>");
  const mail = {
    kind: "mail" as const,
    to: "anna@example.org",
    subject: "Meghívó: őrzött kapu\r\nBcc: thief@example.org",
    text: `Az Ön hivatkozása:\n\n${LINK}\n`,
    html: `<p><a href="${LINK}">x</a></p>`,
  };
  t.equal(await outbox.mail(mail, dispatch, never()), undefined);
  t.equal(await outbox.mail(mail, dispatch, never()), undefined, "again");
  const sms = { kind: "sms" as const, to: "+36201234567", text: "Kód: 123456" };
  t.equal(await outbox.sms(sms, dispatch, never()), undefined);

  const names = (await readdir(folder)).sort();
  t.strictSame(names, [`20260301T100000Z-mail-${ID}.eml`, `20260301T100000Z-sms-${ID}.txt`]);
  t.equal((await stat(folder)).mode & 0o777, 0o700);
  for (const name of names) t.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  const [eml = "", txt = ""] = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  t.match(eml, `\n${LINK}\n`, "to be copied as it is");
  t.match(eml, "Subject: Meghívó: őrzött kapu\n");
  t.notMatch(eml, /^Bcc/m);
  t.match(txt, /To: \+36201234567\n[^]*Good until: 2026-03-01T10:10:00.000Z\n\nKód: 123456\n/);
});

t.test(
  "a folder that cannot be written is a trouble that may pass; a list of addresses is none that does",
  async (t) => {
    const folder = await freshFolder(t);
    await writeFile(join(folder, "file"), "");
    const outbox = openFileOutbox(join(folder, "file"), "lakat@example.org");
    const sms = { kind: "sms" as const, to: "+36201234567", text: "x" };
    t.strictSame(await outbox.sms(sms, dispatch, never()), { word: "store-failed", final: false });
    const mail = {
      kind: "mail" as const,
      to: "a@example.org, b@example.org",
      subject: "x",
      text: "x",
      html: "x",
    };
    t.strictSame(await outbox.mail(mail, dispatch, never()), { word: "address-invalid", final: true });
  },
);
