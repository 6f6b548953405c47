/** What the second step of signing in says, in each language: codes, enrolment, recovery codes. */
import type { CodeKind } from "../second-factor.ts";
import type { Language } from "../settings.ts";

export interface CodeWords {
  title: string;
  /** The field, by the way that was chosen. */
  field: Record<CodeKind, { label: string; hint: string }>;
  /** Links to the other ways. */
  otherWays: string;
  ways: Record<CodeKind, string>;
  refused: string;
  check: string;
  sendSms: (phone: string) => string;
  sendAgain: string;
  smsSent: (phone: string) => string;
  smsRefused: string;
  /** Before a time that is left, such as 0:43. */
  smsWait: string;
  smsNow: string;
  smsNoMore: string;
  enrolTitle: string;
  enrolWhy: string;
  enrolApp: string;
  enrolScan: string;
  enrolHere: string;
  enrolType: string;
  enrolCode: string;
  codesTitle: string;
  codesWhy: string;
  codesOnce: string;
  codesPrint: string;
  codesDownload: string;
  codesGoOn: string;
}

const en: CodeWords = {
  title: "Second step",
  field: {
    totp: {
      label: "Code from your authenticator app",
      hint: "Six digits. The app shows a new code every 30 seconds.",
    },
    sms: { label: "Code from the SMS", hint: "Eight digits." },
    "recovery-code": {
      label: "Recovery code",
      hint: "One of the codes that you kept when you set up the second step. Each works once.",
    },
  },
  otherWays: "Another way",
  ways: {
    totp: "Use the authenticator app",
    sms: "Type the code from the SMS",
    "recovery-code": "Use a recovery code",
  },
  refused:
    "This code does not work. Each code works once; wait for the next one. After several wrong codes there is a pause.",
  check: "Check",
  sendSms: (phone) => `Send an SMS to ${phone}`,
  sendAgain: "Send another SMS",
  smsSent: (phone) => `An SMS is on its way to ${phone}. It can take a minute.`,
  smsRefused: "No SMS can be sent now. Wait a minute, or use another way.",
  smsWait: "Another SMS can be sent in",
  smsNow: "Another SMS can be sent now.",
  smsNoMore: "No more SMS can be sent for this sign-in.",
  enrolTitle: "Set up your second step",
  enrolWhy: "From now on you sign in with your password and a code from an authenticator app on your phone.",
  enrolApp:
    "Install an authenticator app on your phone, if you have none. Any app for time-based codes will do.",
  enrolScan: "Scan this with the app:",
  enrolHere: "The app is on this device: open it",
  enrolType: "Or type this key into it",
  enrolCode: "The six digits that the app shows now",
  codesTitle: "Your recovery codes",
  codesWhy:
    "If you lose your phone, each of these works once in place of a code. Keep them where your passwords are not.",
  codesOnce: "They are shown only now: print them, save them or write them down.",
  codesPrint: "Print",
  codesDownload: "Save as a file",
  codesGoOn: "I have kept them, go on",
};

const hu: CodeWords = {
  title: "Második lépés",
  field: {
    totp: {
      label: "Kód a hitelesítő alkalmazásból",
      hint: "Hat számjegy. Az alkalmazás 30 másodpercenként új kódot mutat.",
    },
    sms: { label: "Kód az SMS-ből", hint: "Nyolc számjegy." },
    "recovery-code": {
      label: "Helyreállító kód",
      hint: "Az egyik kód, amelyet a második lépés beállításakor elmentett. Mindegyik egyszer használható.",
    },
  },
  otherWays: "Más módszer",
  ways: {
    totp: "Hitelesítő alkalmazás használata",
    sms: "Az SMS-ben kapott kód beírása",
    "recovery-code": "Helyreállító kód használata",
  },
  refused:
    "Ez a kód nem jó. Minden kód csak egyszer használható; várja meg a következőt. Több hibás kód után szünet következik.",
  check: "Ellenőrzés",
  sendSms: (phone) => `SMS küldése ide: ${phone}`,
  sendAgain: "Új SMS küldése",
  smsSent: (phone) => `Az SMS úton van ide: ${phone}. Egy percig is eltarthat, amíg megérkezik.`,
  smsRefused: "Most nem küldhető SMS. Várjon egy percet, vagy válasszon más módszert.",
  smsWait: "Ennyi idő múlva küldhető új SMS:",
  smsNow: "Most már küldhető új SMS.",
  smsNoMore: "Ehhez a bejelentkezéshez nem küldhető több SMS.",
  enrolTitle: "A második lépés beállítása",
  enrolWhy: "Mostantól a jelszavával és a telefonján lévő hitelesítő alkalmazás kódjával jelentkezik be.",
  enrolApp:
    "Ha még nincs, telepítsen a telefonjára egy hitelesítő alkalmazást. Bármelyik megfelel, amely időalapú kódokat mutat.",
  enrolScan: "Olvassa be ezt az alkalmazással:",
  enrolHere: "Az alkalmazás ezen az eszközön van: megnyitás",
  enrolType: "Vagy írja be ezt a kulcsot",
  enrolCode: "Az alkalmazásban most látható hat számjegy",
  codesTitle: "Helyreállító kódjai",
  codesWhy:
    "Ha elveszti a telefonját, ezek mindegyike egyszer használható a kód helyett. Ne a jelszavai mellett tartsa őket.",
  codesOnce: "Csak most láthatók: nyomtassa ki, mentse el vagy írja le őket.",
  codesPrint: "Nyomtatás",
  codesDownload: "Mentés fájlba",
  codesGoOn: "Elmentettem, tovább",
};

const ro: CodeWords = {
  title: "Al doilea pas",
  field: {
    totp: {
      label: "Codul din aplicația de autentificare",
      hint: "Șase cifre. Aplicația afișează un cod nou la fiecare 30 de secunde.",
    },
    sms: { label: "Codul din SMS", hint: "Opt cifre." },
    "recovery-code": {
      label: "Cod de recuperare",
      hint: "Unul dintre codurile păstrate la configurarea celui de-al doilea pas. Fiecare poate fi folosit o singură dată.",
    },
  },
  otherWays: "Altă metodă",
  ways: {
    totp: "Folosiți aplicația de autentificare",
    sms: "Introduceți codul din SMS",
    "recovery-code": "Folosiți un cod de recuperare",
  },
  refused:
    "Acest cod nu este valabil. Fiecare cod poate fi folosit o singură dată; așteptați următorul. După mai multe coduri greșite urmează o pauză.",
  check: "Verificați",
  sendSms: (phone) => `Trimiteți un SMS la ${phone}`,
  sendAgain: "Trimiteți alt SMS",
  smsSent: (phone) => `Un SMS este pe drum către ${phone}. Poate dura un minut.`,
  smsRefused: "Acum nu se poate trimite un SMS. Așteptați un minut sau alegeți altă metodă.",
  smsWait: "Alt SMS poate fi trimis peste",
  smsNow: "Acum se poate trimite alt SMS.",
  smsNoMore: "Pentru această autentificare nu se mai pot trimite SMS-uri.",
  enrolTitle: "Configurați al doilea pas",
  enrolWhy: "De acum vă autentificați cu parola și cu un cod din aplicația de autentificare de pe telefon.",
  enrolApp:
    "Dacă nu aveți încă, instalați pe telefon o aplicație de autentificare. Este bună orice aplicație cu coduri bazate pe timp.",
  enrolScan: "Scanați cu aplicația:",
  enrolHere: "Aplicația este pe acest dispozitiv: deschideți-o",
  enrolType: "Sau introduceți această cheie",
  enrolCode: "Cele șase cifre afișate acum de aplicație",
  codesTitle: "Codurile dumneavoastră de recuperare",
  codesWhy:
    "Dacă pierdeți telefonul, fiecare dintre acestea poate fi folosit o dată în locul unui cod. Păstrați-le separat de parole.",
  codesOnce: "Sunt afișate numai acum: tipăriți-le, salvați-le sau notați-le.",
  codesPrint: "Tipăriți",
  codesDownload: "Salvați ca fișier",
  codesGoOn: "Le-am păstrat, continuați",
};

const WORDS: Record<Language, CodeWords> = { en, hu, ro };

export function codeWords(language: Language): CodeWords {
  return WORDS[language];
}
