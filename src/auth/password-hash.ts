/** A stored password hash as text: the PHC form of argon2 (RFC 9106), read strictly. Pure. */
import { Fault } from "../fault.ts";

/** What an argon2id costs. */
export interface HashParameters {
  memoryKiB: number;
  passes: number;
  parallelism: number;
}

/** OWASP ASVS 5.0, 11.4.2 and its cheat sheet: the least for argon2id. */
export const LEAST_PARAMETERS: HashParameters = { memoryKiB: 19 * 1024, passes: 2, parallelism: 1 };
export const DEFAULT_PARAMETERS: HashParameters = { memoryKiB: 64 * 1024, passes: 3, parallelism: 1 };
const MOST_PARAMETERS: HashParameters = { memoryKiB: 1024 * 1024, passes: 32, parallelism: 16 };

/** Of the hashes we make. */
export const HASH_BYTES = 32;

/** A stored hash that costs more than this many times a new one is not computed: somebody wants our memory. */
const MOST_TIMES = 4;

/** 16 bytes of hash and 8 of salt are the least: of an empty hash every password would be the right one. */
const PHC =
  /^\$argon2(?<variant>id|i|d)\$v=19\$(?<costs>[mtp]=[1-9]\d{0,9}(,[mtp]=[1-9]\d{0,9}){2})\$[A-Za-z0-9+/]{11,86}\$(?<sum>[A-Za-z0-9+/]{22,86})$/;

export interface HashForm extends HashParameters {
  variant: string;
  bytes: number;
}

/** In: a hash as stored. Out: what it was made with; undefined for anything that is no argon2 hash of version 1.3. */
export function readHash(text: string): HashForm | undefined {
  const { variant, costs, sum } = PHC.exec(text)?.groups ?? {};
  if (variant === undefined || costs === undefined || sum === undefined) return undefined;
  // RFC 9106 writes m, t, p; the argon2 package sorts them.
  const cost = new Map(costs.split(",").map((one) => [one.slice(0, 1), Number(one.slice(2))]));
  const [memoryKiB, passes, parallelism] = [cost.get("m"), cost.get("t"), cost.get("p")];
  if (memoryKiB === undefined || passes === undefined || parallelism === undefined) return undefined;
  return { variant, bytes: Buffer.from(sum, "base64").length, memoryKiB, passes, parallelism };
}

/** Whether a stored hash may be computed at all on a host that makes new ones with `current`. */
export function isAffordable(hash: HashForm, current: HashParameters): boolean {
  return (["memoryKiB", "passes", "parallelism"] as const).every(
    (name) => hash[name] <= current[name] * MOST_TIMES,
  );
}

/** Whether a stored hash was made otherwise than a new one would be, in any respect. */
export function isOutdated(hash: HashForm, current: HashParameters): boolean {
  return (
    hash.variant !== "id" ||
    hash.bytes !== HASH_BYTES ||
    hash.memoryKiB !== current.memoryKiB ||
    hash.passes !== current.passes ||
    hash.parallelism !== current.parallelism
  );
}

/** Throws CONFIG_INVALID for parameters below what OWASP asks for, or so high that one sign-in takes the host. */
export function checkParameters(parameters: HashParameters): void {
  for (const name of ["memoryKiB", "passes", "parallelism"] as const) {
    const value = parameters[name];
    const [least, most] = [LEAST_PARAMETERS[name], MOST_PARAMETERS[name]];
    if (!Number.isInteger(value) || value < least || value > most)
      throw new Fault(
        "CONFIG_INVALID",
        `password hashing with ${name} ${value} is not allowed`,
        `Choose a whole number from ${least} to ${most}.`,
      );
  }
}
