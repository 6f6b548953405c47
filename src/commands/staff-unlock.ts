/** `lakat staff unlock`: opens what is locked, before its time. */
import { unlockAccount, unlockLane } from "../auth/unlock.ts";
import { Fault } from "../fault.ts";
import { text, type Call, type Command, type Outcome } from "./command.ts";
import { CONFIG_OPTION, CONFIG_USAGE } from "./config-file.ts";
import { accountNamed, atDesk, done, type Desk } from "./staff-desk.ts";

export const command: Command = {
  usage: `NAME | --lane ID [options]

${CONFIG_USAGE}
  --lane ID            one lane alone, as \`lakat staff locks\` names it

Opens the account and all lanes that are locked of it. After "this was not me"
its owner has to choose another password, and gets a link for that.`,
  options: { ...CONFIG_OPTION, lane: { type: "string" } },
  positionals: 1,
  run: (call) =>
    atDesk(call, async (desk) => {
      const lane = text(call, "lane");
      if ((lane === undefined) === (call.positionals.length === 0))
        throw new Fault("USAGE", "either an account or --lane is needed", "Give one of them.");
      return lane === undefined ? ofAccount(desk, call) : ofLane(desk, lane);
    }),
};

async function ofAccount(desk: Desk, call: Call): Promise<Outcome> {
  const { id, name } = await accountNamed(desk, call);
  const answer = await unlockAccount(desk, desk.lanes, desk.admin, id);
  if ("refused" in answer && answer.refused === "nothing-to-change")
    return { text: `nothing of ${name} is locked`, json: { lanes: [], account: false }, findings: [] };
  const { lanes, account } = done(answer);
  const opened = [...(account ? ["the account"] : []), ...lanes.map(({ kind }) => `the lane ${kind}`)];
  return { text: `unlocked of ${name}: ${opened.join(", ")}`, json: { lanes, account }, findings: [] };
}

async function ofLane(desk: Desk, id: string): Promise<Outcome> {
  const answer = await unlockLane(desk, desk.lanes, desk.admin, id);
  if (answer === undefined)
    throw new Fault("LANE_NOT_FOUND", "no lane of this id is locked", "See `lakat staff locks`.");
  const lane = done(answer);
  return { text: `unlocked the lane ${lane.kind}`, json: { lanes: [lane], account: false }, findings: [] };
}
