import fc from "fast-check";
import t from "tap";
import { openEvenTime } from "../../src/auth/even-time.ts";

t.test("attack 18: every no is answered on the grid, whatever it cost", async () => {
  const ms = fc.double({ min: 0, max: 3000, noNaN: true });
  fc.assert(
    fc.property(fc.array(ms, { maxLength: 80 }), ms, fc.boolean(), (lately, elapsed, hashed) => {
      const time = openEvenTime(250, 100);
      for (const took of lately) time.note(took);
      const wait = time.wait(elapsed, hashed);
      const at = elapsed + wait;
      const ticks = at / 250;
      return wait >= 0 && at >= 249.999 && Math.abs(ticks - Math.round(ticks)) < 1e-6;
    }),
  );
});

t.test("attack 18: what was not hashed waits as long as hashing takes", async (t) => {
  const time = openEvenTime(250, 100);
  t.equal(time.wait(5, false), 245, "before anything is known");
  // A busy machine: each password takes three quarters of a second.
  for (let i = 0; i < 64; i++) time.note(740);
  t.equal(time.wait(740, true), 10, "a wrong password");
  t.equal(time.wait(5, false), 745, "a locked lane");
  // What was noted long ago is forgotten.
  for (let i = 0; i < 64; i++) time.note(90);
  t.equal(time.wait(5, false), 245);
});
