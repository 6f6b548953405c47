/** Why somebody cannot sign in, and what solves it, in each language. */
import type { Language } from "../settings.ts";

const en = {
  title: "Signing in",
  nothing: "Nothing is in the way of signing in.",
  weight: { stops: "stops", slows: "partly", notes: "note" },
  disabled: "The account is disabled.",
  ended: (at: string) => `The account ended on ${at}.`,
  changeEnd: "Change the end",
  invited: "No password has been chosen yet.",
  mustReset: "A new password has to be chosen by the link in the mail.",
  linkUntil: (until: string) => `The link in the last mail is good until ${until}.`,
  noLink: "There is no link that is still good.",
  sendAgain: "Send a new link",
  undelivered: { mail: "The last mail did not arrive.", sms: "The last SMS did not arrive." },
  trying: (word: string, since: string) => `Tried since ${since}, and again (${word}).`,
  gaveUp: (word: string, since: string) => `Given up; it was to go out on ${since} (${word}).`,
  checkDetails: "Check the details",
  lane: {
    account: "Wrong passwords from unknown devices: new devices are refused.",
    device: "Wrong passwords on a trusted device: that device is refused.",
    address: (network: string) => `Too many attempts from ${network}: unknown devices there are refused.`,
    codes: "Wrong codes: no second factor is taken.",
    reset: "Too many reset mails were asked for: none is sent.",
    sms: "Too many SMS: none is sent to this number.",
  },
  laneUntil: (until: string, attempts: number) => `${attempts} attempts. Opens by itself on ${until}.`,
  laneForGood: (attempts: number) => `${attempts} attempts in a row. Opens by an administrator only.`,
  unlockAll: "Unlock all",
  noFactor: "No second factor is set up; the next sign-in begins with that.",
  opensNothing: "No role and no grant opens any application.",
  giveRole: "Give a role",
  opens: "Opens",
};

type HindranceWords = typeof en;

const hu: HindranceWords = {
  title: "Bejelentkezés",
  nothing: "Semmi sem akadályozza a bejelentkezést.",
  weight: { stops: "akadály", slows: "részben", notes: "tudnivaló" },
  disabled: "A fiók le van tiltva.",
  ended: (at) => `A fiók lejárt: ${at}.`,
  changeEnd: "Lejárat módosítása",
  invited: "Még nem választott jelszót.",
  mustReset: "A levélben kapott hivatkozással új jelszót kell választani.",
  linkUntil: (until) => `Az utolsó levélben kapott hivatkozás érvényes eddig: ${until}.`,
  noLink: "Nincs érvényes hivatkozás.",
  sendAgain: "Új hivatkozás küldése",
  undelivered: { mail: "Az utolsó levél nem érkezett meg.", sms: "Az utolsó SMS nem érkezett meg." },
  trying: (word, since) => `A küldés ${since} óta sikertelen, de folytatódik (${word}).`,
  gaveUp: (word, since) => `A küldés meghiúsult; létrejött: ${since} (${word}).`,
  checkDetails: "Adatok ellenőrzése",
  lane: {
    account: "Hibás jelszavak ismeretlen eszközről: új eszköz nem léphet be.",
    device: "Hibás jelszavak megbízható eszközről: az az eszköz nem léphet be.",
    address: (network) => `Túl sok kísérlet innen: ${network}. Ismeretlen eszköz onnan nem léphet be.`,
    codes: "Hibás kódok: a második lépés nem végezhető el.",
    reset: "Túl sok jelszócsere-levelet kértek: több nem megy ki.",
    sms: "Túl sok SMS: erre a számra több nem megy ki.",
  },
  laneUntil: (until, attempts) => `${attempts} kísérlet. Magától megnyílik: ${until}.`,
  laneForGood: (attempts) => `${attempts} kísérlet egymás után. Csak rendszergazda oldhatja fel.`,
  unlockAll: "Minden feloldása",
  noFactor: "Nincs beállítva második lépés; a következő bejelentkezés ezzel kezdődik.",
  opensNothing: "Sem szerepkör, sem engedély nem nyit meg egyetlen alkalmazást sem.",
  giveRole: "Szerepkör adása",
  opens: "Megnyitja",
};

const ro: HindranceWords = {
  title: "Autentificare",
  nothing: "Nimic nu împiedică autentificarea.",
  weight: { stops: "împiedică", slows: "parțial", notes: "de știut" },
  disabled: "Contul este dezactivat.",
  ended: (at) => `Contul a expirat la ${at}.`,
  changeEnd: "Modificați expirarea",
  invited: "Încă nu a fost aleasă o parolă.",
  mustReset: "Trebuie aleasă o parolă nouă prin linkul din mesaj.",
  linkUntil: (until) => `Linkul din ultimul mesaj este valabil până la ${until}.`,
  noLink: "Nu există niciun link valabil.",
  sendAgain: "Trimiteți un link nou",
  undelivered: { mail: "Ultimul mesaj nu a ajuns.", sms: "Ultimul SMS nu a ajuns." },
  trying: (word, since) => `Se încearcă din ${since} și se reia (${word}).`,
  gaveUp: (word, since) => `S-a renunțat; trebuia trimis la ${since} (${word}).`,
  checkDetails: "Verificați datele",
  lane: {
    account: "Parole greșite de pe dispozitive necunoscute: dispozitivele noi sunt refuzate.",
    device: "Parole greșite pe un dispozitiv de încredere: acel dispozitiv este refuzat.",
    address: (network) =>
      `Prea multe încercări de la ${network}: dispozitivele necunoscute de acolo sunt refuzate.`,
    codes: "Coduri greșite: al doilea pas nu este acceptat.",
    reset: "Au fost cerute prea multe mesaje de resetare: nu se mai trimit.",
    sms: "Prea multe SMS-uri: nu se mai trimit către acest număr.",
  },
  laneUntil: (until, attempts) => `${attempts} încercări. Se deschide de la sine la ${until}.`,
  laneForGood: (attempts) => `${attempts} încercări la rând. O poate deschide numai un administrator.`,
  unlockAll: "Deblocați tot",
  noFactor: "Nu este configurat un al doilea pas; următoarea autentificare începe cu acesta.",
  opensNothing: "Niciun rol și nicio permisiune nu deschide vreo aplicație.",
  giveRole: "Acordați un rol",
  opens: "Deschide",
};

export function hindranceWords(language: Language): HindranceWords {
  return { en, hu, ro }[language];
}
