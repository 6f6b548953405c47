/** The example in docs/retention.md is what the rules say. */
import { readFileSync } from "node:fs";
import t from "tap";
import { decide, type DatedBackup, type Keep } from "../../src/retention/keep.ts";

const page = readFileSync(new URL("../../docs/retention.md", import.meta.url), "utf8");

t.test("each row of the example comes out as it says", async (t) => {
  const numbers = /`(daily: \d.*least: \d)`, on Friday 20 March 2026/.exec(page)?.[1] ?? "";
  const placesOf = (tier: keyof Keep): number =>
    Number(new RegExp(`${tier}: (\\d+)`).exec(numbers)?.[1] ?? NaN);
  const rows = [
    ...page.matchAll(/^\| \w{3} (\d+) (\w+)(?:, ([\w:]+))? +\| ([\w ]+?) +\| (\w+): (.*?) +\|$/gm),
  ];
  t.equal(rows.length, 12);
  const hours: Record<string, string> = { evening: "20:00", morning: "08:00", "": "03:00" };
  const backups = rows.map(([, day = "", month = "", hour = "", tested = ""], i): DatedBackup => ({
    id: String(i),
    at: new Date(`${day} ${month} 2026 ${hours[hour] ?? hour} UTC`),
    proof: tested === "passed" ? "passed" : "unproved",
  }));
  const keep: Keep = {
    daily: placesOf("daily"),
    weekly: placesOf("weekly"),
    monthly: placesOf("monthly"),
    yearly: placesOf("yearly"),
    least: placesOf("least"),
  };
  const decision = decide(backups, keep, new Date("2026-03-20T12:00:00Z"));
  for (const [i, [row, , , , tested, fate, why = ""]] of rows.entries()) {
    const kept = decision.keep.find(({ id }) => id === String(i));
    t.equal(kept === undefined ? "goes" : "stays", fate, row);
    if (tested === "passed" && kept !== undefined) t.strictSame(why.split(", "), kept.reasons, row);
  }
});
