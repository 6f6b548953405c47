/** Passwords that everybody tries first, and words that belong to the account or the company. Pure. */
import { dictionary } from "@zxcvbn-ts/language-common";
import { lengthOf } from "./password-text.ts";

/** What is tried first in Hungary and Romania and is on no English list. Folded: lower case without accents. */
export const LOCAL_WORDS = [
  "jelszo jelszavam titok titkos titkosjelszo szeretlek szerelem szerelmem szeretem kiscica kiskutya cicamica",
  "macska kutya budapest magyarorszag magyar debrecen szeged miskolc pecs gyor fradi ferencvaros kossuth petofi",
  "csillag napsugar napfeny tavasz nyar osz tel hetfo kedd szerda csutortok pentek szombat vasarnap asztal",
  "adminisztrator belepes bejelentkezes iroda ceges munkahely almafa kiraly hercegno kiskacsa nagymama anyuka apuka",
  "parola parolamea parolasecreta secreta tecunosc teiubesc iubire iubirea iubita iubitul dragoste dragostea",
  "bucuresti romania roman cluj clujnapoca timisoara brasov iasi constanta steaua dinamo rapid craiova",
  "soare floare primavara vara toamna iarna luni marti miercuri joi vineri sambata duminica administrator",
  "intrare autentificare birou firma serviciu pisica catel printesa fericire mamica taticul",
].flatMap((line) => line.split(" "));

const COMMON = new Set([...dictionary["passwords-common"], ...LOCAL_WORDS]);

/** What people write for a letter, both ways in which the ambiguous ones are read. */
const LETTER_FOR: Record<string, string>[] = ["i", "l"].map((one) => ({
  "0": "o",
  "1": one,
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "8": "b",
  "@": "a",
  $: "s",
  "!": one,
  "|": one,
  "+": "t",
}));

/** Words shorter than this are in too many others. */
const LEAST_WORD = 3;
/** What a password has to have beside the words of its account or company; a digit counts half, for it is a year. */
const LEAST_BESIDE = 8;

/**
 * Whether a normalised password is one of the most used ones (some 49,000), also when it is repeated to make it
 * longer, written with capitals, digits for letters, or with digits and punctuation around and between that are
 * no more than half of it.
 */
export function isCommon(password: string): boolean {
  const plain = fold(password);
  // What says nothing new is no decoration to be weighed: the same sign again, spaces.
  const length = lengthOf(plain.replace(/([^\p{L}])\1+|\s/gu, "$1"));
  const bare = plain.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const candidates = [plain];
  if (lengthOf(bare) * 2 >= length) candidates.push(bare);
  // Word1word2word3: the same word each time, whatever stands between.
  const runs = plain.split(/[^\p{L}]+/u).filter((run) => run !== "");
  const [first] = runs;
  if (first !== undefined && runs.every((run) => run === first) && lengthOf(runs.join("")) * 2 >= length)
    candidates.push(first);
  return candidates.flatMap(readings).some((text) => COMMON.has(text) || COMMON.has(unitOf(text)));
}

/**
 * The word, of those given, that a normalised password consists of: without all of them, and without spaces and
 * punctuation, fewer than 8 characters are left (of digits 16). Undefined when there is enough beside them. Words are taken apart
 * at everything that is neither letter nor digit (`anna.nagy@example.hu`); case, accents and digits for letters
 * do not matter.
 */
export function contextWordIn(password: string, words: readonly string[]): string | undefined {
  const parts = contextWords(words);
  for (const reading of readings(fold(password))) {
    let left = reading;
    const found = parts.filter((part) => {
      const before = left;
      left = left.replaceAll(part, " ");
      return left !== before;
    });
    if (found[0] !== undefined && weightOf(left) < LEAST_BESIDE) return found[0];
  }
  return undefined;
}

/** The words that a password must not consist of, folded, longest first; each once. */
export function contextWords(words: readonly string[]): string[] {
  const parts = words.flatMap((word) => fold(word).split(/[^\p{L}\p{N}]+/u));
  return [...new Set(parts)]
    .filter((part) => lengthOf(part) >= LEAST_WORD)
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

function weightOf(text: string): number {
  const [all, digits] = [/[\s\p{P}]/gu, /[\s\p{P}\p{N}]/gu].map((no) => lengthOf(text.replace(no, "")));
  return ((all ?? 0) + (digits ?? 0)) / 2;
}

/** Lower case without accents. */
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function readings(text: string): string[] {
  return [
    text,
    ...LETTER_FOR.map((letters) => text.replace(/[0134578@$!|+]/g, (one) => letters[one] ?? one)),
  ];
}

/** The shortest piece that the text repeats, also when the last repetition is cut short; the text itself if none. */
function unitOf(text: string): string {
  for (let size = 1; size * 2 <= text.length; size += 1)
    if (text.startsWith(text.slice(size)))
      // text === text shifted by size: it has this period.
      return text.slice(0, size);
  return text;
}
