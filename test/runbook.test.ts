/** infra/RUNBOOK.md: whoever is called at night finds every code there, under the exit code they saw. */
import { readFileSync } from "node:fs";
import t from "tap";
import { CODES } from "../src/fault.ts";

const page = readFileSync(new URL("../infra/RUNBOOK.md", import.meta.url), "utf8");

/** Code → exit code of the part of the page it stands in, in the page's order. */
const explained = page.split(/^## /m).flatMap((part) => {
  const exit = Number(/\(exit code (\d)\)/.exec(part.split("\n")[0] ?? "")?.[1]);
  return [...part.matchAll(/^### (\S+)$/gm)].map(([, code = ""]) => [code, exit] as const);
});

t.test("every code is explained once, under its exit code, and no other is", async (t) => {
  t.strictSame(
    explained.map(([code]) => code),
    Object.keys(CODES),
    "in the order of src/fault.ts",
  );
  t.strictSame(Object.fromEntries(explained), { ...CODES });
});

t.test("each says what it means, why it happens and what to do, in that order", async (t) => {
  for (const section of page.split(/^### /m).slice(1)) {
    const [code = ""] = section.split("\n");
    const words = [...(section.split(/^## /m)[0] ?? "").matchAll(/\*\*(Means|Because|Do)\b/g)].map(
      ([, w]) => w,
    );
    t.strictSame(words, ["Means", "Because", "Do"], code);
  }
});

t.test("codes named elsewhere on the page exist", async (t) => {
  for (const [, code = ""] of page.matchAll(/`([A-Z]+(?:_[A-Z0-9]+)+)`/g))
    t.ok(code in CODES || /^(LAKAT|AWS)_/.test(code), code);
});
