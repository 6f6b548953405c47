import fc from "fast-check";
import t from "tap";
import { codeText, maskedPhone, phoneNumber, smsParts, type Country } from "../../src/auth/sms.ts";

const CODE = "48151623";

t.test(
  "the text: a sentence in the person's language, and a last line that binds the code to the host",
  async (t) => {
    t.equal(
      codeText("en", CODE, "login.example.hu"),
      "Your code: 48151623. Never tell it to anybody!\n@login.example.hu #48151623",
    );
    t.equal(
      codeText("hu", CODE, "login.example.hu"),
      "Kódja: 48151623. Ne adja meg senkinek!\n@login.example.hu #48151623",
    );
    t.equal(
      codeText("ro", CODE, "login.example.hu"),
      "Cod: 48151623. Nu îl spuneți nimănui!\n@login.example.hu #48151623",
    );
  },
);

t.test("accents go before a second part is paid for", async (t) => {
  const host = `login.${"a".repeat(60)}.example.hu`;
  t.match(codeText("hu", CODE, host), /^Kodja: /);
  t.match(codeText("ro", CODE, host), /^Cod: 48151623\. Nu il spuneti nimanui!\n/);
  for (const language of ["en", "hu", "ro"] as const)
    for (const length of [1, 16, 30, 60]) {
      const text = codeText(language, CODE, `${"a".repeat(length)}.example.hu`);
      t.equal(smsParts(text), 1, `${language}, ${length}`);
      t.match(text.split("\n").at(-1), /^@a+\.example\.hu #48151623$/);
    }
});

t.test("parts, as the provider bills them", async (t) => {
  const cases: [text: string, parts: number][] = [
    ["", 1],
    ["a".repeat(160), 1],
    ["a".repeat(161), 2],
    ["a".repeat(306), 2],
    ["a".repeat(307), 3],
    ["é".repeat(160), 1],
    ["€".repeat(80), 1],
    ["€".repeat(81), 2],
    ["ő".repeat(70), 1],
    ["ő".repeat(71), 2],
    [`${"a".repeat(70)}ű`, 2],
    ["ő".repeat(135), 3],
    ["😀".repeat(35), 1],
    ["😀".repeat(36), 2],
    ["a\tb", 1],
  ];
  for (const [text, parts] of cases) t.equal(smsParts(text), parts, `${text.slice(0, 3)}… ${text.length}`);
});

t.test("phone numbers as people write them", async (t) => {
  const cases: [text: string, home: Country | undefined, number: string | undefined][] = [
    ["+36 20 123 4567", undefined, "+36201234567"],
    ["06 20 123-4567", "HU", "+36201234567"],
    ["06/20/123.45.67", "HU", "+36201234567"],
    ["(06-70) 123 4567", "HU", "+36701234567"],
    ["0036 30 123 4567", undefined, "+36301234567"],
    ["+36 (0)20 123 4567", undefined, "+36201234567"],
    ["\u00a0+36\u00a020\u2013123\u20114567 ", undefined, "+36201234567"],
    ["0740 123 456", "RO", "+40740123456"],
    ["+40 740 123 456", "HU", "+40740123456"],
    ["+43 664 1234567", undefined, "+436641234567"],
    ["06 20 123 4567", undefined, undefined],
    ["20 123 4567", "HU", undefined],
    ["06 1 234 5678", "HU", undefined],
    ["+36 1 234 5678", undefined, undefined],
    ["+36 20 123 456", undefined, undefined],
    ["+36 20 123 45678", undefined, undefined],
    ["+40 21 123 4567", undefined, undefined],
    ["+0 123 456 789", undefined, undefined],
    ["+1234567890123456", undefined, undefined],
    ["++36201234567", undefined, undefined],
    ["+3620123456７", undefined, undefined],
    ["+36201234567;+36209999999", undefined, undefined],
    ["+36201234567\u0000", undefined, undefined],
    ["0620123456a", "HU", undefined],
    ["", "HU", undefined],
    ["+", undefined, undefined],
    [`+36201234567${" ".repeat(40)}`, undefined, undefined],
  ];
  for (const [text, home, number] of cases) t.equal(phoneNumber(text, home), number, JSON.stringify(text));
});

t.test("whatever is typed: a number that is kept as it is, or none", async () => {
  const typed = fc.oneof(
    fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
    fc.string({ unit: fc.constantFrom(...Array.from("+0123467890 ()-")), maxLength: 22 }),
  );
  fc.assert(
    fc.property(typed, fc.constantFrom<Country | undefined>("HU", "RO", undefined), (text, home) => {
      const number = phoneNumber(text, home);
      return number === undefined || (/^\+[1-9][0-9]{6,14}$/.test(number) && phoneNumber(number) === number);
    }),
  );
});

t.test("what is shown of a number before the second factor", async (t) => {
  t.equal(maskedPhone("+36201234567"), "+36 … 67");
});
