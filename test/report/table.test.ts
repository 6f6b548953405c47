import t from "tap";
import { table } from "../../src/report/table.ts";

t.test("columns as wide as their content, nothing at the end of a line", async (t) => {
  t.equal(
    table(
      ["A", "LONG HEAD", ""],
      [
        ["1", "x", ""],
        ["a longer cell", "", "end"],
      ],
    ),
    ["A              LONG HEAD", "1              x", "a longer cell             end"].join("\n"),
  );
  t.equal(table(["A", "B"], []), "A  B");
  t.equal(table(["A"], [["\u001b[2J\n\tx"]]), "A\n?[2J??x");
});
