import { randomBytes } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { openSealer, type SealingKey } from "../../src/auth/sealed.ts";
import { Fault } from "../../src/fault.ts";

const PLANTED = "planted-secret-7f3a";
const newKey = (id: string): SealingKey => ({ id, key: randomBytes(32) });
const [one, two] = [newKey("k1"), newKey("k2")];
const sealer = openSealer([one]);
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.code;
  }
}

t.test("what is sealed opens in its own context, and in no other", async () => {
  fc.assert(
    fc.property(bytes, fc.string(), fc.string(), (plain, context, other) => {
      const sealed = sealer.seal(plain, context);
      if (!sealer.open(sealed, context).equals(plain)) return false;
      return context === other || codeOf(() => sealer.open(sealed, other)) === "SEAL_BROKEN";
    }),
  );
});

t.test("one changed bit anywhere, one byte less or more: it does not open", async (t) => {
  const sealed = sealer.seal(Buffer.from(PLANTED), "totp:1");
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    // A changed id may be that of a key which is not there.
    const code = codeOf(() => sealer.open(changed, "totp:1"));
    if (!(code === "SEAL_BROKEN" || (code === "SECRET_MISSING" && bit >> 3 < 4))) t.fail(`bit ${bit}`);
  }
  for (let length = 0; length < sealed.length; length++)
    t.equal(
      codeOf(() => sealer.open(sealed.subarray(0, length), "totp:1")),
      "SEAL_BROKEN",
    );
  t.equal(
    codeOf(() => sealer.open(Buffer.concat([sealed, Buffer.alloc(1)]), "totp:1")),
    "SEAL_BROKEN",
  );
});

t.test("arbitrary bytes end in a fault, never in anything else", async () => {
  const header = Buffer.from([1, 2, 0x6b, 0x31]);
  fc.assert(
    fc.property(
      bytes,
      fc.boolean(),
      (garbage, headed) =>
        codeOf(() => sealer.open(headed ? Buffer.concat([header, garbage]) : garbage, "x")) !== undefined,
    ),
  );
});

t.test("the same value is never sealed into the same bytes", async (t) => {
  const all = Array.from({ length: 200 }, () => sealer.seal(Buffer.from("x"), "c").toString("hex"));
  t.equal(new Set(all).size, 200);
});

t.test("keys rotate: the first seals, all open", async (t) => {
  const old = sealer.seal(Buffer.from("x"), "c");
  const both = openSealer([two, one]);
  t.equal(both.open(old, "c").toString(), "x");
  const fresh = both.seal(Buffer.from("y"), "c");
  t.equal(openSealer([two]).open(fresh, "c").toString(), "y");
  t.equal(
    codeOf(() => sealer.open(fresh, "c")),
    "SECRET_MISSING",
    "a key that is not there",
  );
  t.equal(
    codeOf(() => openSealer([{ id: "k1", key: two.key }]).open(old, "c")),
    "SEAL_BROKEN",
    "another key under the same id",
  );
});

t.test("the id in the header is bound: a value cannot be moved to another key's name", async (t) => {
  const same = openSealer([one, { id: "k9", key: one.key }]);
  const moved = same.seal(Buffer.from("x"), "c");
  moved[3] = "9".charCodeAt(0);
  t.equal(
    codeOf(() => same.open(moved, "c")),
    "SEAL_BROKEN",
  );
});

t.test("keys that are none are refused", async (t) => {
  t.equal(
    codeOf(() => openSealer([])),
    "SECRET_MISSING",
  );
  for (const key of [Buffer.alloc(0), randomBytes(16), randomBytes(31), randomBytes(33), Buffer.alloc(32, 7)])
    t.equal(
      codeOf(() => openSealer([one, { id: "k2", key }])),
      "SECRET_WEAK",
    );
  for (const id of ["", "a b", "é", "x".repeat(65), "k1"])
    t.equal(
      codeOf(() => openSealer([one, { id, key: two.key }])),
      "CONFIG_INVALID",
      id,
    );
});

t.test("no fault says what is inside, nor the key", async (t) => {
  const sealed = sealer.seal(Buffer.from(PLANTED), "totp:1");
  try {
    sealer.open(sealed, "totp:2");
    t.fail("opened");
  } catch (error) {
    const { message, todo, stack = "", cause } = error as Fault;
    const said = `${message} ${todo} ${stack} ${String(cause)}`;
    t.notOk(said.includes(PLANTED) || said.includes(one.key.toString("base64")));
    t.equal(cause, undefined);
  }
});
