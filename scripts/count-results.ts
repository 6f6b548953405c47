/**
 * Counts tap's own results: node scripts/count-results.ts FILE STATUS
 *
 * Prints every failed assertion with its place, then the one line `N passed, N failed`, and exits with 1 when
 * anything failed, when the runner's own exit status was not 0, or when no test ran at all.
 */
import { readFileSync } from "node:fs";
import process from "node:process";

const [file = "", status = "1"] = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };
const path: string[] = [];
// A line that opens a subtest is summed up again by the line that closes it, so only leaves are counted.
const lines = readFileSync(file, "utf8").split("\n");
for (const [i, line] of lines.entries()) {
  const subtest = /^( *)# Subtest: (.*)$/.exec(line);
  if (subtest !== null) path[(subtest[1] ?? "").length / 4] = subtest[2] ?? "";
  const result = /^( *)(not )?ok \d+ ?-? ?(.*)$/.exec(line);
  if (result === null) continue;
  const [, indent = "", not, name = ""] = result;
  const summary = /^ *1\.\.\d+|^ *# (time|failed|skip|todo)|^ *\}/.test(lines[i - 1] ?? "");
  // Only a skip counts for nothing. tap marks an error that has a field `todo`, as ours have, with TODO: it failed.
  if (summary || (not === undefined && /# SKIP/i.test(name))) continue;
  if (not === undefined) counts.passed += 1;
  else {
    counts.failed += 1;
    process.stdout.write(`FAILED ${path.slice(0, indent.length / 4 + 1).join(" > ")} > ${name}\n`);
    const detail = lines.slice(i + 1, i + 40);
    const end = detail.findIndex((text) => /^ *\.\.\.$/.test(text));
    process.stdout.write(`${detail.slice(0, end + 1).join("\n")}\n`);
  }
}
const runnerFailed = status !== "0" && counts.failed === 0;
if (runnerFailed) process.stdout.write(`the test runner itself ended with ${status}\n`);
if (runnerFailed || counts.passed === 0) counts.failed += 1;
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exitCode = counts.failed === 0 ? 0 : 1;
