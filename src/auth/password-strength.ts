/** How many guesses a password would take, by zxcvbn-ts. Pure. */
import { ZxcvbnFactory, type ZxcvbnResult } from "@zxcvbn-ts/core";
import * as common from "@zxcvbn-ts/language-common";
import * as english from "@zxcvbn-ts/language-en";
import { LOCAL_WORDS } from "./password-list.ts";

/** What makes a password easy to guess; `words` is a few words or names that everybody knows. */
export type Weakness = "repeat" | "sequence" | "keyboard" | "date" | "words";

/** 3 of 4: more than 10^8 guesses, each of which costs an attacker an argon2id and our pepper. */
const LEAST_SCORE = 3;

/**
 * The estimator's work grows with the square of the length and with every digit that may stand for a letter: 128
 * characters take a second. So it sees 40 of them and tries 10 readings, which takes 30 ms at the most.
 */
const WINDOW = 40;
const READINGS = 10;

const estimator = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary, local: LOCAL_WORDS },
  graphs: common.adjacencyGraphs,
  maxLength: WINDOW * 2,
  l33tMaxSubstitutions: READINGS,
});

/**
 * In: a normalised password, and words an attacker would try first. Out: what makes it weak, undefined when the
 * estimate is good enough. A long one is good enough when its first or its last 40 characters are.
 */
export function weaknessOf(password: string, words: readonly string[]): Weakness | undefined {
  const letters = Array.from(password);
  const windows = [letters.slice(0, WINDOW)];
  if (letters.length > WINDOW) windows.push(letters.slice(-WINDOW));
  let weakest: Weakness = "words";
  for (const window of windows) {
    const result = estimator.check(window.join(""), [...words]);
    if (result.score >= LEAST_SCORE) return undefined;
    weakest = weakness(result);
  }
  return weakest;
}

const KINDS: Record<string, Weakness> = {
  repeat: "repeat",
  sequence: "sequence",
  wordSequence: "sequence",
  spatial: "keyboard",
  date: "date",
  regex: "date",
};

/** The kind of the longest piece that the estimate is made of. */
function weakness({ sequence }: ZxcvbnResult): Weakness {
  const [longest] = [...sequence].sort((a, b) => b.token.length - a.token.length);
  return KINDS[longest?.pattern ?? ""] ?? "words";
}
