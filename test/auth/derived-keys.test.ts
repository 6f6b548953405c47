import { hkdf } from "node:crypto";
import { promisify } from "node:util";
import t from "tap";
import { derivedKeys } from "../../src/auth/derived-keys.ts";

t.test("each use has a key of its own, and the same on every host", async (t) => {
  const secret = Buffer.alloc(32, 7);
  const { lanes, forms, sms } = derivedKeys(secret);
  const all = [lanes.export(), forms, sms].map((key) => key.toString("hex"));
  t.equal(new Set(all).size, 3);
  t.ok(all.every((key) => key.length === 64));
  const again = derivedKeys(Buffer.from(secret));
  t.same(
    [again.lanes.export(), again.forms, again.sms].map((key) => key.toString("hex")),
    all,
  );
  t.not(derivedKeys(Buffer.alloc(32, 8)).forms.toString("hex"), all[1]);
  // Counts and locks in the database are named by it: another label would forget them all.
  const expected = await promisify(hkdf)("sha256", secret, "", "lakat gateway lanes", 32);
  t.equal(all[0], Buffer.from(expected).toString("hex"));
});
