/**
 * Numbers that look random and are the same on every machine: xoshiro128** 1.1 (Blackman and Vigna,
 * prng.di.unimi.it), its state filled by SplitMix32. Not for secrets.
 */
export class Random {
  readonly seed: number;
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** @param seed a whole number from 0 to 2^32 - 1; others are taken modulo 2^32 */
  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.at(0, 0);
  }

  /**
   * Goes to the beginning of the numbers for row `id` of stream `stream`. Each row has its own, so that any
   * row can be made again without those before it.
   */
  at(stream: number, id: number): this {
    let state = mix(mix(this.seed ^ Math.imul(stream + 1, 0x9e3779b9)) ^ id);
    this.#a = mix((state += 0x9e3779b9));
    this.#b = mix((state += 0x9e3779b9));
    this.#c = mix((state += 0x9e3779b9));
    // The state must not be all zero; one bit set is enough.
    this.#d = mix(state + 0x9e3779b9) | 1;
    return this;
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** A whole number from 0 to `n` - 1; n up to 2^32. */
  below(n: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * n);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** One of a list, the front ones far more often: how names and words are spread in life. */
  pickOften<T>(list: readonly T[]): T {
    const at = this.next() / 0x1_0000_0000;
    return list[Math.floor(at * at * list.length)] as T;
  }

  /** `n` decimal digits. */
  digits(n: number): string {
    let text = "";
    for (; n > 6; n -= 6) text += String(this.below(1_000_000)).padStart(6, "0");
    return text + String(this.below(10 ** n)).padStart(n, "0");
  }
}

/** The output function of SplitMix32. */
function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
  return value ^ (value >>> 15);
}
