/** Why a password is refused and what would be better, in words. Plain text: whoever shows it escapes it. */
import type { PasswordReason } from "../password-rules.ts";
import type { Weakness } from "../password-strength.ts";
import type { Language } from "../settings.ts";

/** One sentence or two for each reason, and for each weakness what to change. */
interface PasswordWords {
  tooShort: (least: number) => string;
  tooLong: (most: number) => string;
  notText: string;
  common: string;
  context: (word: string) => string;
  weak: Record<Weakness, string>;
  breached: string;
  unchecked: string;
}

const WORDS: Record<Language, PasswordWords> = {
  en: {
    tooShort: (least) => `Use at least ${least} characters: four or five random words are good.`,
    tooLong: (most) => `Use at most ${most} characters.`,
    notText: "The password holds a character that cannot be stored. Please type it again.",
    common: "This is one of the most used passwords. Adding digits or writing it twice does not help.",
    context: (word) => `This is hardly more than “${word}”, which others would try first. Add other words.`,
    weak: {
      repeat: "The same characters repeat. Add words that do not.",
      sequence: "This is an order that everybody knows, such as abc or 123. Add random words.",
      keyboard: "These keys lie side by side. Use random words instead.",
      date: "This is mostly a date or a year, which is quick to guess. Add random words.",
      words: "This is easy to guess from well-known words or names. Add one or two random words.",
    },
    breached: "This password is known from a breach of another service. Please choose another one.",
    unchecked:
      "We cannot check now whether this password is known from a breach. Please try again in a few minutes.",
  },
  hu: {
    tooShort: (least) => `Legalább ${least} karakter kell: négy-öt véletlenül választott szó jó megoldás.`,
    tooLong: (most) => `Legfeljebb ${most} karakter lehet.`,
    notText: "A jelszóban olyan karakter van, amelyet nem lehet eltárolni. Kérjük, írja be újra.",
    common:
      "Ez az egyik leggyakrabban használt jelszó. Nem segít, ha számokat tesz hozzá, vagy kétszer írja le.",
    context: (word) =>
      `A jelszó alig több, mint „${word}”, amit mások elsőként próbálnának ki. Tegyen hozzá más szavakat.`,
    weak: {
      repeat: "Ugyanazok a karakterek ismétlődnek. Tegyen hozzá más szavakat.",
      sequence:
        "Ez mindenki által ismert sorrend, mint az abc vagy az 123. Tegyen hozzá véletlenül választott szavakat.",
      keyboard: "Ezek a billentyűk egymás mellett vannak. Használjon inkább véletlenül választott szavakat.",
      date: "Ez nagyrészt dátum vagy évszám, amelyet gyorsan ki lehet találni. Tegyen hozzá véletlenül választott szavakat.",
      words:
        "Ez ismert szavakból vagy nevekből könnyen kitalálható. Tegyen hozzá egy-két véletlenül választott szót.",
    },
    breached: "Ez a jelszó egy másik szolgáltatás adatszivárgásából ismert. Kérjük, válasszon másikat.",
    unchecked:
      "Most nem tudjuk ellenőrizni, hogy ez a jelszó ismert-e adatszivárgásból. Kérjük, próbálja újra néhány perc múlva.",
  },
  ro: {
    tooShort: (least) =>
      `Folosiți cel puțin ${characters(least)}: patru sau cinci cuvinte alese la întâmplare sunt o alegere bună.`,
    tooLong: (most) => `Folosiți cel mult ${characters(most)}.`,
    notText: "Parola conține un caracter care nu poate fi păstrat. Vă rugăm să o scrieți din nou.",
    common:
      "Este una dintre cele mai folosite parole. Nu ajută să adăugați cifre sau să o scrieți de două ori.",
    context: (word) =>
      `Parola este puțin mai mult decât „${word}”, pe care alții l-ar încerca întâi. Adăugați alte cuvinte.`,
    weak: {
      repeat: "Aceleași caractere se repetă. Adăugați alte cuvinte.",
      sequence: "Este o ordine pe care o știe oricine, ca abc sau 123. Adăugați cuvinte alese la întâmplare.",
      keyboard: "Aceste taste sunt una lângă alta. Folosiți mai bine cuvinte alese la întâmplare.",
      date: "Este în mare parte o dată sau un an, ușor de ghicit. Adăugați cuvinte alese la întâmplare.",
      words:
        "Este ușor de ghicit din cuvinte sau nume cunoscute. Adăugați unul sau două cuvinte alese la întâmplare.",
    },
    breached:
      "Această parolă este cunoscută din datele furate de la un alt serviciu. Vă rugăm să alegeți alta.",
    unchecked:
      "Acum nu putem verifica dacă parola este cunoscută din date furate. Vă rugăm să încercați din nou peste câteva minute.",
  },
};

/** Why a password is refused, as one or two sentences for the one who chose it. */
export function passwordWords(language: Language, reason: PasswordReason): string {
  const words = WORDS[language];
  switch (reason.reason) {
    case "too-short":
      return words.tooShort(reason.least);
    case "too-long":
      return words.tooLong(reason.most);
    case "not-text":
      return words.notText;
    case "common":
      return words.common;
    case "context":
      return words.context(reason.word);
    case "weak":
      return words.weak[reason.weakness];
    case "breached":
      return words.breached;
    case "unchecked":
      return words.unchecked;
  }
}

/** From 20 on, except 101 to 119 and the like, Romanian counts with "de". */
function characters(count: number): string {
  const rest = count % 100;
  return rest >= 1 && rest < 20 ? `${count} caractere` : `${count} de caractere`;
}
