/** What stands around every page, in each language. */
import type { Language } from "../settings.ts";

export interface FrameWords {
  /** Leads past header and menu. */
  skip: string;
  menu: string;
  language: string;
}

const WORDS: Record<Language, FrameWords> = {
  en: { skip: "Go to the content", menu: "Menu", language: "Language" },
  hu: { skip: "Ugrás a tartalomra", menu: "Menü", language: "Nyelv" },
  ro: { skip: "Salt la conținut", menu: "Meniu", language: "Limbă" },
};

/** Each language by its own name, wherever it is read. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", hu: "Magyar", ro: "Română" };

export function frameWords(language: Language): FrameWords {
  return WORDS[language];
}
