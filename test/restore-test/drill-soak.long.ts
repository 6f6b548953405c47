/** No false alarm while the source is written to all the time: the short form of scripts/soak-drill. */
import t from "tap";
import { soakDrill } from "../fixtures/soak-drill.ts";

t.test("two restore tests of a source that is never at rest", async (t) => {
  const { green, red } = await soakDrill(t, 2, (line) => t.comment(line));
  t.strictSame(red, []);
  t.equal(green, 2);
});
