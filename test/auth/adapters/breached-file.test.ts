import { createHash } from "node:crypto";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import t from "tap";
import { openBreachedFile } from "../../../src/auth/adapters/breached-file.ts";

const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex").toUpperCase();
const dir = t.testdir();
let files = 0;

function fileOf(lines: string[], end = "\r\n", last = end): string {
  mkdirSync(dir, { recursive: true });
  const path = `${dir}/${(files += 1)}.txt`;
  writeFileSync(path, lines.join(end) + last);
  return path;
}

/** As the downloader writes it. */
const sorted = (passwords: string[]): string[] =>
  passwords.map((one, i) => `${sha1(one)}:${(i * 7919) % 100_003}`).sort();

t.test("finds what is in the file and nothing else, with either end of line", async (t) => {
  const inside = Array.from({ length: 20_000 }, (_, i) => `in ${i}`);
  const lines = sorted(inside);
  for (const [end, last] of [
    ["\r\n", "\r\n"],
    ["\n", "\n"],
    ["\n", ""],
  ] as const) {
    const file = await openBreachedFile(fileOf(lines, end, last));
    t.teardown(() => file.close());
    const edges = [lines[0], lines.at(-1)].map(
      (line) => inside.find((one) => line?.startsWith(sha1(one))) ?? "",
    );
    for (const one of [...edges, ...inside.filter((_, i) => i % 97 === 0)])
      t.equal(await file.has(one), true, one);
    for (let i = 0; i < 200; i += 1) t.equal(await file.has(`out ${i}`), false);
  }
});

t.test("as a set of lines of any size says", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 300 }),
      fc.constantFrom("\n", "\r\n"),
      async (numbers, end) => {
        const file = await openBreachedFile(fileOf(sorted(numbers.map(String)), end));
        for (let i = 0; i <= 500; i += 7) t.equal(await file.has(String(i)), numbers.includes(i));
        await file.close();
      },
    ),
    { numRuns: 25 },
  );
});

t.test("a list that is not spread evenly is searched as well", async (t) => {
  const lines = Array.from(
    { length: 5_000 },
    (_, i) => `${i.toString(16).toUpperCase().padStart(40, "0")}:1`,
  );
  const file = await openBreachedFile(fileOf([...lines, `${sha1("zzz")}:1`, `${"F".repeat(40)}:1`].sort()));
  t.teardown(() => file.close());
  t.equal(await file.has("zzz"), true);
  t.equal(await file.has("yyy"), false);
});

t.test("a file of another form is refused when it is opened", async (t) => {
  const good = sorted(Array.from({ length: 3_000 }, (_, i) => `in ${i}`));
  const cases: [what: string, path: string, message: RegExp][] = [
    ["missing", `${dir}/none`, /could not be opened \(ENOENT\)/],
    ["a folder", dir, /could not be read \(EISDIR\)/],
    ["empty", fileOf([], "", ""), /is empty/],
    ["by count", fileOf([...good].sort((a, b) => Number(b.slice(41)) - Number(a.slice(41)))), /not sorted/],
    ["backwards", fileOf([...good].reverse()), /not sorted/],
    ["two files in one", fileOf([...good, ...good]), /not sorted/],
    ["NTLM", fileOf(good.map((line) => line.slice(8))), /not SHA1:count/],
    ["without counts", fileOf(good.map((line) => line.slice(0, 40))), /not SHA1:count/],
    ["plain passwords", fileOf(["123456", "password"]), /not SHA1:count/],
    ["one line without an end", fileOf(["A".repeat(100_000)]), /./],
    ["binary", fileOf(["\u0000".repeat(9_000)]), /./],
  ];
  for (const [what, path, message] of cases)
    await t.rejects(openBreachedFile(path), { code: "CONFIG_INVALID", message }, what);
});

t.test("half a download is refused", async (t) => {
  const line = (i: number): string =>
    `${Math.floor((i / 300_000) * 2 ** 32)
      .toString(16)
      .toUpperCase()
      .padStart(8, "0")}${"0".repeat(32)}:1`;
  const path = fileOf(Array.from({ length: 300_000 }, (_, i) => line(i)));
  await openBreachedFile(path).then((file) => file.close());
  truncateSync(path, 12_000_000);
  await t.rejects(openBreachedFile(path), { code: "CONFIG_INVALID", message: /cut|part|not SHA1/ });
});

t.test("damage that is met later is no answer, and no 'no'", async (t) => {
  const path = fileOf(sorted(Array.from({ length: 3_000 }, (_, i) => `in ${i}`)));
  const file = await openBreachedFile(path);
  writeFileSync(path, "\u0001".repeat(140_000));
  await t.rejects(file.has("in 7"), { code: "BREACHED_UNKNOWN" });
  await file.close();
  await t.rejects(file.has("in 7"), { code: "BREACHED_UNKNOWN" });
});
