/** Adapter: passwords that are chosen, over HTTP. Judging one costs time that everybody shares, so it is rationed. */
import { openAdmission } from "../admission.ts";
import { Busy } from "../password.ts";
import type { PasswordChoice } from "../redeem-link.ts";
import type { Desk } from "./desk.ts";

/** Longer than any password of 128 code points in UTF-16, however composed. */
export const PASSWORD_LENGTH = 2000;

/**
 * The estimator holds the event loop for up to 60 ms, and proxies wait on the same loop. Two at once, each for a
 * quarter of a second at least, take half of it at the very worst.
 */
const AT_ONCE = 2;
const AT_LEAST_MS = 250;

export interface ChosenPasswords {
  /** Runs `work` when a password may be judged now; `busy` when it may not, or when the hasher has too much to do. */
  ration<T>(work: () => Promise<T>): Promise<T | "busy">;
}

/** @param desk its admission counts here too: hashing is bounded for all together */
export function rationPasswords(desk: Desk): ChosenPasswords {
  const judged = openAdmission(AT_ONCE);
  const { admission, tick, sleep } = desk.options;
  return {
    async ration(work) {
      const leave = [judged, admission].map((each) => each.enter());
      const began = tick();
      try {
        if (leave.includes(undefined)) return "busy";
        const done = await work();
        await sleep(Math.max(0, AT_LEAST_MS - (tick() - began)));
        return done;
      } catch (error) {
        if (error instanceof Busy) return "busy";
        throw error;
      } finally {
        for (const each of leave) each?.();
      }
    },
  };
}

/** What routes that take a new password are handed. */
export type PasswordJudge = Pick<PasswordChoice, "judge">;
