/** `lakat evidence push`: what this host has signed and the gateway's board does not have yet. */
import { readFile } from "node:fs/promises";
import { Fault } from "../fault.ts";
import { flag, type Call, type Command } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE, loadConfig } from "./config-file.ts";
import { evidenceOutboxOf, pushAll } from "./evidence.ts";
import { openHistory } from "./history.ts";
import { daysBefore } from "./reporting.ts";

const BOARD_DAYS = 90;

export const command: Command = {
  usage: `[options]

  --again              on a restore-test host: all reports of the last
                       ${BOARD_DAYS} days once more, such as for a new board
${CONFIG_USAGE}

\`backup run\`, \`drill run\`, \`drill sabotage\` and \`report daily\` push by
themselves; this sends what they could not.`,
  options: { ...CONFIG_OPTION, again: { type: "boolean" } },
  async run(call) {
    const { config, file } = await loadConfig(call);
    if (config.role !== "backup" && config.role !== "restore-test")
      throw new Fault(
        "CONFIG_INVALID",
        `${file} is for the role ${config.role}, this command is for backup and restore-test`,
        "Run it on a backup or restore-test host, or name its configuration with --config.",
      );
    if (config.evidence === undefined)
      throw new Fault(
        "CONFIG_INVALID",
        `${file} names no board: evidence is missing`,
        "Add evidence.url, the gateway's login host.",
      );
    if (flag(call, "again")) await putAgain(call, config);
    const { sent, refused, waiting, stopped } = await pushAll(config, call.signal);
    const lines = [
      sent.length === 0 && waiting === 0 ? "nothing waits" : `pushed: ${sent.length}, waiting: ${waiting}`,
      ...refused.map(({ id, fault }) => `${id}: ${fault.message}`),
    ];
    return {
      text: lines.join("\n"),
      json: { sent, waiting, refused: refused.map(({ id, fault }) => ({ id, what: fault.message })) },
      findings: [],
      fault: stopped ?? refused[0]?.fault,
    };
  },
};

async function putAgain(
  call: Call,
  config: Parameters<typeof evidenceOutboxOf>[0] & { role: string },
): Promise<void> {
  if (config.role !== "restore-test")
    throw new Fault(
      "USAGE",
      "--again is for a restore-test host",
      "A backup host keeps no manifests; the board knows of backups by their restore tests too.",
    );
  const { folder } = await openHistory(call);
  const outbox = evidenceOutboxOf(config);
  const { reports } = await folder.list(daysBefore(call.now(), BOARD_DAYS));
  for (const { report, file } of reports) await outbox.put(report.id, await readFile(file));
}
