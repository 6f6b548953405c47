/** Which report the next one follows, whatever the clock did. */
import fc from "fast-check";
import t from "tap";
import { chainHead, type Link } from "../../src/report/chain.ts";

const link = (id: string, previous?: string): Link => ({ id, sha256: `sha of ${id}`, previous });

t.test("the head", async (t) => {
  const cases: [what: string, links: Link[], head: string | undefined][] = [
    ["of nothing", [], undefined],
    ["of one", [link("a", "sha of something older")], "a"],
    ["of a chain", [link("a"), link("b", "sha of a"), link("c", "sha of b")], "c"],
    [
      "a restore test begun before the daily report, and ended after it",
      [link("a", "sha of b"), link("b")],
      "a",
    ],
    [
      "a report dated into the future",
      [link("a"), link("b", "sha of z"), link("c", "sha of b"), link("z", "sha of a")],
      "c",
    ],
    [
      "the same when the report after it is out of sight",
      [link("c", "sha of b"), link("d", "sha of c"), link("z", "sha of a")],
      "d",
    ],
    ["two ends of the same length", [link("a"), link("b", "sha of a"), link("c", "sha of a")], "c"],
    ["a ring, which hashes do not allow", [link("a", "sha of b"), link("b", "sha of a")], undefined],
  ];
  for (const [what, links, head] of cases) t.equal(chainHead(links)?.id, head, what);
});

t.test("each new report follows the last one made, for any clock", async () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 9999 }), { minLength: 1, maxLength: 25 }), (ids) => {
      const made: Link[] = [];
      for (const id of ids) {
        const seen = [...made].sort((a, b) => (a.id < b.id ? -1 : 1));
        const head = chainHead(seen);
        if (head?.id !== made.at(-1)?.id) return false;
        made.push(link(String(id).padStart(4, "0"), head?.sha256));
      }
      return true;
    }),
  );
});
