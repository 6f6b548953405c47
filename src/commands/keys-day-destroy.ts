/** `lakat keys day destroy`: after it the backups of those days open only with a recovery key. */
import { Fault } from "../fault.ts";
import { texts, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { dayKeyConfig } from "./day-key-config.ts";
import { readDayKeys, removeDayKey } from "./day-key-files.ts";

export const command: Command = {
  usage: `[options]

  --day YYYY-MM-DD     this day's, passed or not; may be given several times
${CONFIG_USAGE}

Keep the folder on a memory-backed or encrypted file system: a disk may keep
what a file system has forgotten.`,
  options: { ...CONFIG_OPTION, day: { type: "string", multiple: true } },
  async run(call) {
    const { dayKeys } = await dayKeyConfig(call);
    const now = call.now().toISOString();
    const held = await readDayKeys(dayKeys.directory);
    const named = texts(call, "day");
    const unknown = named.filter((day) => !held.some((key) => key.day === day));
    if (unknown.length > 0)
      throw new Fault(
        "USAGE",
        `this host holds no day key of ${unknown.join(", ")}`,
        "See `lakat keys day list`.",
      );
    const doomed = held.filter(({ day, notAfter }) =>
      named.length > 0 ? named.includes(day) : notAfter <= now,
    );
    for (const { day } of doomed) await removeDayKey(dayKeys.directory, day);
    const days = doomed.map(({ day }) => day);
    return {
      text: days.length === 0 ? "nothing has passed" : `destroyed ${days.join(", ")}`,
      json: { destroyed: days },
      findings: [],
    };
  },
};
