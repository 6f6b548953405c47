/** What happened to one's own account, in each language. */
import type { HistoryEntry, HistoryEvent, HistoryWhy } from "../own-history.ts";
import type { Language } from "../settings.ts";

export interface HistoryWords {
  overview: string;
  title: string;
  lead: string;
  notYou: string;
  endSessions: string;
  nothing: string;
  newest: string;
  older: string;
  /** Of an address. */
  asNow: string;
  byOthers: string;
  refused: string;
  what: Record<HistoryEvent, string>;
  /** Where a failure is called something else. */
  failed: Partial<Record<HistoryEvent, string>>;
  why: Record<HistoryWhy, string>;
  factors: Record<NonNullable<HistoryEntry["factor"]>, string>;
}

const en: HistoryWords = {
  overview: "Overview",
  title: "Sign-in history",
  lead: "Who signed in to your account or tried to, and what changed about how you sign in. Steps of signing in are kept for 90 days at least, changes for a year.",
  notYou: "Something here was not you?",
  endSessions: "End sessions and devices",
  nothing: "Nothing has happened yet.",
  newest: "Newest",
  older: "Older",
  asNow: "the address you use now",
  byOthers: "by the administration",
  refused: "refused",
  what: {
    "sign-in": "Signed in",
    "sign-in.password": "Right password; the second step was asked for",
    "sign-in.provider": "Signed in elsewhere; the second step was asked for",
    "sign-in.code": "Second step",
    "sign-in.code-sent": "A code was sent by SMS",
    "sign-in.confirmed": "Confirmed that it is you",
    "sign-out": "Signed out",
    "session.ended": "Session ended",
    "lane.locked": "Paused after too many attempts",
    "device.trusted": "A new device is trusted",
    "device.forgotten": "A device is trusted no longer",
    "password.changed": "Password changed",
    "password.reset-asked": "A mail for a new password was asked for",
    "factor.added": "A second factor was added",
    "factor.removed": "A second factor was removed",
    "recovery-codes.made": "New recovery codes were made",
    "identity.linked": "Another sign-in was linked",
    "identity.unlinked": "Another sign-in was unlinked",
    "account.activated": "Account activated",
    "account.disabled": "Account disabled",
    "account.enabled": "Account enabled",
    "account.locked": "Account locked",
    "account.unlocked": "Account unlocked",
    "account.reset-required": "A new password is demanded",
    "account.factors-reset": "Second factors were reset",
  },
  failed: {
    "sign-in": "Attempt to sign in",
    "sign-in.code-sent": "A code by SMS was asked for",
    "factor.added": "Attempt to add a second factor",
  },
  why: {
    password: "wrong password",
    code: "the second factor was not right",
    "too-many": "too many attempts",
    other: "not possible at that time",
  },
  factors: {
    password: "with the password",
    totp: "with the authenticator",
    sms: "with a code by SMS",
    "recovery-code": "with a recovery code",
    passkey: "with a passkey",
    device: "on a trusted device",
  },
};

const hu: HistoryWords = {
  overview: "Áttekintés",
  title: "Bejelentkezési előzmények",
  lead: "Ki jelentkezett be a fiókjába, ki próbálta meg, és mi változott a bejelentkezés módjában. A bejelentkezés lépéseit legalább 90 napig, a változásokat egy évig őrizzük.",
  notYou: "Valami nem Öntől származik?",
  endSessions: "Munkamenetek és eszközök",
  nothing: "Még nem történt semmi.",
  newest: "Legújabbak",
  older: "Régebbiek",
  asNow: "a mostani címe",
  byOthers: "az üzemeltetés részéről",
  refused: "elutasítva",
  what: {
    "sign-in": "Bejelentkezés",
    "sign-in.password": "Helyes jelszó; a második lépés következett",
    "sign-in.provider": "Bejelentkezés máshol; a második lépés következett",
    "sign-in.code": "Második lépés",
    "sign-in.code-sent": "Kód küldése SMS-ben",
    "sign-in.confirmed": "Megerősítette, hogy Ön az",
    "sign-out": "Kijelentkezés",
    "session.ended": "Munkamenet befejezése",
    "lane.locked": "Szünet túl sok kísérlet után",
    "device.trusted": "Új megbízható eszköz",
    "device.forgotten": "Egy eszköz már nem megbízható",
    "password.changed": "A jelszó megváltozott",
    "password.reset-asked": "Levelet kértek új jelszóhoz",
    "factor.added": "Új második lépés hozzáadása",
    "factor.removed": "Egy második lépés eltávolítása",
    "recovery-codes.made": "Új helyreállító kódok készültek",
    "identity.linked": "Másik bejelentkezés összekapcsolása",
    "identity.unlinked": "Másik bejelentkezés leválasztása",
    "account.activated": "A fiók aktiválása",
    "account.disabled": "A fiók letiltása",
    "account.enabled": "A fiók engedélyezése",
    "account.locked": "A fiók zárolása",
    "account.unlocked": "A fiók zárolásának feloldása",
    "account.reset-required": "Új jelszót kell megadni",
    "account.factors-reset": "A második lépések visszaállítása",
  },
  failed: {
    "sign-in": "Bejelentkezési kísérlet",
    "sign-in.code-sent": "SMS-kódot kértek",
    "factor.added": "Kísérlet második lépés hozzáadására",
  },
  why: {
    password: "hibás jelszó",
    code: "a második lépés nem sikerült",
    "too-many": "túl sok kísérlet",
    other: "akkor nem volt lehetséges",
  },
  factors: {
    password: "jelszóval",
    totp: "hitelesítővel",
    sms: "SMS-ben kapott kóddal",
    "recovery-code": "helyreállító kóddal",
    passkey: "hozzáférési kulccsal",
    device: "megbízható eszközön",
  },
};

const ro: HistoryWords = {
  overview: "Prezentare",
  title: "Istoricul autentificărilor",
  lead: "Cine s-a autentificat în contul dumneavoastră sau a încercat și ce s-a schimbat la autentificare. Pașii autentificării se păstrează cel puțin 90 de zile, schimbările un an.",
  notYou: "Ceva de aici nu v-a aparținut?",
  endSessions: "Încheiați sesiuni și dispozitive",
  nothing: "Nu s-a întâmplat încă nimic.",
  newest: "Cele mai noi",
  older: "Mai vechi",
  asNow: "adresa dumneavoastră de acum",
  byOthers: "de către administrare",
  refused: "refuzat",
  what: {
    "sign-in": "Autentificare",
    "sign-in.password": "Parolă corectă; a urmat al doilea pas",
    "sign-in.provider": "Autentificare în altă parte; a urmat al doilea pas",
    "sign-in.code": "Al doilea pas",
    "sign-in.code-sent": "Un cod a fost trimis prin SMS",
    "sign-in.confirmed": "Ați confirmat că sunteți dumneavoastră",
    "sign-out": "Deconectare",
    "session.ended": "Sesiune încheiată",
    "lane.locked": "Pauză după prea multe încercări",
    "device.trusted": "Un dispozitiv nou este de încredere",
    "device.forgotten": "Un dispozitiv nu mai este de încredere",
    "password.changed": "Parola a fost schimbată",
    "password.reset-asked": "A fost cerut un e-mail pentru o parolă nouă",
    "factor.added": "A fost adăugat un al doilea factor",
    "factor.removed": "A fost eliminat un al doilea factor",
    "recovery-codes.made": "Au fost create coduri de recuperare noi",
    "identity.linked": "A fost legată o altă autentificare",
    "identity.unlinked": "A fost dezlegată o altă autentificare",
    "account.activated": "Cont activat",
    "account.disabled": "Cont dezactivat",
    "account.enabled": "Cont reactivat",
    "account.locked": "Cont blocat",
    "account.unlocked": "Cont deblocat",
    "account.reset-required": "Se cere o parolă nouă",
    "account.factors-reset": "Factorii secundari au fost resetați",
  },
  failed: {
    "sign-in": "Încercare de autentificare",
    "sign-in.code-sent": "A fost cerut un cod prin SMS",
    "factor.added": "Încercare de adăugare a unui al doilea factor",
  },
  why: {
    password: "parolă greșită",
    code: "al doilea factor nu a fost corect",
    "too-many": "prea multe încercări",
    other: "nu era posibil atunci",
  },
  factors: {
    password: "cu parola",
    totp: "cu autentificatorul",
    sms: "cu un cod prin SMS",
    "recovery-code": "cu un cod de recuperare",
    passkey: "cu o cheie de acces",
    device: "pe un dispozitiv de încredere",
  },
};

export function historyWords(language: Language): HistoryWords {
  return { en, hu, ro }[language];
}
