/** Where a chain of reports is broken. */
import t from "tap";
import { brokenAt, type Entry } from "../../src/report/chain-check.ts";

const link = (id: string, previous?: string, sha256 = `sha of ${id}`): Entry => ({
  kind: "link",
  id,
  sha256,
  previous: previous === undefined ? undefined : `sha of ${previous}`,
  previousId: previous,
});

t.test("cases", async (t) => {
  const whole = [link("1"), link("2", "1"), link("3", "2")];
  const damaged = (id: string): Entry => ({ kind: "damaged", id, what: "changed", why: "its hash" });
  const cases: [why: string, entries: Entry[], breaks: string[]][] = [
    ["none", [], []],
    ["whole", whole, []],
    ["in any order", whole.toReversed(), []],
    ["the oldest expired", whole.slice(1), []],
    ["an id does not tell who came first", [link("1"), link("2", "3"), link("3", "1")], []],
    ["one removed", [link("1"), link("3", "2")], ["3 removed"]],
    ["two removed", [link("1"), link("4", "3")], ["4 removed"]],
    ["one changed", [link("1"), damaged("2"), link("3", "2")], ["2 changed"]],
    ["the oldest changed", [damaged("1"), link("2", "1")], ["1 changed"]],
    [
      "one made anew with the host's own key",
      [link("1"), link("2", "1", "other"), link("3", "2")],
      ["2 replaced"],
    ],
    ["begun anew", [link("1"), link("2")], ["2 begun-anew"]],
    ["forked", [link("1"), link("2", "1"), link("3", "1")], ["3 forked"]],
  ];
  for (const [why, entries, breaks] of cases)
    t.strictSame(
      brokenAt(entries).map(({ id, kind }) => `${id} ${kind}`),
      breaks,
      why,
    );
});
