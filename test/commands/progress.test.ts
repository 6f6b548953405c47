import t from "tap";
import { describeProgress, durationText, progressLine, sizeText } from "../../src/commands/progress.ts";

const MiB = 2 ** 20;

t.test("phase, streams, bytes, rate, time left", async (t) => {
  const at = { phase: "dump", streams: 2, bytes: 30 * MiB, seconds: 10, expected: 90 * MiB };
  for (const [what, progress, expected] of [
    ["all of it", at, "dump       2 streams  30.0 MiB  3.0 MiB/s  about 20 s left"],
    ["one stream", { ...at, streams: 1 }, "dump       1 stream  30.0 MiB  3.0 MiB/s  about 20 s left"],
    ["none", { ...at, streams: 0 }, "dump       30.0 MiB  3.0 MiB/s  about 20 s left"],
    ["a total nobody knows", { ...at, expected: undefined }, "dump       2 streams  30.0 MiB  3.0 MiB/s"],
    ["more than expected", { ...at, expected: MiB }, "dump       2 streams  30.0 MiB  3.0 MiB/s"],
    ["nearly done", { ...at, expected: 31 * MiB }, "dump       2 streams  30.0 MiB  3.0 MiB/s"],
    ["too early to tell", { ...at, seconds: 0.5 }, "dump       2 streams  30.0 MiB  60.0 MiB/s"],
    ["at the very start", { ...at, seconds: 0, bytes: 0 }, "dump       2 streams  0 B  0 B/s"],
    [
      "a long name",
      { ...at, phase: "post-data", streams: 0 },
      "post-data  30.0 MiB  3.0 MiB/s  about 20 s left",
    ],
  ] as const)
    t.equal(describeProgress(progress), expected, what);
});

t.test("sizes and durations for people", async (t) => {
  for (const [bytes, text] of [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1.5 * MiB, "1.5 MiB"],
    [120 * 2 ** 30, "120 GiB"],
    [5000 * 2 ** 40, "5000 TiB"],
  ] as const)
    t.equal(sizeText(bytes), text);
  for (const [seconds, text] of [
    [0, "0 s"],
    [0.44, "0.4 s"],
    [4, "4 s"],
    [59.4, "59 s"],
    [59.6, "1 min 0 s"],
    [200, "3 min 20 s"],
    [3599.6, "1 h 0 min"],
    [7500, "2 h 5 min"],
  ] as const)
    t.equal(durationText(seconds), text);
});

t.test("nothing is drawn where there is no terminal", async (t) => {
  let drawn = "";
  const line = progressLine({ write: (text) => (drawn += text), isTTY: false, columns: 80 }, 1, () => 0);
  line.phase("dump");
  line.streams(1);
  line.bytes(5);
  line.end();
  t.equal(drawn, "");
});

t.test("one line, rewritten, never wider than the terminal, and gone at the end", async (t) => {
  for (const [columns, width] of [
    [30, 29],
    [0, 79],
    [undefined, 79],
  ] as const) {
    const drawn: string[] = [];
    let now = 0;
    const terminal = {
      write: (text: string) => drawn.push(text),
      isTTY: true,
      ...(columns === undefined ? {} : { columns }),
    };
    const line = progressLine(terminal, 1000 * MiB, () => now);
    line.streams(1);
    line.bytes(100 * MiB);
    now = 10_000;
    line.phase("a phase with a name that is far too long for any terminal of eighty columns");
    line.end();
    t.equal(drawn.length, 2);
    t.equal(drawn[0]?.slice(4).length, width, `${String(columns)} columns`);
    t.ok(drawn.every((text) => text.startsWith("\r\u001b[K")));
    t.equal(drawn[1], "\r\u001b[K");
  }
});
