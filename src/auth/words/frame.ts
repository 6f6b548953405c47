/** What stands around every page, in each language. */
import type { Language } from "../settings.ts";

export interface FrameWords {
  /** Leads past header and menu. */
  skip: string;
  menu: string;
  language: string;
  /** Beside a password: whether it can be read. */
  show: string;
  hide: string;
  /** Before a number of characters. */
  tooShort: string;
  longEnough: string;
}

const WORDS: Record<Language, FrameWords> = {
  en: {
    skip: "Go to the content",
    menu: "Menu",
    language: "Language",
    show: "Show",
    hide: "Hide",
    tooShort: "Characters still needed:",
    longEnough: "Long enough.",
  },
  hu: {
    skip: "Ugrás a tartalomra",
    menu: "Menü",
    language: "Nyelv",
    show: "Mutat",
    hide: "Elrejt",
    tooShort: "Ennyi karakter kell még:",
    longEnough: "Elég hosszú.",
  },
  ro: {
    skip: "Salt la conținut",
    menu: "Meniu",
    language: "Limbă",
    show: "Arată",
    hide: "Ascunde",
    tooShort: "Caractere care mai lipsesc:",
    longEnough: "Destul de lungă.",
  },
};

/** Each language by its own name, wherever it is read. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", hu: "Magyar", ro: "Română" };

export function frameWords(language: Language): FrameWords {
  return WORDS[language];
}
