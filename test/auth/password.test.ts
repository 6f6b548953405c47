import { createHmac } from "node:crypto";
import * as argon2 from "argon2";
import fc from "fast-check";
import t from "tap";
import type { Fault } from "../../src/fault.ts";
import { LEAST_PARAMETERS, readHash, type HashParameters } from "../../src/auth/password-hash.ts";
import { pepperedHasher, type Argon2, type Pepper } from "../../src/auth/password.ts";

const OLD: Pepper = { id: "old", key: Buffer.alloc(32, "an old pepper for tests") };
const NEW: Pepper = { id: "new", key: Buffer.alloc(32, "a new pepper for tests") };
const GOOD = "vitorla csat dió kémény";

/** argon2 in this process; counts what it is asked. */
function counting({ memoryKiB, passes, parallelism }: HashParameters = LEAST_PARAMETERS) {
  const verified: string[] = [];
  const port: Argon2 = {
    hash: (input) =>
      argon2.hash(input, { memoryCost: memoryKiB, timeCost: passes, parallelism, hashLength: 32 }),
    verify: (hash, input) => {
      verified.push(hash);
      return argon2.verify(hash, input);
    },
  };
  return { port, verified };
}

async function pepperedWith(peppers: Pepper[] = [NEW, OLD], parameters = LEAST_PARAMETERS) {
  const told: Fault[] = [];
  const { port, verified } = counting(parameters);
  return {
    ...(await pepperedHasher(port, parameters, peppers, (fault) => told.push(fault))),
    told,
    verified,
  };
}

t.test("what is stored is argon2id of the HMAC, as the argon2 package alone sees it", async (t) => {
  const hasher = await pepperedWith();
  const stored = await hasher.hash(GOOD.normalize("NFD"));
  t.equal(stored.pepperId, "new");
  t.match(stored.hash, /^\$argon2id\$v=19\$m=19456,p=1,t=2\$/);
  const input = createHmac("sha256", NEW.key).update(GOOD, "utf8").digest();
  t.equal(await argon2.verify(stored.hash, input), true);
  t.equal(await argon2.verify(stored.hash, GOOD), false, "the password without the pepper opens nothing");
  t.not((await hasher.hash(GOOD)).hash, stored.hash, "every hash has a salt of its own");
});

t.test("right, wrong, and when it has to be hashed again", async (t) => {
  const before = await pepperedWith([OLD]);
  const now = await pepperedWith([NEW, OLD]);
  const raised = await pepperedWith([NEW], { memoryKiB: 20 * 1024, passes: 2, parallelism: 1 });
  const old = await before.hash(GOOD);
  const fresh = await now.hash(GOOD);
  const input = createHmac("sha256", NEW.key).update(GOOD).digest();
  const made = async (options: argon2.HashOptions) => ({
    hash: await argon2.hash(input, { memoryCost: 19456, timeCost: 2, parallelism: 1, ...options }),
    pepperId: "new",
  });
  const cases: [
    what: string,
    one: typeof now,
    stored: typeof old,
    password: string,
    right: boolean,
    rehash: boolean,
  ][] = [
    ["right", now, fresh, GOOD, true, false],
    ["the same in another form", now, fresh, GOOD.normalize("NFD"), true, false],
    ["wrong", now, fresh, `${GOOD} `, false, false],
    ["empty", now, fresh, "", false, false],
    ["capitals", now, fresh, GOOD.toUpperCase(), false, false],
    ["pepper rotated", now, old, GOOD, true, true],
    ["pepper rotated, wrong", now, old, "something else", false, false],
    ["named for another pepper", now, { ...old, pepperId: "new" }, GOOD, false, false],
    ["memory raised", raised, fresh, GOOD, true, true],
    ["passes", now, await made({ timeCost: 3 }), GOOD, true, true],
    ["lanes", now, await made({ parallelism: 2 }), GOOD, true, true],
    ["variant", now, await made({ type: argon2.argon2i }), GOOD, true, true],
    ["length", now, await made({ hashLength: 24 }), GOOD, true, true],
    ["nothing", now, await made({}), GOOD, true, false],
  ];
  for (const [what, one, stored, password, right, rehash] of cases)
    t.strictSame(await one.verify(stored, password), { right, rehash }, what);
  t.strictSame([...now.told, ...raised.told], []);
});

t.test(
  "an unknown name costs one verification with the current parameters, and is never right",
  async (t) => {
    const hasher = await pepperedWith();
    const { verified, told } = hasher;
    for (const password of [GOOD, "", "x".repeat(1_000_000), "\ud800"]) {
      t.strictSame(await hasher.verify(undefined, password), { right: false, rehash: false });
      const form = readHash(verified.pop() ?? "");
      t.match(form, { variant: "id", ...LEAST_PARAMETERS });
      t.strictSame(verified, []);
    }
    t.strictSame(told, []);
  },
);

t.test("what is stored and cannot be read is a no, costs the same, and is told", async (t) => {
  const hasher = await pepperedWith();
  const { verified, told } = hasher;
  const { hash: fine } = await hasher.hash(GOOD);
  const [, , version, costs, salt, sum] = fine.split("$");
  const cases: [what: string, hash: string, pepperId?: string][] = [
    ["empty", ""],
    ["words", "garbage"],
    ["another hash", "$2b$12$abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK"],
    ["cut", fine.slice(0, -30)],
    ["no sum", `$argon2id$${version}$${costs}$${salt}$`],
    ["a sum of one byte", `$argon2id$${version}$${costs}$${salt}$AA`],
    ["no salt", `$argon2id$${version}$${costs}$$${sum}`],
    ["4 GiB", fine.replace("m=19456", "m=4194304")],
    ["beyond 32 bits", fine.replace("m=19456", "m=9999999999")],
    ["a day", fine.replace("t=2", "t=1000000")],
    ["threads", fine.replace("p=1", "p=4096")],
    ["no memory", fine.replace("m=19456", "m=0")],
    ["not a number", fine.replace("m=19456", "m=1e9")],
    ["a line more", `${fine}\n`],
    ["data", fine.replace("p=1", "p=1,data=AAAA")],
    ["an old version", fine.replace("v=19", "v=16")],
    ["an unknown pepper", fine, "lost"],
    ["no pepper", fine, ""],
  ];
  for (const [what, text, pepperId = "new"] of cases) {
    t.strictSame(await hasher.verify({ hash: text, pepperId }, GOOD), { right: false, rehash: false }, what);
    t.equal(told.pop()?.code, "PASSWORD_UNREADABLE", what);
    t.match(readHash(verified.pop() ?? ""), LEAST_PARAMETERS, what);
    t.strictSame([verified, told], [[], []]);
  }
});

t.test("no part of a password is left out: another character anywhere is another password", async (t) => {
  const hasher = await pepperedWith();
  const long = Array.from("kéménysöprő 🧹 ".repeat(10)).slice(0, 128);
  const stored = await hasher.hash(long.join(""));
  t.equal((await hasher.verify(stored, long.join(""))).right, true);
  await fc.assert(
    fc.asyncProperty(fc.nat(127), fc.constantFrom("x", "🪁", "\u0000"), async (at, other) => {
      const changed = long.with(at, other).join("");
      t.equal((await hasher.verify(stored, changed)).right, false, `${at}`);
    }),
    {
      numRuns: 20,
      examples: [
        [127, "x"],
        [0, "x"],
        [71, "x"],
      ],
    },
  );
  for (const changed of [long.slice(0, -1).join(""), `${long.join("")}x`, `${long.join("")}\u0000`])
    t.equal((await hasher.verify(stored, changed)).right, false);
  await t.rejects(hasher.hash(`${long.join("")}x`), /too-long/, "and nothing is cut to fit");
  await t.rejects(hasher.hash(`${GOOD}\ud83d`), /not-text/);
});

t.test("weak peppers and parameters do not start", async (t) => {
  const { port } = counting();
  const low = (change: Partial<HashParameters>): HashParameters => ({ ...LEAST_PARAMETERS, ...change });
  const cases: [parameters: HashParameters, peppers: Pepper[], code: string][] = [
    [low({ memoryKiB: 19 * 1024 - 1 }), [NEW], "CONFIG_INVALID"],
    [low({ passes: 1 }), [NEW], "CONFIG_INVALID"],
    [low({ parallelism: 0 }), [NEW], "CONFIG_INVALID"],
    [low({ memoryKiB: 4 * 1024 * 1024 }), [NEW], "CONFIG_INVALID"],
    [low({ memoryKiB: 20_000.5 }), [NEW], "CONFIG_INVALID"],
    [low({ passes: Number.NaN }), [NEW], "CONFIG_INVALID"],
    [low({}), [], "CONFIG_INVALID"],
    [low({}), [NEW, { ...OLD, id: "new" }], "CONFIG_INVALID"],
    [low({}), [NEW, { id: "short", key: Buffer.alloc(31) }], "SECRET_WEAK"],
  ];
  for (const [parameters, peppers, code] of cases)
    await t.rejects(
      pepperedHasher(port, parameters, peppers, () => undefined),
      { code },
    );
});
