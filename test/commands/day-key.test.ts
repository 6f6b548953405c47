/** Which day key a backup is sealed to, and what is said when there is none or a wrong one. */
import t from "tap";
import { fetchDayKey } from "../../src/commands/day-key.ts";
import { Fault } from "../../src/fault.ts";
import { newDayKey, publishDayKey } from "../../src/seal/day-key.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import type { Sink } from "../../src/store/object-store.ts";

const now = new Date("2026-11-23T01:00:00Z");
const ours = newSigningKey();
const { signal } = new AbortController();
const dayKey = await newDayKey("2026-11-23", now, new Date("2026-11-25T00:00:00Z"));
const good = publishDayKey(dayKey, ours);
const forged = publishDayKey(dayKey, newSigningKey());
const denied = new Fault("STORE_DENIED", "no right to s3:GetObject", "Grant it.");
const silent = new Fault("STORE_UNREACHABLE", "nobody answers", "Look at the network.");
const busy = new Fault("STORE_FAILED", "503", "Wait.");

/** Destinations a, b, … that have this in place of the day key. */
function sinks(...held: (Buffer | undefined | Fault)[]): Sink[] {
  return held.map((what, i) => ({
    name: String.fromCharCode(97 + i),
    country: () => Promise.resolve("DE"),
    probe: () => Promise.resolve([]),
    put: () => Promise.reject(new Error("not here")),
    discard: () => Promise.resolve(),
    read: () => (what instanceof Fault ? Promise.reject(what) : Promise.resolve(what)),
  }));
}

const cases: [
  name: string,
  held: (Buffer | undefined | Fault)[],
  used: boolean,
  findings: [string, RegExp][],
][] = [
  ["a good one", [good], true, []],
  ["a good one behind none", [undefined, good], true, []],
  ["a good one behind a store that is down", [silent, good], true, []],
  [
    "a good one behind a forged one: the forger is told of",
    [forged, good],
    true,
    [["DAY_KEY_REFUSED", /in a is refused .*; that of b is used$/]],
  ],
  ["none", [undefined, undefined], false, [["DAY_KEY_MISSING", /no day key of 2026-11-23 is published;/]]],
  ["a forged one", [forged], false, [["DAY_KEY_REFUSED", /recovery keys alone/]]],
  ["one far too large", [Buffer.alloc(70_000, 32)], false, [["DAY_KEY_REFUSED", /larger than 65536/]]],
  ["one that may not be read", [denied], false, [["DAY_KEY_MISSING", /or it may not be read/]]],
  [
    "a store that is down has refused nothing",
    [silent, busy],
    false,
    [
      ["DAY_KEY_MISSING", /could not be read from a \(STORE_UNREACHABLE: nobody answers\)/],
      ["DAY_KEY_MISSING", /could not be read from b \(STORE_FAILED/],
    ],
  ],
];

for (const [name, held, used, findings] of cases)
  t.test(name, async (t) => {
    const found = await fetchDayKey(sinks(...held), ours, now, signal);
    t.equal(found.dayKey?.recipient, used ? dayKey.recipient : undefined);
    t.match(
      found.findings,
      findings.map(([code, what]) => ({ code, what })),
    );
    t.equal(found.findings.length, findings.length);
  });

t.test("who is interrupted hears only of that", async (t) => {
  const reason = new Fault("INTERRUPTED", "stopped", "Run it again.");
  await t.rejects(fetchDayKey(sinks(silent), ours, now, AbortSignal.abort(reason)), reason);
});
