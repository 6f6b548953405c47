import fc from "fast-check";
import t from "tap";
import { Random } from "../../src/demo/random.ts";

const seeds = fc.integer({ min: 0, max: 0xffff_ffff });

t.test("every row has numbers of its own, the same each time", async () => {
  fc.assert(
    fc.property(seeds, fc.nat(9), fc.nat(), (seed, stream, id) => {
      const draw = (random: Random) => Array.from({ length: 5 }, () => random.next()).join();
      const random = new Random(seed);
      const first = draw(random.at(stream, id));
      draw(random.at(stream, id + 1));
      return first === draw(random.at(stream, id)) && first === draw(new Random(seed).at(stream, id));
    }),
  );
});

t.test("neighbouring seeds, streams and rows have nothing in common", async (t) => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 10; seed++) {
    for (let stream = 0; stream < 10; stream++) {
      for (let id = 0; id < 100; id++) seen.add(new Random(seed).at(stream, id).next());
    }
  }
  // Of 10,000 numbers of 32 bits, one pair in a hundred such sets is the same.
  t.ok(seen.size > 9_995, String(seen.size));
});

t.test("the generator is xoshiro128** 1.1", async (t) => {
  // The reference's own words, on the state that SplitMix32 makes of this seed: computed with 64-bit integers.
  const mask = 0xffff_ffffn;
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const mix = (z: bigint) => {
    z = ((z ^ (z >> 16n)) * 0x21f0aaadn) & mask;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & mask;
    return z ^ (z >> 15n);
  };
  const golden = 0x9e3779b9n;
  let state = mix(mix(2026n ^ ((4n * golden) & mask)) ^ 7n);
  const s = [0, 0, 0, 0].map(() => mix((state = (state + golden) & mask)));
  let [a = 0n, b = 0n, c = 0n, d = 0n] = s;
  d |= 1n;
  const random = new Random(2026).at(3, 7);
  for (let n = 0; n < 1000; n++) {
    const expected = (rotate((b * 5n) & mask, 7n) * 9n) & mask;
    const shifted = (b << 9n) & mask;
    [c, d] = [c ^ a, d ^ b];
    [b, a] = [b ^ c, a ^ d];
    c ^= shifted;
    d = rotate(d, 11n);
    if (random.next() !== Number(expected)) return t.fail(`number ${n} differs`);
  }
  return t.pass();
});

t.test("draws stay within their bounds and reach both ends", async (t) => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 2 ** 32 }), (seed, n) => {
      const one = new Random(seed).below(n);
      return Number.isInteger(one) && one >= 0 && one < n;
    }),
  );
  const random = new Random(1);
  const drawn = new Set(Array.from({ length: 1000 }, () => random.between(3, 6)));
  t.same([...drawn].sort(), [3, 4, 5, 6]);
  const often = Array.from({ length: 1000 }, () => random.pickOften([0, 1, 2, 3]));
  t.ok(often.filter((one) => one === 0).length > 2 * often.filter((one) => one === 3).length);
  for (const n of [1, 6, 7, 20, 26]) t.match(random.digits(n), new RegExp(`^\\d{${n}}$`));
});
