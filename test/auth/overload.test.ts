import t from "tap";
import { openAdmission } from "../../src/auth/admission.ts";
import { openOverload } from "../../src/auth/overload.ts";

t.test("the first refusal is written at once, the others once a minute, none twice", async (t) => {
  let tick = 5;
  const written: number[] = [];
  const overload = openOverload(
    (refused) => void written.push(refused),
    () => tick,
  );
  const admission = openAdmission(1, () => overload.refused());
  const leave = admission.enter();
  for (let i = 0; i < 10; i++) t.equal(admission.enter(), undefined);
  t.strictSame(written, [1]);
  tick += 60_000;
  admission.enter();
  t.strictSame(written, [1, 10]);
  leave?.();
  t.ok(admission.enter(), "room again");
  t.equal(overload.count, 11);
});
