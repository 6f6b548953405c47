/** What the pages of grants say, in each language. */
import type { Language } from "../settings.ts";

export interface GrantWords {
  title: string;
  lead: string;
  nothing: string;
  notOwner: string;
  yours: string;
  giveUp: string;
  /** By the state of a grant. */
  states: Record<string, string>;
  oneTitle: string;
  forWhom: string;
  askedBy: string;
  application: string;
  scopes: string;
  reason: string;
  from: string;
  until: string;
  state: string;
  look: string;
  approve: string;
  refuse: string;
  revoke: string;
  /** Nobody approves what they asked for or would get. */
  own: string;
  approved: string;
  ended: string;
  formOld: string;
  refused: string;
  back: string;
  askTitle: string;
  askLead: string;
  chooseApplication: string;
  what: string;
  whatWrong: string;
  why: string;
  whyHint: string;
  whyWrong: string;
  howLong: string;
  hours: (count: number) => string;
  days: (count: number) => string;
  tooLong: string;
  tooMany: string;
  send: string;
}

const en: GrantWords = {
  title: "Access requests",
  lead: "Access for a limited time that you may approve or end, the newest first.",
  nothing: "Nobody asks for anything at the moment.",
  notOwner: "You approve access to no application.",
  yours: "Access for a time",
  giveUp: "Give up",
  states: {
    requested: "not approved yet",
    approved: "approved",
    active: "active",
    ended: "ended",
    revoked: "revoked",
  },
  oneTitle: "Access request",
  forWhom: "For",
  askedBy: "Asked by",
  application: "Application",
  scopes: "Opens",
  reason: "Reason",
  from: "From",
  until: "Until",
  state: "State",
  look: "Look at it",
  approve: "Approve",
  refuse: "Refuse",
  revoke: "End it now",
  own: "You asked for this, or it is for you: somebody else has to approve it.",
  approved: "It is approved.",
  ended: "It has ended.",
  formOld: "This page had been open for too long. Please send it once more.",
  refused: "That is not possible any more, or not for you.",
  back: "All requests",
  askTitle: "Ask for access",
  askLead: "Whoever owns the application gets a mail and decides. Nothing opens before that.",
  chooseApplication: "For which application?",
  what: "What do you need?",
  whatWrong: "Choose one at least.",
  why: "Why?",
  whyHint: "One sentence for whoever decides",
  whyWrong: "Give a reason of at most 500 characters.",
  howLong: "For how long, from now on?",
  hours: (count) => (count === 1 ? "1 hour" : `${count} hours`),
  days: (count) => (count === 1 ? "1 day" : `${count} days`),
  tooLong: "That is longer than access may last.",
  tooMany: "You have asked many times in the last hour. Wait for an answer, then ask again.",
  send: "Send the request",
};

const hu: GrantWords = {
  title: "Hozzáférési kérések",
  lead: "Határozott idejű hozzáférések, amelyeket jóváhagyhat vagy megszüntethet; a legújabb elöl.",
  nothing: "Jelenleg senki sem kér semmit.",
  notOwner: "Ön egyetlen alkalmazáshoz sem hagy jóvá hozzáférést.",
  yours: "Határozott idejű hozzáférések",
  giveUp: "Lemondás",
  states: {
    requested: "jóváhagyásra vár",
    approved: "jóváhagyva",
    active: "érvényes",
    ended: "lejárt",
    revoked: "visszavonva",
  },
  oneTitle: "Hozzáférési kérés",
  forWhom: "Kinek",
  askedBy: "Kérte",
  application: "Alkalmazás",
  scopes: "Mit nyit meg",
  reason: "Indok",
  from: "Ettől",
  until: "Eddig",
  state: "Állapot",
  look: "Megtekintés",
  approve: "Jóváhagyás",
  refuse: "Elutasítás",
  revoke: "Megszüntetés most",
  own: "Ezt Ön kérte, vagy Önnek szól: másnak kell jóváhagynia.",
  approved: "Jóváhagyva.",
  ended: "Véget ért.",
  formOld: "Ez az oldal túl sokáig volt nyitva. Kérjük, küldje el még egyszer.",
  refused: "Ez már nem lehetséges, vagy nem Ön teheti meg.",
  back: "Minden kérés",
  askTitle: "Hozzáférés kérése",
  askLead: "Az alkalmazás felelőse levelet kap, és ő dönt. Addig semmi sem nyílik meg.",
  chooseApplication: "Melyik alkalmazáshoz?",
  what: "Mire van szüksége?",
  whatWrong: "Válasszon legalább egyet.",
  why: "Miért?",
  whyHint: "Egy mondat annak, aki dönt",
  whyWrong: "Írjon legfeljebb 500 karakteres indoklást.",
  howLong: "Mennyi időre, mostantól?",
  hours: (count) => `${count} óra`,
  days: (count) => `${count} nap`,
  tooLong: "Ez hosszabb, mint ameddig egy hozzáférés tarthat.",
  tooMany: "Az elmúlt órában sokszor kért hozzáférést. Várja meg a választ, azután kérjen újra.",
  send: "Kérés elküldése",
};

const ro: GrantWords = {
  title: "Cereri de acces",
  lead: "Accese pe timp limitat pe care le puteți aproba sau încheia, cele mai noi la început.",
  nothing: "În acest moment nimeni nu cere nimic.",
  notOwner: "Nu aprobați accesul la nicio aplicație.",
  yours: "Acces pe timp limitat",
  giveUp: "Renunțați",
  states: {
    requested: "încă neaprobat",
    approved: "aprobat",
    active: "activ",
    ended: "încheiat",
    revoked: "revocat",
  },
  oneTitle: "Cerere de acces",
  forWhom: "Pentru",
  askedBy: "Cerut de",
  application: "Aplicație",
  scopes: "Deschide",
  reason: "Motiv",
  from: "De la",
  until: "Până la",
  state: "Stare",
  look: "Vedeți",
  approve: "Aprobați",
  refuse: "Respingeți",
  revoke: "Încheiați acum",
  own: "Ați cerut acest acces sau este pentru dumneavoastră: trebuie să îl aprobe altcineva.",
  approved: "A fost aprobat.",
  ended: "S-a încheiat.",
  formOld: "Această pagină a fost deschisă prea mult timp. Vă rugăm să o trimiteți încă o dată.",
  refused: "Acest lucru nu mai este posibil sau nu vă este permis.",
  back: "Toate cererile",
  askTitle: "Cereți acces",
  askLead: "Responsabilul aplicației primește un e-mail și decide. Până atunci nu se deschide nimic.",
  chooseApplication: "Pentru ce aplicație?",
  what: "De ce aveți nevoie?",
  whatWrong: "Alegeți cel puțin una.",
  why: "De ce?",
  whyHint: "O propoziție pentru cel care decide",
  whyWrong: "Dați un motiv de cel mult 500 de caractere.",
  howLong: "Pentru cât timp, de acum?",
  hours: (count) => (count === 1 ? "1 oră" : count < 20 ? `${count} ore` : `${count} de ore`),
  days: (count) => (count === 1 ? "1 zi" : count < 20 ? `${count} zile` : `${count} de zile`),
  tooLong: "Este mai mult decât poate dura un acces.",
  tooMany: "Ați cerut acces de multe ori în ultima oră. Așteptați un răspuns, apoi cereți din nou.",
  send: "Trimiteți cererea",
};

const WORDS: Record<Language, GrantWords> = { en, hu, ro };

export function grantWords(language: Language): GrantWords {
  return WORDS[language];
}
