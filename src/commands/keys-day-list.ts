/** `lakat keys day list`: the days this host can open. */
import type { Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { dayKeyConfig } from "./day-key-config.ts";
import { readDayKeys } from "./day-key-files.ts";
import { dayKeysRunOut } from "../report/day-keys.ts";
import { table } from "../report/table.ts";

export const command: Command = {
  usage: `[options]\n\n${CONFIG_USAGE}`,
  options: CONFIG_OPTION,
  async run(call) {
    const { dayKeys } = await dayKeyConfig(call);
    const now = call.now().toISOString();
    const keys = (await readDayKeys(dayKeys.directory)).map(({ day, recipient, createdAt, notAfter }) => {
      return { day, recipient, createdAt, notAfter, passed: notAfter <= now };
    });
    const rows = keys.map(({ day, recipient, notAfter, passed }) => [
      day,
      passed ? "passed, to be destroyed" : `until ${notAfter}`,
      recipient,
    ]);
    return {
      text: rows.length === 0 ? "no day keys" : table(["DAY", "HELD", "RECIPIENT"], rows),
      json: { keys },
      findings: dayKeysRunOut(call.now(), { days: keys.map(({ day }) => day), ahead: dayKeys.ahead }),
    };
  },
};
