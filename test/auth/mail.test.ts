/** Every mail in every language: complete, of one meaning, and deaf to what people write into names. */
import fc from "fast-check";
import t from "tap";
import { mailOf, type MailText } from "../../src/auth/mail.ts";
import type { Language } from "../../src/auth/settings.ts";
import { mailEn } from "../../src/auth/words/mail-en.ts";
import type { MailData, MailKind } from "../../src/auth/words/mail.ts";

const LANGUAGES: Language[] = ["en", "hu", "ro"];
const AT = new Date("2026-03-01T10:00:00Z");
const UNTIL = new Date("2026-07-02T10:30:00Z");
const LINK = "https://login.example.org/invitation?a=1&token=abc_-123";
const occurrence = { at: AT, address: "192.0.2.7" };
const grant = { application: "crm", scopes: ["settings", "logs"], from: AT, until: UNTIL };

const DATA: MailData = {
  invitation: { account: "anna", link: LINK, until: UNTIL },
  "password-reset": { link: LINK, until: UNTIL },
  "password-reset-required": { link: LINK, until: UNTIL },
  "password-changed": occurrence,
  "new-device": { ...occurrence, browser: "Firefox on Linux", link: LINK },
  "factor-added": { ...occurrence, factor: "totp" },
  "factor-removed": { ...occurrence, factor: "sms" },
  "factors-reset": { at: AT },
  "identity-linked": { ...occurrence, provider: "Google" },
  "identity-unlinked": { ...occurrence, provider: "Google" },
  "passkey-copied": { ...occurrence, passkey: "kitchen key" },
  "recovery-codes-made": occurrence,
  "recovery-code-used": { ...occurrence, left: 7 },
  "account-locked": { at: AT },
  "account-locked-staff": { ...occurrence, account: "anna", browser: "Firefox on Linux" },
  "passwords-locked": { ...occurrence, until: UNTIL },
  "codes-locked": { ...occurrence, until: UNTIL },
  "grant-requested": { ...grant, requester: "bela", account: "anna", reason: "new module", link: LINK },
  "grant-approved": grant,
  "grant-ended": { application: "crm", scopes: ["settings"], at: AT },
};
const KINDS = Object.keys(mailEn.letters) as MailKind[];
const TIMES: Record<Language, [march: string, july: string]> = {
  en: ["1 March 2026 at 11:00 CET", "2 July 2026 at 12:30 CEST"],
  hu: ["2026. március 1. 11:00 CET", "2026. július 2. 12:30 CEST"],
  ro: ["1 martie 2026 la 11:00 CET", "2 iulie 2026 la 12:30 CEST"],
};

const write = (kind: MailKind, language: Language, data = DATA, displayName = "Anna"): MailText =>
  mailOf(kind, language, data[kind], { displayName, organisation: "Example", timeZone: "Europe/Budapest" });
const unescaped = (html: string): string => html.replaceAll("&amp;", "&");

t.test("each says all that it is about, as text and as HTML", async (t) => {
  for (const kind of KINDS)
    for (const language of LANGUAGES) {
      const { subject, text, html } = write(kind, language);
      const said: string[] = ["Anna", "Example"];
      for (const value of Object.values(DATA[kind]) as (string | number | Date | string[])[]) {
        if (value instanceof Date) said.push(TIMES[language][value === AT ? 0 : 1]);
        else if (Array.isArray(value)) said.push(value.join(", "));
        else if (value !== "totp" && value !== "sms") said.push(String(value));
      }
      for (const part of said) {
        t.ok(text.includes(part), `${kind} ${language}: text says ${part}`);
        t.ok(unescaped(html).includes(part), `${kind} ${language}: HTML says ${part}`);
      }
      t.match(html, `<html lang="${language}">`);
      t.notMatch(text + html + subject, /undefined|null|\[object|NaN|\$\{/);
      t.ok(subject.startsWith("Example: ") && subject.length < 80, subject);
      const hasLink = "link" in DATA[kind];
      t.equal(text.split("\n").includes(LINK), hasLink, `${kind} ${language}: the link alone on a line`);
      t.equal(unescaped(html).includes(`<a href="${LINK}">`), hasLink);
      t.notOk(subject.includes("http") || subject.includes("abc_"), "no link in a subject");
    }
});

t.test("the three languages say different words, and no two mails have one subject", async (t) => {
  for (const language of LANGUAGES)
    t.equal(new Set(KINDS.map((kind) => write(kind, language).subject)).size, KINDS.length);
  for (const kind of KINDS) {
    const lines = LANGUAGES.map((language) => write(kind, language).text.split("\n\n")[1]);
    t.equal(new Set(lines).size, 3, kind);
  }
  for (const kind of KINDS) {
    // Signs of the other language, or of letters that look like the right ones.
    t.notMatch(write(kind, "hu").text, /[ăâîșțşţûô]/, kind);
    t.notMatch(write(kind, "ro").text, /[őűşţöü]/, kind);
    t.notMatch(write(kind, "en").text, /[^\u0020-\u007e\n]/, kind);
  }
});

t.test("nothing in a name makes a header, a line, a link or markup", async (t) => {
  const hostile = 'A\r\nBcc: thief@example.org\r\n\r\n<a href="https://evil.example">x</a>\u202e\u0000';
  const data: MailData = {
    ...DATA,
    invitation: { ...DATA.invitation, account: hostile },
    "new-device": { ...DATA["new-device"], browser: hostile },
    "account-locked-staff": { ...DATA["account-locked-staff"], account: hostile, browser: hostile },
    "grant-requested": {
      ...DATA["grant-requested"],
      ...{ requester: hostile, account: hostile, reason: hostile, application: hostile, scopes: [hostile] },
    },
  };
  for (const kind of KINDS)
    for (const language of LANGUAGES) {
      const { subject, text, html } = write(kind, language, data, hostile);
      t.notMatch(subject, /[\u0000-\u001f\u202e]/);
      t.notMatch(text, /^Bcc|\r|\u202e|\u0000/m, `${kind} ${language}`);
      t.notMatch(html, /<a href="https:\/\/evil|\u202e|\u0000/);
      t.equal(text.split("\n").length, write(kind, language).text.split("\n").length, "no line more");
    }
});

t.test("for any name: as many lines and as many elements as for a plain one", async () => {
  const count = ({ text, html }: MailText): string =>
    `${text.split(/\r\n|[\n\r\u0085\u2028\u2029]/).length} ${html.split(/<[a-z/!]/i).length}`;
  const name = fc.string({
    unit: fc.constantFrom(
      "<",
      ">",
      '"',
      "'",
      "&",
      "\r",
      "\n",
      "\t",
      " ",
      "a",
      "\u2028",
      "\u0085",
      "é",
      "/",
      "!",
      "-",
    ),
  });
  fc.assert(
    fc.property(name, fc.constantFrom(...LANGUAGES), (text, language) => {
      const data = { ...DATA, "new-device": { ...DATA["new-device"], browser: text } };
      const mail = write("new-device", language, data, text);
      return count(mail) === count(write("new-device", language)) && !/[\r\n]/.test(mail.subject);
    }),
  );
});

t.test("what is not known is left out, and the zone is the configuration's", async (t) => {
  const setting = { displayName: "Anna", organisation: "Example", timeZone: "UTC" };
  const { text, html } = mailOf("password-changed", "en", { at: AT, address: undefined }, setting);
  t.notMatch(text + html, /Address/);
  t.match(text, "1 March 2026 at 10:00 UTC");
});
