import fc from "fast-check";
import t from "tap";
import { partSize, SMALLEST_PART } from "../../src/store/part-size.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const first = fc.integer({ min: SMALLEST_PART, max: 5 * GIB });
const maxParts = fc.integer({ min: 2, max: 10_000 });

t.test("laws", async () => {
  fc.assert(
    fc.property(first, maxParts, fc.double({ min: 0, max: 1, noNaN: true }), (first, maxParts, place) => {
      const number = 1 + Math.floor(place * (maxParts - 1));
      const size = partSize(number, first, maxParts);
      const next = partSize(number + 1, first, maxParts);
      const constant = number > Math.ceil(maxParts / 2) || size === first;
      return (
        Number.isInteger(size) &&
        size >= first &&
        size <= 5 * GIB &&
        next >= size &&
        next <= 2 * size &&
        constant
      );
    }),
  );
});

const capacity = (first: number, maxParts: number) => {
  let sum = 0;
  for (let number = 1; number <= maxParts; number += 1) sum += partSize(number, first, maxParts);
  return sum;
};

t.test("the largest object S3 takes fits whatever the first part", async (t) => {
  fc.assert(
    fc.property(first, (first) => capacity(first, 10_000) >= 5 * 1024 * GIB),
    { numRuns: 20 },
  );
  t.ok(capacity(8 * MIB, 1000) > 500 * GIB, "and half a terabyte where the store takes 1,000 parts");
});

t.test("memory stays as configured for 39 GiB of one stream", async (t) => {
  t.equal(partSize(1, 8 * MIB, 10_000), 8 * MIB);
  t.equal(partSize(5000, 8 * MIB, 10_000), 8 * MIB);
  t.equal(partSize(5001, 8 * MIB, 10_000), 16 * MIB);
  t.equal(partSize(5416, 8 * MIB, 10_000), 16 * MIB);
  t.equal(partSize(5417, 8 * MIB, 10_000), 32 * MIB);
  t.equal(partSize(10_000, 8 * MIB, 10_000), 5 * GIB);
});
