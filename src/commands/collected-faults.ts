/** Several things that are looked at one after the other, so that a person hears of all that is wrong at once. */
import { asFault, type Fault } from "../fault.ts";

export interface CollectedFaults {
  /** What was wrong so far, in its order. */
  faults: Fault[];
  /** Looks; what is thrown is kept, and the answer is then undefined. */
  attempt: <T>(look: () => Promise<T>) => Promise<T | undefined>;
}

export function collectFaults(): CollectedFaults {
  const faults: Fault[] = [];
  return {
    faults,
    attempt: async (look) => {
      try {
        return await look();
      } catch (error) {
        faults.push(asFault(error));
        return undefined;
      }
    },
  };
}
