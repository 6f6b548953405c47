import t from "tap";
import fc from "fast-check";
import {
  canonicalIdentifier,
  newDisplayName,
  newEmail,
  newLanguage,
  newName,
  newPhone,
} from "../../src/auth/account-name.ts";

t.test("what is typed has one form, or is nobody's", async (t) => {
  const cases: [typed: string, canonical: string | undefined][] = [
    ["anna", "anna"],
    ["  Anna\t", "anna"],
    ["ANNA", "anna"],
    ["ａｎｎａ", "anna"],
    ["𝐚𝐧𝐧𝐚", "anna"],
    ["an\u200bna", "anna"],
    ["\ufeffanna\u2060", "anna"],
    ["a\u00adnna", "anna"],
    ["\u202eanna\u202c", "anna"],
    ["anna\u3000", "anna"],
    ["\u212aata", "kata"],
    ["ſara", "sara"],
    ["anna\u0000", "anna"],
    ["аnna", undefined], // its first letter is Cyrillic
    ["İda", undefined],
    ["ánna", undefined],
    ["a", undefined],
    ["", undefined],
    ["an na", undefined],
    [".anna", undefined],
    ["anna.", undefined],
    ["anna\ud800", undefined],
    ["a".repeat(65), undefined],
    ["a".repeat(100_000), undefined],
    ["Anna@Example.HU", "anna@example.hu"],
    ["anna＠example．hu", "anna@example.hu"],
    ["anna@example。hu", "anna@example.hu"],
    ["anna@árvíz.hu", "anna@xn--rvz-dla6d.hu"],
    ["anna@ÁRVÍZ.hu", "anna@xn--rvz-dla6d.hu"],
    ["anna@xn--rvz-dla6d.hu", "anna@xn--rvz-dla6d.hu"],
    ["anna@evil@example.hu", undefined],
    ["anna@ex%61mple.hu", undefined],
    ["anna@127.0.0.1", undefined],
    ["anna@[127.0.0.1]", undefined],
    ["anna@2130706433", undefined],
    ["anna@example.0x7f", undefined],
    ["anna@localhost", undefined],
    ["anna@example.hu.", undefined],
    ["@example.hu", undefined],
    ["anna@", undefined],
    ['"anna"@example.hu', undefined],
    ["anna..b@example.hu", undefined],
    ["Anna <anna@example.hu>", undefined],
    ["anna@example.hu\r\nBcc: x@example.hu", undefined],
    [`${"a".repeat(65)}@example.hu`, undefined],
    [`anna@${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(61)}.xy.hu`, undefined],
  ];
  for (const [typed, canonical] of cases)
    t.equal(canonicalIdentifier(typed), canonical, JSON.stringify(typed.slice(0, 40)));
});

const invisible = fc.constantFrom(
  "",
  "\u200b",
  "\u200d",
  "\u2060",
  "\ufeff",
  "\u00ad",
  "\u202e",
  "\u034f",
  "\ufe0f",
);
const space = fc.constantFrom("", " ", "\t", "\u00a0", "\u3000", "\u2003", "\r\n");
const plainName = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}[a-z0-9]$/);
/** Another spelling of the same characters: a capital, a wide or mathematical letter, with something unseen behind. */
const respelled = (name: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      space,
      ...Array.from(name).map((letter) =>
        fc
          .tuple(
            fc.constantFrom(
              letter,
              letter.toUpperCase(),
              String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0),
              /[a-z]/.test(letter)
                ? String.fromCodePoint(0x1d400 + (letter.codePointAt(0) ?? 0) - 0x41 - 6)
                : letter,
            ),
            invisible,
          )
          .map((parts) => parts.join("")),
      ),
      space,
    )
    .map((parts) => parts.join(""));

t.test("any spelling of a name has its form or none", async () => {
  fc.assert(
    fc.property(
      plainName.chain((name) => fc.tuple(fc.constant(name), respelled(name))),
      ([name, typed]) => canonicalIdentifier(typed) === name,
    ),
    { numRuns: 500 },
  );
});

t.test("a canonical form is its own, and fits the columns", async () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.emailAddress()), (typed) => {
      const canonical = canonicalIdentifier(typed);
      if (canonical === undefined) return true;
      return canonicalIdentifier(canonical) === canonical && /^[\x21-\x7e]{2,254}$/.test(canonical);
    }),
    { numRuns: 1000 },
  );
});

t.test("what a new account is told by", async (t) => {
  t.equal(newName("anna.k-2"), "anna.k-2");
  for (const name of ["Anna", " anna", "ánna", "anna@x.hu", "a", "-anna", "аnna", "anna\n"])
    t.equal(newName(name), undefined, JSON.stringify(name));
  t.equal(newEmail(" Anna@Example.hu "), "anna@example.hu");
  t.equal(newEmail("anna"), undefined);
  t.equal(newDisplayName("  Anna  Ne\u0301meth\u00a0"), "Anna Németh");
  for (const name of [
    "",
    " ",
    "\u200b",
    "\u3164",
    "An\u202ena",
    "An\nna",
    "---",
    "a\u0301\u0301\u0301\u0301\u0301",
    "x".repeat(101),
  ])
    t.equal(newDisplayName(name), undefined, JSON.stringify(name));
  t.equal(newPhone("+36 (20) 123-4567"), "+36201234567");
  for (const phone of [
    "0620123456",
    "+0620123456",
    "+36",
    "+36 20 x",
    "+3620123456789012",
    "tel:+36201234567",
  ])
    t.equal(newPhone(phone), undefined, phone);
  t.equal(newLanguage("hu"), "hu");
  t.equal(newLanguage("de"), undefined);
});
