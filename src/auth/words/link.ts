/** What the pages behind links in mails say, in each language. */
import type { Language } from "../settings.ts";

export interface LinkWords {
  invitationTitle: string;
  /** `name` is what the person signs in with. */
  invitationLead: (name: string) => string;
  resetTitle: string;
  resetLead: (name: string) => string;
  newPassword: string;
  /** The rules, before anything is typed. */
  rules: string[];
  setPassword: string;
  set: string;
  setTitle: string;
  goSignIn: string;
  overTitle: string;
  invitationOver: string;
  resetOver: string;
  otherTitle: string;
  /** Somebody else is signed in here. */
  other: (signedInAs: string) => string;
  signOut: string;
  busy: string;
  formOld: string;
  forgottenTitle: string;
  forgottenLead: string;
  name: string;
  send: string;
  sentTitle: string;
  /** One answer, whoever asked. */
  sent: string;
  backToSignIn: string;
  notMeTitle: string;
  notMeLead: (device: string | undefined) => string;
  notMeThen: string;
  notMeButton: string;
  notMeDoneTitle: string;
  notMeDone: string;
  notMeOver: string;
}

const en: LinkWords = {
  invitationTitle: "Choose a password",
  invitationLead: (name) => `Welcome. You will sign in as ${name} with the password that you choose here.`,
  resetTitle: "Choose a new password",
  resetLead: (name) => `For the account ${name}. When it is set, all its sessions are ended.`,
  newPassword: "New password",
  rules: [
    "At least 15 characters. Four or five random words are good and easy to remember.",
    "Spaces and any letters are fine; digits or signs are not needed.",
    "Not your name, not the company's, and no password that you use elsewhere.",
    "A password manager may make and keep it for you.",
  ],
  setPassword: "Set the password",
  setTitle: "Password set",
  set: "Your password is set. Sign in with it now.",
  goSignIn: "Sign in",
  overTitle: "This link is no longer good",
  invitationOver:
    "It was used already, or its time is over. If you have a password, sign in; if not, ask an administrator for a new invitation.",
  resetOver: "It was used already, or its time is over, or a newer one was sent. You can ask for another.",
  otherTitle: "You are signed in as somebody else",
  other: (signedInAs) =>
    `In this browser ${signedInAs} is signed in, and this link is for another account. Sign out first, then open the link again.`,
  signOut: "Sign out",
  busy: "Too many passwords are being checked at this moment. Try again in a few seconds.",
  formOld: "This page had been open for too long. Please send it once more.",
  forgottenTitle: "Forgotten your password?",
  forgottenLead: "Type your name or e-mail address. You get a mail with a link to choose a new password.",
  name: "Name or e-mail",
  send: "Send the link",
  sentTitle: "Look into your mailbox",
  sent: "If there is an account by this name that may sign in, a mail with a link is on its way. The link is good for 30 minutes. If nothing comes, ask an administrator.",
  backToSignIn: "Back to signing in",
  notMeTitle: "This was not me",
  notMeLead: (device) =>
    device === undefined
      ? "Somebody signed in to your account on a device that was not known."
      : `Somebody signed in to your account on a device that was not known: ${device}.`,
  notMeThen:
    "If it was not you, press the button. It ends every session, forgets the device and locks your account until an administrator has spoken with you. If it was you, close this page.",
  notMeButton: "It was not me: lock my account",
  notMeDoneTitle: "Your account is locked",
  notMeDone:
    "Every session was ended and nobody can sign in. Now get in touch with an administrator. If you use the same password elsewhere, change it there.",
  notMeOver:
    "This link was used already, or its time is over. If something is wrong, tell an administrator at once.",
};

const hu: LinkWords = {
  invitationTitle: "Válasszon jelszót",
  invitationLead: (name) =>
    `Üdvözöljük! Ezzel a névvel fog bejelentkezni: ${name}, és azzal a jelszóval, amelyet itt választ.`,
  resetTitle: "Válasszon új jelszót",
  resetLead: (name) => `Ehhez a fiókhoz: ${name}. A beállítása után a fiók minden munkamenete véget ér.`,
  newPassword: "Új jelszó",
  rules: [
    "Legalább 15 karakter. Négy-öt véletlenül választott szó jó, és könnyű megjegyezni.",
    "Szóköz és bármilyen betű lehet benne; szám vagy írásjel nem szükséges.",
    "Ne legyen benne a neve vagy a cég neve, és ne olyan jelszó legyen, amelyet máshol is használ.",
    "Jelszókezelővel is létrehozhatja és tárolhatja.",
  ],
  setPassword: "Jelszó beállítása",
  setTitle: "A jelszó be van állítva",
  set: "A jelszavát beállítottuk. Most jelentkezzen be vele.",
  goSignIn: "Bejelentkezés",
  overTitle: "Ez a link már nem érvényes",
  invitationOver:
    "Már felhasználták, vagy lejárt. Ha van jelszava, jelentkezzen be; ha nincs, kérjen új meghívót a rendszergazdától.",
  resetOver: "Már felhasználták, lejárt, vagy azóta újabbat küldtünk. Kérhet másikat.",
  otherTitle: "Más van bejelentkezve",
  other: (signedInAs) =>
    `Ebben a böngészőben ${signedInAs} van bejelentkezve, ez a link pedig egy másik fiókhoz tartozik. Először jelentkezzen ki, majd nyissa meg újra a linket.`,
  signOut: "Kijelentkezés",
  busy: "Jelenleg túl sok jelszót ellenőrzünk egyszerre. Próbálja újra néhány másodperc múlva.",
  formOld: "Ez az oldal túl sokáig volt nyitva. Kérjük, küldje el még egyszer.",
  forgottenTitle: "Elfelejtette a jelszavát?",
  forgottenLead:
    "Írja be a nevét vagy az e-mail-címét. Kap egy levelet egy linkkel, amellyel új jelszót választhat.",
  name: "Név vagy e-mail-cím",
  send: "Link küldése",
  sentTitle: "Nézze meg a postafiókját",
  sent: "Ha van ilyen nevű fiók, amellyel be lehet jelentkezni, a linket tartalmazó levél már úton van. A link 30 percig érvényes. Ha nem érkezik meg, forduljon a rendszergazdához.",
  backToSignIn: "Vissza a bejelentkezéshez",
  notMeTitle: "Nem én voltam",
  notMeLead: (device) =>
    device === undefined
      ? "Valaki bejelentkezett a fiókjába egy eddig ismeretlen eszközön."
      : `Valaki bejelentkezett a fiókjába egy eddig ismeretlen eszközön: ${device}.`,
  notMeThen:
    "Ha nem Ön volt, nyomja meg a gombot. Minden munkamenet véget ér, az eszközt elfelejtjük, és a fiókját zároljuk, amíg egy rendszergazda nem beszélt Önnel. Ha Ön volt, zárja be ezt az oldalt.",
  notMeButton: "Nem én voltam: zárolják a fiókomat",
  notMeDoneTitle: "A fiókja zárolva van",
  notMeDone:
    "Minden munkamenet véget ért, és senki sem tud bejelentkezni. Most forduljon egy rendszergazdához. Ha máshol is ezt a jelszót használja, ott is változtassa meg.",
  notMeOver:
    "Ezt a linket már felhasználták, vagy lejárt. Ha valami nincs rendben, azonnal szóljon egy rendszergazdának.",
};

const ro: LinkWords = {
  invitationTitle: "Alegeți o parolă",
  invitationLead: (name) =>
    `Bun venit. Vă veți autentifica cu numele ${name} și cu parola pe care o alegeți aici.`,
  resetTitle: "Alegeți o parolă nouă",
  resetLead: (name) => `Pentru contul ${name}. După ce este setată, toate sesiunile contului se încheie.`,
  newPassword: "Parola nouă",
  rules: [
    "Cel puțin 15 caractere. Patru sau cinci cuvinte alese la întâmplare sunt potrivite și ușor de ținut minte.",
    "Sunt permise spații și orice litere; cifrele sau semnele nu sunt necesare.",
    "Fără numele dumneavoastră sau al firmei și nu o parolă pe care o folosiți în altă parte.",
    "O poate crea și păstra un manager de parole.",
  ],
  setPassword: "Setați parola",
  setTitle: "Parola este setată",
  set: "Parola dumneavoastră este setată. Autentificați-vă acum cu ea.",
  goSignIn: "Autentificare",
  overTitle: "Acest link nu mai este valabil",
  invitationOver:
    "A fost deja folosit sau a expirat. Dacă aveți o parolă, autentificați-vă; dacă nu, cereți unui administrator o nouă invitație.",
  resetOver: "A fost deja folosit, a expirat sau între timp a fost trimis unul nou. Puteți cere altul.",
  otherTitle: "Este autentificat altcineva",
  other: (signedInAs) =>
    `În acest browser este autentificat ${signedInAs}, iar linkul este pentru alt cont. Deconectați-vă mai întâi, apoi deschideți din nou linkul.`,
  signOut: "Deconectare",
  busy: "În acest moment se verifică prea multe parole. Încercați din nou peste câteva secunde.",
  formOld: "Această pagină a fost deschisă prea mult timp. Vă rugăm să o trimiteți încă o dată.",
  forgottenTitle: "Ați uitat parola?",
  forgottenLead:
    "Introduceți numele sau adresa de e-mail. Veți primi un e-mail cu un link pentru a alege o parolă nouă.",
  name: "Nume sau e-mail",
  send: "Trimiteți linkul",
  sentTitle: "Verificați căsuța de e-mail",
  sent: "Dacă există un cont cu acest nume care se poate autentifica, un e-mail cu un link este pe drum. Linkul este valabil 30 de minute. Dacă nu primiți nimic, adresați-vă unui administrator.",
  backToSignIn: "Înapoi la autentificare",
  notMeTitle: "Nu am fost eu",
  notMeLead: (device) =>
    device === undefined
      ? "Cineva s-a autentificat în contul dumneavoastră de pe un dispozitiv necunoscut până acum."
      : `Cineva s-a autentificat în contul dumneavoastră de pe un dispozitiv necunoscut până acum: ${device}.`,
  notMeThen:
    "Dacă nu ați fost dumneavoastră, apăsați butonul. Toate sesiunile se încheie, dispozitivul este uitat, iar contul este blocat până când un administrator vorbește cu dumneavoastră. Dacă ați fost dumneavoastră, închideți această pagină.",
  notMeButton: "Nu am fost eu: blocați contul",
  notMeDoneTitle: "Contul dumneavoastră este blocat",
  notMeDone:
    "Toate sesiunile au fost încheiate și nimeni nu se poate autentifica. Luați acum legătura cu un administrator. Dacă folosiți aceeași parolă în altă parte, schimbați-o și acolo.",
  notMeOver:
    "Acest link a fost deja folosit sau a expirat. Dacă ceva nu este în regulă, anunțați imediat un administrator.",
};

const WORDS: Record<Language, LinkWords> = { en, hu, ro };

export function linkWords(language: Language): LinkWords {
  return WORDS[language];
}
