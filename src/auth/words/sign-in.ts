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
  codeTitle: string;
  code: string;
  /** By the kinds that count. */
  codeHint: (kinds: readonly string[]) => string;
  codeRefused: string;
  check: string;
  sendSms: (phone: string) => string;
  smsSent: (phone: string) => string;
  smsRefused: string;
  enrolTitle: string;
  enrolWhy: string;
  enrolScan: string;
  enrolType: string;
  enrolCode: string;
  codesTitle: string;
  codesWhy: string;
  codesGoOn: string;
  signedOutTitle: string;
  signedOut: string;
  signOutTitle: string;
  signOutAsk: string;
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
  codeTitle: "Second step",
  code: "Code",
  codeHint: (kinds) =>
    [
      kinds.includes("totp") ? "the six digits of your authenticator" : "",
      kinds.includes("sms") ? "the eight digits of an SMS" : "",
      kinds.includes("recovery-code") ? "a recovery code" : "",
    ]
      .filter(Boolean)
      .join(", or ")
      .replace(/^./, (first) => first.toUpperCase()),
  codeRefused:
    "This code does not work. Each code works once; wait for the next one. After several wrong codes there is a pause.",
  check: "Check",
  sendSms: (phone) => `Send an SMS to ${phone}`,
  smsSent: (phone) => `If one may be sent now, an SMS is on its way to ${phone}.`,
  smsRefused: "No SMS can be sent now. Wait a minute, or use another code.",
  enrolTitle: "Set up your second step",
  enrolWhy: "From now on you sign in with your password and a code from an authenticator app on your phone.",
  enrolScan: "Scan this with the app:",
  enrolType: "Or type this key into it",
  enrolCode: "The six digits that the app shows now",
  codesTitle: "Your recovery codes",
  codesWhy:
    "If you lose your phone, each of these works once in place of a code. They are shown only now: print them or write them down, and keep them where your passwords are not.",
  codesGoOn: "I have kept them, go on",
  signedOutTitle: "Signed out",
  signedOut: "You are signed out.",
  signOutTitle: "Sign out",
  signOutAsk: "Sign out of what?",
  signOut: "Sign out",
  signOutHere: (application) => `Only of ${application}`,
  signOutEverywhere: "Of everything, in this browser",
  noAccessTitle: "No access",
  noAccess: (application) =>
    `Your account may not open ${application}. If you need it, ask an administrator.`,
  startTitle: "Applications",
  over: "This sign-in took too long or was ended. Begin again.",
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
  codeTitle: "Második lépés",
  code: "Kód",
  codeHint: (kinds) =>
    [
      kinds.includes("totp") ? "a hitelesítő alkalmazás hat számjegye" : "",
      kinds.includes("sms") ? "az SMS-ben kapott nyolc számjegy" : "",
      kinds.includes("recovery-code") ? "egy helyreállító kód" : "",
    ]
      .filter(Boolean)
      .join(", vagy ")
      .replace(/^./, (first) => first.toUpperCase()),
  codeRefused:
    "Ez a kód nem jó. Minden kód csak egyszer használható; várja meg a következőt. Több hibás kód után szünet következik.",
  check: "Ellenőrzés",
  sendSms: (phone) => `SMS küldése ide: ${phone}`,
  smsSent: (phone) => `Ha most küldhető, az SMS úton van ide: ${phone}.`,
  smsRefused: "Most nem küldhető SMS. Várjon egy percet, vagy használjon másik kódot.",
  enrolTitle: "A második lépés beállítása",
  enrolWhy: "Mostantól a jelszavával és a telefonján lévő hitelesítő alkalmazás kódjával jelentkezik be.",
  enrolScan: "Olvassa be ezt az alkalmazással:",
  enrolType: "Vagy írja be ezt a kulcsot",
  enrolCode: "Az alkalmazásban most látható hat számjegy",
  codesTitle: "Helyreállító kódjai",
  codesWhy:
    "Ha elveszti a telefonját, ezek mindegyike egyszer használható a kód helyett. Csak most láthatók: nyomtassa ki vagy írja le őket, és ne a jelszavai mellett tartsa.",
  codesGoOn: "Elmentettem, tovább",
  signedOutTitle: "Kijelentkezve",
  signedOut: "Ön kijelentkezett.",
  signOutTitle: "Kijelentkezés",
  signOutAsk: "Honnan szeretne kijelentkezni?",
  signOut: "Kijelentkezés",
  signOutHere: (application) => `Csak innen: ${application}`,
  signOutEverywhere: "Mindenhonnan, ebben a böngészőben",
  noAccessTitle: "Nincs hozzáférése",
  noAccess: (application) =>
    `Az Ön fiókjával ez nem nyitható meg: ${application}. Ha szüksége van rá, forduljon a rendszergazdához.`,
  startTitle: "Alkalmazások",
  over: "A bejelentkezés túl sokáig tartott, vagy megszakadt. Kezdje újra.",
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
  codeTitle: "Al doilea pas",
  code: "Cod",
  codeHint: (kinds) =>
    [
      kinds.includes("totp") ? "cele șase cifre din aplicația de autentificare" : "",
      kinds.includes("sms") ? "cele opt cifre dintr-un SMS" : "",
      kinds.includes("recovery-code") ? "un cod de recuperare" : "",
    ]
      .filter(Boolean)
      .join(", sau ")
      .replace(/^./, (first) => first.toUpperCase()),
  codeRefused:
    "Acest cod nu este valabil. Fiecare cod poate fi folosit o singură dată; așteptați următorul. După mai multe coduri greșite urmează o pauză.",
  check: "Verificați",
  sendSms: (phone) => `Trimiteți un SMS la ${phone}`,
  smsSent: (phone) => `Dacă poate fi trimis acum, un SMS este pe drum către ${phone}.`,
  smsRefused: "Acum nu se poate trimite un SMS. Așteptați un minut sau folosiți alt cod.",
  enrolTitle: "Configurați al doilea pas",
  enrolWhy: "De acum vă autentificați cu parola și cu un cod din aplicația de autentificare de pe telefon.",
  enrolScan: "Scanați cu aplicația:",
  enrolType: "Sau introduceți această cheie",
  enrolCode: "Cele șase cifre afișate acum de aplicație",
  codesTitle: "Codurile dumneavoastră de recuperare",
  codesWhy:
    "Dacă pierdeți telefonul, fiecare dintre acestea poate fi folosit o dată în locul unui cod. Sunt afișate numai acum: tipăriți-le sau notați-le și păstrați-le separat de parole.",
  codesGoOn: "Le-am păstrat, continuați",
  signedOutTitle: "Deconectat",
  signedOut: "V-ați deconectat.",
  signOutTitle: "Deconectare",
  signOutAsk: "De unde doriți să vă deconectați?",
  signOut: "Deconectare",
  signOutHere: (application) => `Numai din ${application}`,
  signOutEverywhere: "De peste tot, în acest browser",
  noAccessTitle: "Fără acces",
  noAccess: (application) =>
    `Contul dumneavoastră nu poate deschide ${application}. Dacă aveți nevoie, adresați-vă unui administrator.`,
  startTitle: "Aplicații",
  over: "Autentificarea a durat prea mult sau a fost întreruptă. Începeți din nou.",
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
