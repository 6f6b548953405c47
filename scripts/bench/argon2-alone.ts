/** Verifies one hash again and again, so many at once, for so many seconds; prints how many it did in a second. */
import * as argon2 from "argon2";

const [hash = "", input = "", concurrent = "2", seconds = "5"] = process.argv.slice(2);
const began = performance.now();
const end = began + Number(seconds) * 1000;
let done = 0;
await Promise.all(
  Array.from({ length: Number(concurrent) }, async () => {
    while (performance.now() < end) {
      if (!(await argon2.verify(hash, Buffer.from(input, "base64"))))
        throw new Error("the hash is of another input");
      done++;
    }
  }),
);
process.stdout.write(`${(1000 * done) / (performance.now() - began)}\n`);
