/** `lakat keys day destroy`: after it the backups of those days open only with a recovery key. */
import { Fault } from "../fault.ts";
import { texts, type Call, type Command, type Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { dayKeyConfig } from "./day-key-config.ts";
import { readDayKeys, removeDayKey } from "./day-key-files.ts";
import { endDayKeys } from "./day-key-life.ts";
import { drillsIn, historyOf } from "./history.ts";
import { openTrustedSource } from "./trusted-source.ts";

export const command: Command = {
  usage: `[options]

  --day YYYY-MM-DD     this day's, passed or not; may be given several times
${CONFIG_USAGE}

Without --day: those of days that are over by twelve hours and whose backups
have all passed their restore test, and those that have reached their limit.
Keep the folder on a memory-backed or encrypted file system: a disk may keep
what a file system has forgotten.`,
  options: { ...CONFIG_OPTION, day: { type: "string", multiple: true } },
  async run(call) {
    const named = texts(call, "day");
    return named.length > 0 ? destroyNamed(call, named) : destroyDue(call);
  },
};

async function destroyNamed(call: Call, named: string[]): Promise<Outcome> {
  const { dayKeys } = await dayKeyConfig(call);
  const held = await readDayKeys(dayKeys.directory);
  const unknown = named.filter((day) => !held.some((key) => key.day === day));
  if (unknown.length > 0)
    throw new Fault(
      "USAGE",
      `this host holds no day key of ${unknown.join(", ")}`,
      "See `lakat keys day list`.",
    );
  const days = [...new Set(named)].sort();
  for (const day of days) await removeDayKey(dayKeys.directory, day);
  return outcomeOf(days);
}

async function destroyDue(call: Call): Promise<Outcome> {
  const { config, dayKeys } = await dayKeyConfig(call);
  const { destroyed, findings, fault } = await endDayKeys({
    folder: dayKeys.directory,
    clusters: config.clusters.map(({ name }) => name),
    store: () => openTrustedSource(config, call.env),
    drills: async () => drillsIn((await (await historyOf(config)).folder.list()).reports),
    now: call.now(),
    signal: call.signal,
  });
  return { ...outcomeOf(destroyed.map(({ day }) => day)), findings, fault };
}

function outcomeOf(days: string[]): Outcome {
  return {
    text: days.length === 0 ? "nothing has passed" : `destroyed ${days.join(", ")}`,
    json: { destroyed: days },
    findings: [],
  };
}
