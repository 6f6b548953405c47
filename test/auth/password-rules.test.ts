import fc from "fast-check";
import t from "tap";
import { Fault } from "../../src/fault.ts";
import {
  judgePassword,
  type PasswordOwner,
  type PasswordReason,
  type PasswordRules,
} from "../../src/auth/password-rules.ts";
import { normalisePassword, readPassword } from "../../src/auth/password-text.ts";
import { weaknessOf } from "../../src/auth/password-strength.ts";
import type { Language } from "../../src/auth/settings.ts";
import { passwordWords } from "../../src/auth/words/password.ts";

const OWNER: PasswordOwner = {
  name: "anna.k",
  displayName: "Anna Kővágó",
  email: "a.kovago@fenyves.example",
};
const RULES: PasswordRules = {
  least: 15,
  words: ["Fenyves Kft.", "lakat"],
  breached: [],
  tell: () => undefined,
};

const judge = (password: string, rules: Partial<PasswordRules> = {}): Promise<string[]> =>
  judgePassword(password, OWNER, { ...RULES, ...rules }).then((verdict) =>
    verdict.ok ? [] : verdict.reasons.map((one) => ("weakness" in one ? `weak:${one.weakness}` : one.reason)),
  );

t.test("what is refused, and why", async (t) => {
  const cases: [password: string, reasons: string[]][] = [
    // length, in code points of the normalised form
    ["", ["too-short"]],
    ["x7!kQ9#mW2$pL5", ["too-short"]],
    ["😀🎈🚲🌵🧭🪁🎻🦊🍋🧲🪐🎲🧵🦉", ["too-short"]],
    ["vitorla csat ", ["too-short"]],
    [`${"vitorla csat dió ".repeat(8).slice(0, 128)}x`, ["too-long"]],
    ["x".repeat(1_000_000), ["too-long"]],
    ["e\u0301".repeat(513), ["too-long"]],
    ["vitorla csat dió \ud83d", ["not-text"]],
    // the most used ones, made longer or disguised
    ["password", ["too-short", "common"]],
    ["passwordpassword", ["common"]],
    ["PasswordPasswordPass", ["common"]],
    ["password1234567", ["common"]],
    ["P@ssw0rd2026!!!!", ["common"]],
    ["p4ssw0rdp4ssw0rd", ["common"]],
    ["  password       ", ["common"]],
    ["password!!!!!!!!!!!!!!", ["common"]],
    ["qwerty123qwerty123", ["common"]],
    ["Dragon1Dragon2Dragon3", ["common"]],
    ["Summer2026Summer", ["common"]],
    ["ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ", ["common"]],
    // words of the account and the company
    ["lakatlakatlakat", ["context"]],
    ["Anna-Kovago-2026", ["context"]],
    ["KŐVÁGÓkővágóKŐVÁGÓ", ["context"]],
    ["F3nyv3s Fenyves 1!", ["context"]],
    ["anna12041987kovago", ["context"]],
    ["anna.k@fenyves.example", ["context"]],
    // easy to guess
    ["aaaaaaaaaaaaaaaaaa", ["weak:repeat"]],
    ["abcdefghijklmnopqrs", ["weak:sequence"]],
    ["zxcvbnmasdfghjkl;'", ["weak:keyboard"]],
    ["MondayTuesdayWednesday", ["weak:sequence"]],
    ["titkosjelszo2026", ["common"]],
    ["jelszojelszojelszó", ["common"]],
    ["teiubescromania", ["weak:words"]],
    ["iloveyouprincess", ["weak:words"]],
    // good
    ["kovago 8261 9921 7712 4482", []],
    ["vitorla csat dió kémény", []],
    ["piano lantern gravel otter", []],
    ["trei pere coapte sub un nuc bătrân", []],
    ["x7!kQ9#mW2$pL5z", []],
    ["password kettle 7719 umbra", []],
    ["a fenyves erdőben három róka lakott", []],
    ["          x7!kQ9#mW2$pL5", []],
    ["a\u0000b\u0007x7!kQ9#mW2$pL5", []],
    ["пять зелёных слонов", []],
    ["😀🎈🚲🌵🧭🪁🎻🦊🍋🧲🪐🎲🧵🦉🪴", []],
    ["vitorla csat dió kémény ".repeat(6).slice(0, 128), []],
    [`${"a".repeat(60)} vitorla csat dió kémény`, []],
  ];
  for (const [password, reasons] of cases)
    t.strictSame(await judge(password), reasons, JSON.stringify(password.slice(0, 60)));
});

t.test("the least length rises with the configuration and never falls below 15", async (t) => {
  const sixteen = "x7!kQ9#mW2$pL5zT";
  for (const [least, password, reasons] of [
    [17, sixteen, ["too-short"]],
    [16, sixteen, []],
    [8, sixteen.slice(0, 14), ["too-short"]],
    [8, sixteen.slice(0, 15), []],
  ] as const)
    t.strictSame(await judge(password, { least }), [...reasons], `${least}`);
});

t.test("breached passwords are asked about last, and no answer is a refusal", async (t) => {
  const good = "vitorla csat dió kémény";
  const told: unknown[] = [];
  const fault = new Fault("BREACHED_UNKNOWN", "no", "ask again");
  let asked: string[] = [];
  const list = (answer: boolean | Fault) => ({
    has: async (password: string) => {
      asked.push(password);
      if (answer instanceof Fault) throw answer;
      return answer;
    },
  });
  const tell = (error: unknown): void => void told.push(error);
  t.strictSame(await judge("passwordpassword", { breached: [list(true)] }), ["common"]);
  t.strictSame(asked, [], "nothing that is refused anyway leaves the house");
  t.strictSame(await judge(good.normalize("NFD"), { breached: [list(false), list(true)] }), ["breached"]);
  t.strictSame(asked, [good, good], "in its normal form");
  asked = [];
  t.strictSame(await judge(good, { breached: [list(fault), list(false)], tell }), ["unchecked"]);
  t.strictSame(told, [fault]);
  t.strictSame(await judge(good, { breached: [list(false), list(false)], tell }), []);
});

t.test("normalising twice changes nothing, and what is typed in two ways is one password", async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const once = normalisePassword(text);
      t.equal(normalisePassword(once), once);
      const read = readPassword(text);
      // Whatever is accepted is whole.
      if ("text" in read) t.equal(read.text, once);
      t.strictSame(readPassword(once), read);
    }),
  );
  for (const [a, b] of [
    ["kéménysepro\u030b", "kéménysepr\u0151"],
    ["ﬁnom", "finom"],
    ["Ａ１", "A1"],
  ] as const)
    t.equal(normalisePassword(a), normalisePassword(b));
  t.strictSame(
    readPassword("\u1f82".repeat(128).normalize("NFD")),
    { text: "\u1f82".repeat(128) },
    "512 become 128",
  );
});

t.test("no password makes the estimator slow", async (t) => {
  const hard = ["4@31!|05$7+", "p@$$w0rd", "1/1/91 ", "1234567890", "a4b8c(d6e3f#g9h1i!", "|/\\|()", "@"];
  for (const piece of hard) {
    const text = piece.repeat(128).slice(0, 128);
    const before = process.cpuUsage();
    weaknessOf(text, ["anna", "kovago"]);
    const { user } = process.cpuUsage(before);
    // 30 to 60 ms; unbounded it is up to a second.
    t.ok(user < 300_000, `${piece}: ${user / 1000} ms`);
  }
});

t.test("every reason has words in every language", async (t) => {
  const reasons: PasswordReason[] = [
    { reason: "too-short", least: 15 },
    { reason: "too-long", most: 128 },
    { reason: "not-text" },
    { reason: "common" },
    { reason: "context", word: "fenyves" },
    ...(["repeat", "sequence", "keyboard", "date", "words"] as const).map(
      (weakness) => ({ reason: "weak", weakness }) as const,
    ),
    { reason: "breached" },
    { reason: "unchecked" },
  ];
  for (const language of ["en", "hu", "ro"] satisfies Language[]) {
    const texts = reasons.map((reason) => passwordWords(language, reason));
    t.equal(new Set(texts).size, reasons.length, language);
    for (const text of texts) t.match(text, /^\p{Lu}.*\.$/u);
    t.match(texts[0], "15");
    t.match(texts[4], "fenyves");
  }
  t.match(passwordWords("ro", { reason: "too-short", least: 19 }), "19 caractere");
  t.match(passwordWords("ro", { reason: "too-short", least: 20 }), "20 de caractere");
  t.match(passwordWords("ro", { reason: "too-long", most: 128 }), "128 de caractere");
  t.match(passwordWords("ro", { reason: "too-long", most: 101 }), "101 caractere");
});
