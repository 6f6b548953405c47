/** `lakat keys day publish`: makes the coming days' keys and publishes their signed public halves. */
import { Fault } from "../fault.ts";
import {
  dayKeyName,
  MAX_DAY_KEY,
  newDayKey,
  openDayKey,
  publishDayKey,
  type DayKey,
} from "../seal/day-key.ts";
import type { SigningKey } from "../seal/signing-key.ts";
import { MemoryBudget } from "../store/memory-budget.ts";
import { bodyOf, NO_JOURNAL, type Sink } from "../store/object-store.ts";
import type { Call, Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { readDayKeys, writeDayKey } from "./day-key-files.ts";
import { dayKeyConfig } from "./day-key-config.ts";
import { openSink } from "./destinations.ts";
import { readSigningKey } from "./key-files.ts";
import { table } from "../report/table.ts";

const DAY_MS = 86_400_000;

export const command: Command = {
  usage: `[options]\n\n${CONFIG_USAGE}`,
  options: CONFIG_OPTION,
  run: publish,
};

async function publish(call: Call): ReturnType<Command["run"]> {
  const { config, dayKeys } = await dayKeyConfig(call);
  const signingKey = await readSigningKey(config.signing_key);
  const sink = await openSink(
    config.source,
    { budget: new MemoryBudget(2 ** 23), journal: NO_JOURNAL },
    call.env,
  );
  const now = call.now();
  const held = new Map((await readDayKeys(dayKeys.directory)).map((key) => [key.day, key]));
  const published: { day: string; recipient: string; state: string }[] = [];
  // One day that somebody else took is no reason to leave the others without a key.
  let refused: Fault | undefined;
  for (let ahead = 0; ahead <= dayKeys.ahead; ahead++) {
    const day = new Date(now.getTime() + ahead * DAY_MS).toISOString().slice(0, 10);
    let dayKey = held.get(day);
    if (dayKey === undefined) {
      dayKey = await newDayKey(day, now, new Date(Date.parse(day) + (1 + dayKeys.keep) * DAY_MS));
      await writeDayKey(dayKeys.directory, dayKey);
    }
    try {
      const state = await publishOne(sink, dayKey, signingKey, now, call.signal);
      published.push({ day, recipient: dayKey.recipient, state });
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== "DAY_KEY_INVALID") throw error;
      refused ??= error;
      published.push({ day, recipient: dayKey.recipient, state: "REFUSED" });
    }
  }
  const rows = published.map(({ day, state, recipient }) => [day, state, recipient]);
  return {
    text: table(["DAY", "STATE", "RECIPIENT"], rows),
    json: { published },
    findings: [],
    fault: refused,
  };
}

/** Write-once: what already lies there must be this very key, or somebody else published in our name. */
async function publishOne(
  sink: Sink,
  dayKey: DayKey,
  signingKey: SigningKey,
  now: Date,
  signal: AbortSignal,
): Promise<string> {
  const key = dayKeyName(dayKey.day);
  // S3 denies an absent object to a key that may not list; then write-once itself tells whether one is there.
  const there = await sink.read(key, MAX_DAY_KEY, signal).catch((error: unknown) => {
    if (error instanceof Fault && error.code === "STORE_DENIED") return undefined;
    throw error;
  });
  if (there === undefined) {
    await sink.put({ key, body: bodyOf(publishDayKey(dayKey, signingKey)), retention: undefined, signal });
    return "published";
  }
  const opened = openDayKey(there, { day: dayKey.day, now, trusted: [signingKey] });
  if (opened.recipient !== dayKey.recipient)
    throw new Fault(
      "DAY_KEY_INVALID",
      `another key of ours is published for ${dayKey.day}`,
      `Its private half was lost: remove ${key} from the store, or wait until that day has passed.`,
    );
  return "already there";
}
