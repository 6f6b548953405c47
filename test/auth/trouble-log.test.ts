import t from "tap";
import { openTroubleLog } from "../../src/auth/trouble-log.ts";
import { Fault } from "../../src/fault.ts";

const away = new Fault("PG_UNREACHABLE", "cannot reach it", "Start it.");

t.test(
  "a trouble is told at once, then once a minute with how many there were; each by itself",
  async (t) => {
    let tick = 0;
    const told: object[] = [];
    const troubles = openTroubleLog(
      (about, text) => void told.push({ ...about, text }),
      () => tick,
    );
    for (let i = 0; i < 1000; i++) troubles.say(away, { cause: "ECONNREFUSED" });
    const said = {
      code: "PG_UNREACHABLE",
      cause: "ECONNREFUSED",
      todo: "Start it.",
      text: "cannot reach it",
    };
    t.strictSame(told, [said]);
    troubles.say(away, { cause: "ETIMEDOUT" });
    t.equal(told.length, 2, "another cause is another trouble");
    tick = 60_000;
    troubles.say(away, { cause: "ECONNREFUSED" });
    t.strictSame(told[2], { ...said, untold: 999 });
    tick = 200_000;
    troubles.say(away, { cause: "ECONNREFUSED" });
    t.strictSame(told[3], said);
    t.strictSame(troubles.counts(), [{ code: "PG_UNREACHABLE", count: 1003 }]);
  },
);
