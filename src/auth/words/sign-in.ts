/** What the pages of signing in say, in each language. */
import type { Language } from "../settings.ts";

export interface SignInWords {
  signIn: string;
  name: string;
  password: string;
  next: string;
  forgotten: string;
  /** Unknown name, wrong password, locked, disabled: one sentence for all. */
  refused: string;
  busy: string;
  again: string;
  confirmTitle: string;
  confirmWhy: string;
  signedOutTitle: string;
  signedOut: string;
  signOutTitle: string;
  signOutAsk: string;
  /** When there is nothing to ask. */
  signOutLead: string;
  signOut: string;
  signOutHere: (application: string) => string;
  signOutEverywhere: string;
  noAccessTitle: string;
  noAccess: (application: string) => string;
  startTitle: string;
  over: string;
  formOld: string;
  failedTitle: string;
  failed: string;
  notFoundTitle: string;
  notFound: string;
}

const en: SignInWords = {
  signIn: "Sign in",
  name: "Name or e-mail",
  password: "Password",
  next: "Next",
  forgotten: "Forgotten your password?",
  refused:
    "That did not work. Check the name and the password. After several attempts, or when an account is not active, even the right password is refused: wait a while, or ask an administrator.",
  busy: "Too many people are signing in at this moment. Try again in a few seconds.",
  again: "Try again",
  confirmTitle: "Confirm that it is you",
  confirmWhy: "For this, type your password once more, then a code.",
  signedOutTitle: "Signed out",
  signedOut: "You are signed out.",
  signOutTitle: "Sign out",
  signOutAsk: "Sign out of what?",
  signOutLead: "In this browser you are then signed out of every application.",
  signOut: "Sign out",
  signOutHere: (application) => `Only of ${application}`,
  signOutEverywhere: "Of everything, in this browser",
  noAccessTitle: "No access",
  noAccess: (application) =>
    `Your account may not open ${application}. If you need it, ask an administrator.`,
  startTitle: "Applications",
  over: "This sign-in took too long or was ended. Begin again. If it happens at once, allow cookies for this site.",
  formOld: "This page had been open for too long. Please send it once more.",
  failedTitle: "Not now",
  failed: "The sign-in service cannot answer at this moment. Try again in a minute.",
  notFoundTitle: "Nothing here",
  notFound: "There is no such page.",
};

const hu: SignInWords = {
  signIn: "Bejelentkezés",
  name: "Név vagy e-mail-cím",
  password: "Jelszó",
  next: "Tovább",
  forgotten: "Elfelejtette a jelszavát?",
  refused:
    "A bejelentkezés nem sikerült. Ellenőrizze a nevet és a jelszót. Több próbálkozás után, vagy ha a fiók nem aktív, a helyes jelszót sem fogadjuk el: várjon egy kicsit, vagy forduljon a rendszergazdához.",
  busy: "Jelenleg túl sokan jelentkeznek be. Próbálja újra néhány másodperc múlva.",
  again: "Újra",
  confirmTitle: "Erősítse meg, hogy Ön az",
  confirmWhy: "Ehhez írja be még egyszer a jelszavát, majd egy kódot.",
  signedOutTitle: "Kijelentkezve",
  signedOut: "Ön kijelentkezett.",
  signOutTitle: "Kijelentkezés",
  signOutAsk: "Honnan szeretne kijelentkezni?",
  signOutLead: "Ezzel ebben a böngészőben minden alkalmazásból kijelentkezik.",
  signOut: "Kijelentkezés",
  signOutHere: (application) => `Csak innen: ${application}`,
  signOutEverywhere: "Mindenhonnan, ebben a böngészőben",
  noAccessTitle: "Nincs hozzáférése",
  noAccess: (application) =>
    `Az Ön fiókjával ez nem nyitható meg: ${application}. Ha szüksége van rá, forduljon a rendszergazdához.`,
  startTitle: "Alkalmazások",
  over: "A bejelentkezés túl sokáig tartott, vagy megszakadt. Kezdje újra. Ha rögtön ez történik, engedélyezze a sütiket ezen az oldalon.",
  formOld: "Ez az oldal túl sokáig volt nyitva. Kérjük, küldje el még egyszer.",
  failedTitle: "Most nem",
  failed: "A bejelentkezés jelenleg nem érhető el. Próbálja újra egy perc múlva.",
  notFoundTitle: "Itt nincs semmi",
  notFound: "Nincs ilyen oldal.",
};

const ro: SignInWords = {
  signIn: "Autentificare",
  name: "Nume sau e-mail",
  password: "Parolă",
  next: "Continuați",
  forgotten: "Ați uitat parola?",
  refused:
    "Autentificarea nu a reușit. Verificați numele și parola. După mai multe încercări sau dacă un cont nu este activ, nici parola corectă nu este acceptată: așteptați puțin sau adresați-vă unui administrator.",
  busy: "În acest moment se autentifică prea multe persoane. Încercați din nou peste câteva secunde.",
  again: "Încercați din nou",
  confirmTitle: "Confirmați că sunteți dumneavoastră",
  confirmWhy: "Pentru aceasta introduceți încă o dată parola, apoi un cod.",
  signedOutTitle: "Deconectat",
  signedOut: "V-ați deconectat.",
  signOutTitle: "Deconectare",
  signOutAsk: "De unde doriți să vă deconectați?",
  signOutLead: "În acest browser veți fi deconectat din toate aplicațiile.",
  signOut: "Deconectare",
  signOutHere: (application) => `Numai din ${application}`,
  signOutEverywhere: "De peste tot, în acest browser",
  noAccessTitle: "Fără acces",
  noAccess: (application) =>
    `Contul dumneavoastră nu poate deschide ${application}. Dacă aveți nevoie, adresați-vă unui administrator.`,
  startTitle: "Aplicații",
  over: "Autentificarea a durat prea mult sau a fost întreruptă. Începeți din nou. Dacă se întâmplă imediat, permiteți modulele cookie pentru acest site.",
  formOld: "Această pagină a fost deschisă prea mult timp. Vă rugăm să o trimiteți încă o dată.",
  failedTitle: "Nu acum",
  failed: "Serviciul de autentificare nu poate răspunde în acest moment. Încercați din nou peste un minut.",
  notFoundTitle: "Nimic aici",
  notFound: "Nu există o astfel de pagină.",
};

const WORDS: Record<Language, SignInWords> = { en, hu, ro };

export function signInWords(language: Language): SignInWords {
  return WORDS[language];
}
