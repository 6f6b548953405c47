import { createSecretKey } from "node:crypto";
import t from "tap";
import {
  laneAndRun,
  laneId,
  lanesClearedBy,
  lanesOfCode,
  lanesOfDevice,
  lanesOfReset,
  lanesOfSms,
  lanesOfStranger,
  type Lane,
} from "../../src/auth/lane.ts";

const KEY = createSecretKey(Buffer.alloc(32, 7));
const ANNA = "3f2a8c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b";
const BELA = "7c1d2e3f-4a5b-4e6f-8a9b-3f2a8c1e4b5d";
const LAPTOP = "0c1d2e3f-4a5b-4c6d-8e9f-1a2b3c4d5e6f";

t.test("each lane has an id of its own", async (t) => {
  const lanes: Lane[] = [
    ...[ANNA, BELA].flatMap((id) => [
      ...lanesOfStranger("192.0.2.1", { accountId: id }),
      ...lanesOfDevice(id, LAPTOP),
      ...lanesOfCode(id),
      ...lanesOfReset("2001:db8::/64", { accountId: id }),
    ]),
    ...lanesOfStranger("2001:db8::/64", { unknownName: "anna" }),
    // A name that looks like an account's id is still a name.
    ...lanesOfReset("192.0.2.1", { unknownName: ANNA }),
    ...lanesOfSms("+36201234567", ANNA),
    ...lanesOfSms("+36201234568", ANNA),
  ];
  const distinct = new Set(lanes.map((lane) => JSON.stringify(lane)));
  t.equal(new Set(lanes.map((lane) => laneId(KEY, lane))).size, distinct.size);
});

t.test("an id tells nothing without the key, and fits its column", async (t) => {
  const lane: Lane = { kind: "account", unknownName: "x".repeat(10_000) };
  t.match(laneId(KEY, lane), /^[A-Za-z0-9_-]{43}$/);
  t.equal(laneId(KEY, lane), laneId(KEY, { ...lane }));
  t.not(laneId(KEY, lane), laneId(createSecretKey(Buffer.alloc(32, 8)), lane));
});

t.test("a number has one lane, whichever account it stands at", async (t) => {
  const [mine, theirs] = [...lanesOfSms("+36201234567", ANNA), ...lanesOfSms("+36201234567", BELA)];
  t.equal(mine && laneId(KEY, mine), theirs && laneId(KEY, theirs));
});

t.test("an IPv6 address counts by its /64 only", async (t) => {
  t.throws(() => laneId(KEY, { kind: "address", network: "2001:db8::1" }), /its \/64/);
  t.throws(() => laneId(KEY, { kind: "reset-address", network: "2001:db8::/56" }), /its \/64/);
  t.doesNotThrow(() => laneId(KEY, { kind: "address", network: "2001:db8::/64" }));
});

t.test("which attempt counts where", async (t) => {
  const kinds = (lanes: Lane[]) => lanes.map(({ kind }) => kind);
  t.strictSame(
    kinds(lanesOfStranger("192.0.2.1", { accountId: ANNA })),
    ["address", "account", "account-run"],
    "the address first",
  );
  t.strictSame(kinds(lanesOfStranger("192.0.2.1", { unknownName: "nobody" })), ["address", "account"]);
  t.strictSame(kinds(lanesOfDevice(ANNA, LAPTOP)), ["device", "device-run"], "neither account nor address");
  t.strictSame(kinds(lanesOfCode(ANNA)), ["codes", "codes-run"]);
  t.strictSame(kinds(lanesClearedBy(ANNA)), ["account-run", "codes-run"]);
  t.strictSame(kinds(lanesClearedBy(ANNA, LAPTOP)), ["device", "device-run", "account-run", "codes-run"]);
});

t.test("a lane and its run belong together, from both sides", async (t) => {
  for (const lanes of [
    lanesOfCode(ANNA),
    lanesOfDevice(ANNA, LAPTOP),
    lanesOfStranger("192.0.2.1", { accountId: ANNA }).slice(1),
  ])
    for (const lane of lanes) t.strictSame(laneAndRun(lane), lanes, lane.kind);
  for (const lane of [
    ...lanesOfReset("192.0.2.1", { accountId: ANNA }),
    ...lanesOfStranger("192.0.2.1", { unknownName: "nobody" }),
    ...lanesOfSms("+36201234567", ANNA),
  ])
    t.strictSame(laneAndRun(lane), [lane], lane.kind);
});
