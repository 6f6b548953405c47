import fc from "fast-check";
import t from "tap";
import { afterTrouble, PACE } from "../../src/auth/message.ts";

const NOW = new Date("2026-03-01T10:00:00Z");
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const kinds = fc.constantFrom("mail" as const, "sms" as const);

t.test("what becomes of a message whose try failed", async (t) => {
  const trouble = { word: "smtp-451", final: false };
  const after = (tries: number, random: number, inMs = 86_400_000) =>
    afterTrouble({ kind: "mail", tries, expiresAt: later(inMs) }, trouble, NOW, random);
  t.strictSame(after(1, 0), { tryAt: later(5000) });
  t.strictSame(after(2, 0), { tryAt: later(10_000) });
  t.strictSame(after(30, 0), { tryAt: later(450_000) }, "the longest pause");
  t.strictSame(after(1, 0, 5001), { tryAt: later(5000) });
  t.strictSame(after(1, 0, 5000), { giveUp: "smtp-451" }, "it would be too late");
  t.strictSame(after(PACE.mail.tries, 0), { giveUp: "smtp-451" });
  const final = { word: "smtp-550", final: true };
  t.strictSame(afterTrouble({ kind: "sms", tries: 1, expiresAt: later(600_000) }, final, NOW, 0), {
    giveUp: "smtp-550",
  });
});

t.test("no try is early, late or too far away; a lease outlasts a try", async (t) => {
  for (const kind of ["mail", "sms"] as const) t.ok(PACE[kind].leaseMs > PACE[kind].sendMs * 1.5);
  fc.assert(
    fc.property(
      kinds,
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 1e9 }),
      fc.double({ min: 0, max: 0.999999, noNaN: true }),
      (kind, tries, left, random) => {
        const expiresAt = later(left);
        const next = afterTrouble({ kind, tries, expiresAt }, { word: "x", final: false }, NOW, random);
        if ("giveUp" in next) return true;
        const pause = next.tryAt.getTime() - NOW.getTime();
        const { firstMs, longestMs } = PACE[kind];
        return (
          pause >= firstMs / 2 && pause <= longestMs && next.tryAt < expiresAt && tries < PACE[kind].tries
        );
      },
    ),
  );
});
