/** See scripts/soak-drill. Prints TAP, and last a line of JSON. */
import t from "tap";
import { soakDrill } from "../test/fixtures/soak-drill.ts";

const runs = Number(process.argv[2] ?? 50);
await t.test(`${runs} restore tests of a source that is written to all the time`, async (t) => {
  const { green, red, ...rest } = await soakDrill(t, runs, (line) => t.comment(line));
  t.equal(green, runs, "every one is green");
  t.strictSame(red, []);
  process.stdout.write(`${JSON.stringify({ runs, green, red: red.length, ...rest })}\n`);
});
