/** `lakat staff end-date`: from when on an account is over by itself. */
import { setEnd } from "../auth/directory.ts";
import { endOfDay } from "../auth/zoned-time.ts";
import { Fault } from "../fault.ts";
import { flag, text } from "./command.ts";
import { LAST_OPTION, LAST_USAGE, staffAction } from "./staff-desk.ts";
import { refusedFault } from "./staff-refused.ts";

export const command = staffAction({
  usage: `  --date DAY           the last day, such as 2026-12-31, or the moment after
                       which it is over, such as 2026-12-31T12:00Z
  --none               it has no end
${LAST_USAGE}`,
  options: { date: { type: "string" }, none: { type: "boolean" }, ...LAST_OPTION },
  notes: "A date that has passed ends the account now.",
  act(desk, { id }, call) {
    const date = text(call, "date");
    if ((date === undefined) === !flag(call, "none"))
      throw new Fault("USAGE", "either --date or --none is needed", "Give one of them.");
    const endsAt = date === undefined ? undefined : endOfDay(date, desk.config.time_zone);
    if (date !== undefined && endsAt === undefined) throw refusedFault("end-invalid");
    return setEnd(desk, desk.admin, id, endsAt);
  },
  said: ({ name, endsAt }) =>
    endsAt === undefined ? `${name} has no end` : `${name} is over from ${endsAt.toISOString()} on`,
});
