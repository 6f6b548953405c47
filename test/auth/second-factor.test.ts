import fc from "fast-check";
import t from "tap";
import { STRICT_POLICY, USUAL_POLICY } from "../../src/auth/application.ts";
import { mustEnrol, shapeOf, usableKinds, type FactorPolicy } from "../../src/auth/second-factor.ts";
import type { FactorsOf } from "../../src/auth/store/factors.ts";

const has = (totps: number, phone: boolean, recoveryCodesLeft: number, passkeys = 0): FactorsOf => ({
  totps: Array.from({ length: totps }, (_, n) => ({
    id: String(n),
    label: "phone",
    confirmedAt: new Date(0),
    lastStep: 0,
  })),
  phone: phone ? "+36201234567" : undefined,
  recoveryCodesLeft,
  passkeys,
});

t.test("which kinds will do", async (t) => {
  const cases: [factors: FactorsOf, policy: FactorPolicy, kinds: string[]][] = [
    [has(1, true, 10), USUAL_POLICY, ["totp", "sms", "recovery-code"]],
    [has(1, true, 10), STRICT_POLICY, ["totp", "recovery-code"]],
    [has(1, true, 10), { secondFactor: "new-device", sms: false }, ["totp", "recovery-code"]],
    [has(1, true, 0), { secondFactor: "always", sms: true }, ["totp", "sms"]],
    [has(2, false, 0), USUAL_POLICY, ["totp"]],
    [has(0, true, 0), USUAL_POLICY, []],
    [has(0, true, 3), USUAL_POLICY, ["recovery-code"]],
    [has(0, false, 0), USUAL_POLICY, []],
    [has(1, true, 0, 2), USUAL_POLICY, ["passkey", "totp", "sms"]],
    [has(1, true, 0, 1), STRICT_POLICY, ["passkey", "totp"]],
  ];
  for (const [factors, policy, kinds] of cases) t.strictSame(usableKinds(factors, policy), kinds);
});

t.test("who has none enrols; who has only recovery codes left has to show one", async (t) => {
  t.equal(mustEnrol(has(0, false, 0)), true);
  t.equal(mustEnrol(has(0, true, 0)), true, "a phone alone is no factor");
  t.equal(mustEnrol(has(0, false, 1)), false);
  t.equal(mustEnrol(has(1, false, 0)), false);
  t.equal(mustEnrol(has(0, false, 0, 1)), true, "an authenticator works without script");
});

t.test("kinds are told apart by their shape", async (t) => {
  const cases: [text: string, shape: ReturnType<typeof shapeOf>][] = [
    ["123456", { kind: "totp", code: "123456" }],
    [" 123 456\t", { kind: "totp", code: "123456" }],
    ["1234 5678", { kind: "sms", code: "12345678" }],
    ["K3F8-X2MQ-9ABC-0Z1Y", { kind: "recovery-code", code: "k3f8x2mq9abc0z1y" }],
    ["k3f8 x2mq 9abc Ozly", { kind: "recovery-code", code: "k3f8x2mq9abc0z1y" }],
    ["1234567890123456", { kind: "recovery-code", code: "1234567890123456" }],
    ["", undefined],
    ["12345", undefined],
    ["1234567", undefined],
    ["123-456", undefined],
    ["١٢٣٤٥٦", undefined],
    ["１２３４５６", undefined],
    ["k3f8-x2mq-9abc", undefined],
    ["k3f8-x2mq-9abc-0z1u", undefined],
    [`${" ".repeat(64)}123456`, undefined],
    ["123456\u0000", undefined],
    ["1".repeat(1_000_000), undefined],
  ];
  for (const [text, shape] of cases) t.strictSame(shapeOf(text), shape, JSON.stringify(text.slice(0, 30)));
});

/** UTF-16 units, lone surrogates too. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 30 }).map((units) => String.fromCharCode(...units));
const codeLike = fc.string({ unit: fc.constantFrom(...Array.from("0123456789abcOl -")), maxLength: 22 });

t.test("any text has one shape or none", async () => {
  fc.assert(
    fc.property(fc.oneof(anyText, codeLike), (text) => {
      const shape = shapeOf(text);
      const lengths = { totp: 6, sms: 8, "recovery-code": 16 };
      return shape === undefined || shape.code.length === lengths[shape.kind];
    }),
  );
});
