/** What the audit page says of following the trail and of checking its chain, in each language. */
import type { Language } from "../settings.ts";

const en = {
  follow: "Follow live",
  following: "New events appear here by themselves.",
  reload: "Load anew",
  stop: "Stop",
  over: "Nothing more appears: the session is over, or the gateway was restarted. Load the page anew.",
  checkWhy: (rows: string) =>
    `Computes the hash of every event again (there are about ${rows}) and compares. This goes on in the background and takes a few minutes for a million.`,
  begin: "Check the whole chain",
  goingOn: "A check is under way.",
  progress: (rows: string, of: string) => `${rows} of about ${of} events`,
  outcome: { whole: "whole", broken: "broken", stopped: "broken off" },
  whole: "Every event follows the one before it.",
  broken: (places: string) =>
    `The chain is broken in ${places} places. Keep the database as it is, and find out who can write to it.`,
  stopped: "The node ended before the check was through. Begin it again.",
  range: (rows: string, purged: string) =>
    `${rows} events checked; signed tombstones stand for ${purged} that were purged`,
  head: "Head",
  headHint:
    "Write it down elsewhere: “lakat audit verify --expect-head” finds out whether all of it was made anew.",
  begun: "Begun",
  finished: "Finished",
  by: "By",
  earlier: "Earlier checks",
  never: "The chain has not been checked here yet.",
};

export type AuditWatchWords = typeof en;

const hu: AuditWatchWords = {
  follow: "Élő követés",
  following: "Az új események maguktól megjelennek.",
  reload: "Újratöltés",
  stop: "Leállítás",
  over: "Több esemény nem jelenik meg: a munkamenet lejárt, vagy az átjáró újraindult. Töltse be újra az oldalt.",
  checkWhy: (rows) =>
    `Minden esemény ellenőrzőösszegét újra kiszámítja (körülbelül ${rows} van), és összehasonlítja. A háttérben fut; egymillió eseménynél néhány percig tart.`,
  begin: "A teljes lánc ellenőrzése",
  goingOn: "Ellenőrzés folyik.",
  progress: (rows, of) => `${rows} a körülbelül ${of} eseményből`,
  outcome: { whole: "ép", broken: "sérült", stopped: "megszakadt" },
  whole: "Minden esemény az előzőt követi.",
  broken: (places) =>
    `A lánc ${places} helyen megszakadt. Hagyja az adatbázist változatlanul, és derítse ki, ki írhat bele.`,
  stopped: "A csomópont az ellenőrzés vége előtt leállt. Indítsa el újra.",
  range: (rows, purged) => `${rows} esemény ellenőrizve; ${purged} törölt eseményt aláírt sírkő helyettesít`,
  head: "A lánc vége",
  headHint: "Jegyezze fel máshol: a „lakat audit verify --expect-head” kideríti, ha az egészet újraírták.",
  begun: "Kezdete",
  finished: "Vége",
  by: "Indította",
  earlier: "Korábbi ellenőrzések",
  never: "A láncot itt még nem ellenőrizték.",
};

const ro: AuditWatchWords = {
  follow: "Urmăriți în direct",
  following: "Evenimentele noi apar aici de la sine.",
  reload: "Reîncărcați",
  stop: "Opriți",
  over: "Nu mai apare nimic: sesiunea s-a încheiat sau poarta de acces a fost repornită. Reîncărcați pagina.",
  checkWhy: (rows) =>
    `Calculează din nou suma fiecărui eveniment (sunt aproximativ ${rows}) și compară. Se desfășoară în fundal și durează câteva minute pentru un milion.`,
  begin: "Verificați întregul lanț",
  goingOn: "O verificare este în curs.",
  progress: (rows, of) => `${rows} din aproximativ ${of} evenimente`,
  outcome: { whole: "întreg", broken: "întrerupt", stopped: "neterminată" },
  whole: "Fiecare eveniment urmează celui dinaintea lui.",
  broken: (places) =>
    `Lanțul este întrerupt în ${places} locuri. Păstrați baza de date așa cum este și aflați cine poate scrie în ea.`,
  stopped: "Nodul s-a oprit înainte de terminarea verificării. Porniți-o din nou.",
  range: (rows, purged) =>
    `${rows} evenimente verificate; pentru ${purged} evenimente eliminate există pietre funerare semnate`,
  head: "Capătul lanțului",
  headHint: "Notați-l în altă parte: „lakat audit verify --expect-head” arată dacă totul a fost rescris.",
  begun: "Început",
  finished: "Terminat",
  by: "De către",
  earlier: "Verificări anterioare",
  never: "Lanțul nu a fost încă verificat aici.",
};

export function auditWatchWords(language: Language): AuditWatchWords {
  return { en, hu, ro }[language];
}
