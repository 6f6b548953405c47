/** What pages say about signing in at a provider, in each language. */
import type { Language } from "../settings.ts";

export interface ProviderWords {
  with: (label: string) => string;
  /** Denied, expired, locked, disabled, provider away: one sentence for all. */
  refused: string;
  /** Above name and password, when somebody is not linked yet. */
  link: (label: string) => string;
  linked: string;
  none: string;
  unlink: string;
}

const en: ProviderWords = {
  with: (label) => `Sign in with ${label}`,
  refused: "That did not work. Try again, or sign in with your name and password.",
  link: (label) =>
    `This ${label} account is not linked to an account here yet. Sign in once with your name, your password and a code: from then on you can sign in with ${label}. Continue only if it is your own ${label} account.`,
  linked: "Single sign-on",
  none: "None. To link one, sign out and choose it on the sign-in page.",
  unlink: "Unlink",
};

const hu: ProviderWords = {
  with: (label) => `Bejelentkezés ezzel: ${label}`,
  refused: "A bejelentkezés nem sikerült. Próbálja újra, vagy jelentkezzen be a nevével és a jelszavával.",
  link: (label) =>
    `Ez a fiók (${label}) itt még nincs összekapcsolva. Jelentkezzen be egyszer a nevével, a jelszavával és egy kóddal: utána ezzel is bejelentkezhet. Csak akkor folytassa, ha ez a saját fiókja.`,
  linked: "Egyszeri bejelentkezés",
  none: "Nincs ilyen. Az összekapcsoláshoz jelentkezzen ki, és válassza ki a bejelentkezési oldalon.",
  unlink: "Leválasztás",
};

const ro: ProviderWords = {
  with: (label) => `Autentificare cu ${label}`,
  refused: "Autentificarea nu a reușit. Încercați din nou sau autentificați-vă cu numele și parola.",
  link: (label) =>
    `Acest cont ${label} nu este încă asociat unui cont de aici. Autentificați-vă o dată cu numele, parola și un cod: apoi vă puteți autentifica și cu ${label}. Continuați numai dacă este contul dumneavoastră ${label}.`,
  linked: "Autentificare unică",
  none: "Niciunul. Pentru a asocia un cont, deconectați-vă și alegeți-l pe pagina de autentificare.",
  unlink: "Anulați asocierea",
};

const WORDS: Record<Language, ProviderWords> = { en, hu, ro };

export function providerWords(language: Language): ProviderWords {
  return WORDS[language];
}
