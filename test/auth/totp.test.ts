import { randomInt } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { matchStep, newSecret, otpauthUri, stepAt } from "../../src/auth/totp.ts";
import { oathtool, oathtoolAccepts } from "../fixtures/oathtool.ts";

const NOW = new Date("2026-03-01T10:00:07Z");
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

t.test(
  "codes of oathtool for random secrets at random times are right, at their own step alone",
  async (t) => {
    for (let i = 0; i < 10; i++) {
      const secret = newSecret();
      const at = new Date(randomInt(0, 2 ** 32) * 1000);
      const codes = oathtool(secret, at, 12);
      t.equal(codes.length, 12);
      for (const [n, code] of codes.entries()) {
        const then = new Date(at.getTime() + n * 30_000);
        t.equal(matchStep(secret, code, then, undefined), stepAt(then), `${at.toISOString()} + ${n} steps`);
        if (codes[n + 1] !== code)
          t.equal(matchStep(secret, code, new Date(then.getTime() + 30_000), undefined), undefined);
      }
    }
  },
);

t.test("whatever is right here is right for oathtool, and nothing else", async (t) => {
  const secret = newSecret();
  const right = oathtool(secret, NOW)[0] ?? "";
  t.equal(oathtoolAccepts(secret, NOW, right), true);
  const codes = Array.from({ length: 300 }, (_, n) =>
    String((Number(right) + n) % 1_000_000).padStart(6, "0"),
  );
  t.strictSame(
    codes.filter((code) => matchStep(secret, code, NOW, undefined) !== undefined),
    [right],
  );
  for (const code of codes.slice(1, 6)) t.equal(oathtoolAccepts(secret, NOW, code), false);
});

t.test("the vectors of RFC 6238, appendix B, shortened to six digits", async (t) => {
  // The RFC's secret: "12345678901234567890" in Base32.
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  for (const [seconds, code] of [
    [59, "287082"],
    [1111111109, "081804"],
    [1111111111, "050471"],
    [1234567890, "005924"],
    [2000000000, "279037"],
    [20000000000, "353130"],
  ] as const)
    t.equal(matchStep(secret, code, new Date(seconds * 1000), undefined), Math.floor(seconds / 30), code);
});

t.test("a new secret has 160 bits and is not the one before", async (t) => {
  const secrets = new Set(Array.from({ length: 50 }, () => newSecret()));
  t.equal(secrets.size, 50);
  for (const secret of secrets) t.match(secret, /^[A-Z2-7]{32}$/);
});

t.test("attack 16: a step is used once, and none before it", async (t) => {
  const secret = newSecret();
  const step = stepAt(NOW);
  const [before = "", code = "", after = ""] = oathtool(secret, later(-30), 3);
  t.equal(matchStep(secret, code, NOW, step), undefined, "reused in the same step");
  t.equal(matchStep(secret, code, later(10), step, 1), undefined, "reused with tolerance");
  t.equal(matchStep(secret, before, NOW, step, 1), undefined, "the step before the one that was used");
  t.equal(matchStep(secret, before, NOW, step - 1, 1), undefined, "used in its own step, then once more");
  t.equal(matchStep(secret, before, NOW, undefined), undefined, "expired, without tolerance");
  t.equal(
    matchStep(secret, before, NOW, step - 2, 1),
    step - 1,
    "with tolerance, when nothing was used since",
  );
  t.equal(matchStep(secret, after, NOW, step), undefined, "a code from the future, without tolerance");
  t.equal(matchStep(secret, after, NOW, step, 1), step + 1, "with tolerance, one step");
  t.equal(matchStep(secret, code, later(60), undefined, 1), undefined, "expired by two steps");
  t.equal(matchStep(secret, code, later(-60), undefined, 1), undefined, "two steps too early");
});

t.test("attack 16: a clock that steps back and forth opens nothing twice", async (t) => {
  const secret = newSecret();
  const used = matchStep(secret, oathtool(secret, NOW)[0] ?? "", NOW, undefined);
  t.equal(used, stepAt(NOW));
  for (const seconds of [-86_400, -3600, -30, 0, 29])
    for (const tolerance of [0, 1] as const) {
      const at = later(seconds);
      const [code = ""] = oathtool(secret, at);
      const found = matchStep(secret, code, at, used, tolerance);
      t.equal(
        found,
        stepAt(at) > stepAt(NOW) ? stepAt(at) : undefined,
        `${seconds} s, tolerance ${tolerance}`,
      );
    }
  const [next = ""] = oathtool(secret, later(30));
  t.equal(matchStep(secret, next, later(30), used), stepAt(NOW) + 1, "once it has caught up all is well");
});

t.test("a code that two neighbouring steps share counts for the step that is not used yet", async (t) => {
  // Found by search: one pair of neighbours in a million shares its code.
  const [secret, step, code] = ["A4DQOBYH".repeat(4), 320_112, "456993"];
  const now = new Date((step + 1) * 30_000);
  t.strictSame(oathtool(secret, new Date(step * 30_000), 2), [code, code]);
  t.equal(matchStep(secret, code, now, undefined, 1), step + 1);
  t.equal(matchStep(secret, code, new Date(step * 30_000), step, 1), step + 1);
  t.equal(matchStep(secret, code, now, step + 1, 1), undefined);
});

t.test("blanks are fine; anything else in a code is a plain no", async (t) => {
  const secret = newSecret();
  const [code = ""] = oathtool(secret, NOW);
  const [a, b] = [code.slice(0, 3), code.slice(3)];
  for (const fine of [code, `${a} ${b}`, ` ${code}\r\n`, `${a}\u00a0${b}`, code.replace(/\d/g, "$& ")])
    t.equal(matchStep(secret, fine, NOW, undefined), stepAt(NOW), JSON.stringify(fine));
  const arabic = code.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));
  const wide = code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
  for (const no of [
    [
      "",
      " ",
      "12345",
      "1234567",
      `0${code}`,
      `${code}0`,
      `+${code}`,
      `-${code}`,
      `${a}.${b}`,
      `${a}-${b}`,
      arabic,
    ],
    [
      wide,
      "1e5000",
      "0x1234",
      "NaN",
      "null",
      `${code}\u0000`,
      `${code}' OR 1=1`,
      `${" ".repeat(100)}${code}`,
    ],
  ].flat())
    t.equal(matchStep(secret, no, NOW, undefined), undefined, JSON.stringify(no));
});

t.test("no string of any kind, and no time, makes it throw", async () => {
  const secret = newSecret();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
        fc.string({ unit: fc.constantFrom(...Array.from("0123456789 \u0660\u0661")), maxLength: 9 }),
      ),
      fc.date({ noInvalidDate: false }),
      fc.option(fc.integer({ min: -1, max: 2 ** 40 }), { nil: undefined }),
      fc.constantFrom(0 as const, 1 as const),
      (code, now, after, tolerance) => {
        const step = matchStep(secret, code, now, after, tolerance);
        return step === undefined || (step > (after ?? -1) && Math.abs(step - stepAt(now)) <= tolerance);
      },
    ),
    { numRuns: 300 },
  );
});

t.test("the URI of the QR code keeps issuer and account apart, whatever is in them", async (t) => {
  const secret = newSecret();
  t.equal(
    otpauthUri({ issuer: "Példa Kft. & Társa", account: "anna", secret }),
    `otpauth://totp/P%C3%A9lda%20Kft.%20%26%20T%C3%A1rsa:anna?secret=${secret}&issuer=P%C3%A9lda%20Kft.%20%26%20T%C3%A1rsa&algorithm=SHA1&digits=6&period=30`,
  );
  const texts = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(texts, texts, (issuer, account) => {
      const uri = new URL(otpauthUri({ issuer, account, secret }));
      const plain = (text: string): string => text.replaceAll(":", " ").trim();
      const [label = "", ...more] = uri.pathname.replace(/^\/+/, "").split(":");
      t.strictSame(
        [
          decodeURIComponent(label),
          more.map(decodeURIComponent),
          uri.searchParams.get("issuer"),
          uri.searchParams.get("secret"),
        ],
        [plain(issuer), [plain(account)], plain(issuer), secret],
      );
    }),
    { numRuns: 200 },
  );
});
