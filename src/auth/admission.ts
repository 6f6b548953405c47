/**
 * How many sign-ins are looked at at once. What comes beyond gets 503 at once, before it costs anything: a queue would
 * make everybody wait and hold memory. Pure.
 */
export interface Admission {
  /** Undefined: too many. Otherwise to be called once when this one is through. */
  enter(): (() => void) | undefined;
  /** Whether one that comes now would be too many; that one is then counted as refused. */
  isFull(): boolean;
  readonly under: number;
}

/** @param refused hears of each one that came beyond */
export function openAdmission(most: number, refused: () => void = () => undefined): Admission {
  let under = 0;
  return {
    enter() {
      if (under >= most) {
        refused();
        return undefined;
      }
      under++;
      let left = false;
      return () => {
        if (!left) under--;
        left = true;
      };
    },
    isFull() {
      if (under >= most) refused();
      return under >= most;
    },
    get under() {
      return under;
    },
  };
}
