/**
 * When a "no" may be answered, so that its time does not tell why: a wrong password costs a hash, a locked lane does
 * not. What was not hashed waits as long as hashing took others lately, and every answer then waits for the next
 * tick of a grid. Pure but for chance.
 */
import { randomInt } from "node:crypto";

export interface EvenTime {
  /** Milliseconds that looking at a password took, waiting for its turn included. */
  note(took: number): void;
  /** In: milliseconds since the request came, and whether a password was hashed for it. Out: how long to wait still. */
  wait(elapsed: number, hashed: boolean): number;
}

const REMEMBERED = 64;

/**
 * @param grid milliseconds between two ticks; no answer comes before the first
 * @param first what hashing takes until it is known, milliseconds
 */
export function openEvenTime(grid = 250, first = 100): EvenTime {
  const lately: number[] = [];
  let next = 0;
  return {
    note(took) {
      lately[next++ % REMEMBERED] = took;
    },
    wait(elapsed, hashed) {
      const took = hashed ? 0 : lately.length === 0 ? first : (lately[randomInt(lately.length)] ?? first);
      const total = elapsed + took;
      return Math.ceil(Math.max(total, 1) / grid) * grid - elapsed;
    },
  };
}
