/**
 * Troubles that come with every request while something is down: each is told at once, and then once a minute with how
 * many there were, so that the log says what is wrong and is not filled by it. Pure.
 */
import type { Fault } from "../fault.ts";

export interface TroubleLog {
  /** @param about names and codes that tell two troubles with one code apart; never rows or secrets */
  say(fault: Fault, about?: Record<string, string>): void;
  /** Since the process began, by code. */
  counts(): { code: string; count: number }[];
}

const EVERY_MS = 60_000;

/** @param tick milliseconds of a clock that never steps */
export function openTroubleLog(
  tell: (about: object, text: string) => void,
  tick: () => number,
  everyMs = EVERY_MS,
): TroubleLog {
  const counts = new Map<string, number>();
  const told = new Map<string, { at: number; more: number }>();
  return {
    say(fault, about = {}) {
      const { code, message, todo } = fault;
      counts.set(code, (counts.get(code) ?? 0) + 1);
      const kind = [code, ...Object.values(about)].join(" ");
      const last = told.get(kind);
      if (last !== undefined && tick() - last.at < everyMs) {
        last.more++;
        return;
      }
      told.set(kind, { at: tick(), more: 0 });
      tell({ code, ...about, todo, ...(last && last.more > 0 ? { untold: last.more } : {}) }, message);
    },
    counts: () => [...counts].map(([code, count]) => ({ code, count })),
  };
}
