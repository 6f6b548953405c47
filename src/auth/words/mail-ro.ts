/** The gateway's mails in Romanian. Pure. */
import type { Fact, MailFactor, MailWords } from "./mail.ts";

const FACTORS: Record<MailFactor, string> = {
  totp: "aplicație de autentificare",
  sms: "coduri prin SMS",
  passkey: "cheie de acces (passkey)",
};
const NOT_YOU = "Dacă nu ați fost dumneavoastră, anunțați imediat un administrator.";
const ONCE = "Linkul poate fi folosit o singură dată.";
const address = (at: string | undefined): Fact => ["Adresă IP", at];

export const mailRo: MailWords = {
  locale: "ro",
  greeting: (name) => `Bună ziua, ${name}!`,
  automatic: (organisation) =>
    `Acest mesaj a fost trimis automat de sistemul de autentificare (${organisation}). Vă rugăm să nu răspundeți.`,
  letters: {
    invitation: ({ account, link, until }, { time }) => ({
      subject: "Configurați-vă contul",
      lead: "A fost creat un cont pentru dumneavoastră. Pentru a-l folosi, alegeți o parolă și configurați o aplicație de autentificare.",
      facts: [
        ["Nume de utilizator", account],
        ["Linkul este valabil până la", time(until)],
      ],
      action: { label: "Configurați contul", link },
      after: `${ONCE} Dacă nu așteptați acest mesaj, nu trebuie să faceți nimic.`,
    }),
    "password-reset": ({ link, until }, { time }) => ({
      subject: "Alegeți o parolă nouă",
      lead: "A fost cerută o parolă nouă pentru contul dumneavoastră.",
      facts: [["Linkul este valabil până la", time(until)]],
      action: { label: "Alegeți o parolă nouă", link },
      after: `${ONCE} Dacă nu ați fost dumneavoastră, nu trebuie să faceți nimic: parola rămâne neschimbată.`,
    }),
    "password-reset-required": ({ link, until }, { time }) => ({
      subject: "Trebuie să alegeți o parolă nouă",
      lead: "Un administrator vă cere să alegeți o parolă nouă. Până atunci nu vă puteți autentifica.",
      facts: [["Linkul este valabil până la", time(until)]],
      action: { label: "Alegeți o parolă nouă", link },
      after: ONCE,
    }),
    "password-changed": ({ at, ...from }, { time }) => ({
      subject: "Parola dumneavoastră a fost schimbată",
      lead: "Parola contului dumneavoastră a fost schimbată, iar celelalte sesiuni au fost încheiate.",
      facts: [["Data și ora", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "new-device": ({ at, browser, link, ...from }, { time }) => ({
      subject: "Autentificare de pe un dispozitiv nou",
      lead: "Cineva s-a autentificat în contul dumneavoastră de pe un dispozitiv necunoscut până acum.",
      facts: [["Dispozitiv", browser], address(from.address), ["Data și ora", time(at)]],
      ask: "Dacă ați fost dumneavoastră, nu trebuie să faceți nimic. Dacă nu, deschideți linkul următor: acesta încheie sesiunea, elimină dispozitivul și vă blochează contul.",
      action: { label: "Nu am fost eu", link },
    }),
    "factor-added": ({ at, factor, ...from }, { time }) => ({
      subject: "A fost adăugat un al doilea factor",
      lead: "La contul dumneavoastră a fost adăugat un al doilea factor de autentificare.",
      facts: [["Al doilea factor", FACTORS[factor]], ["Data și ora", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "factor-removed": ({ at, factor, ...from }, { time }) => ({
      subject: "A fost eliminat un al doilea factor",
      lead: "Din contul dumneavoastră a fost eliminat un al doilea factor de autentificare.",
      facts: [["Al doilea factor", FACTORS[factor]], ["Data și ora", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "factors-reset": ({ at }, { time }) => ({
      subject: "Al doilea factor a fost eliminat",
      lead: "Un administrator a eliminat al doilea factor de autentificare al contului dumneavoastră. La următoarea autentificare veți configura unul nou.",
      facts: [["Data și ora", time(at)]],
      after: "Dacă nu ați cerut acest lucru, anunțați imediat un administrator.",
    }),
    "identity-linked": ({ at, provider, ...from }, { time }) => ({
      subject: "Autentificarea unică a fost asociată",
      lead: "De acum vă puteți autentifica în contul dumneavoastră cu un cont de la alt serviciu.",
      facts: [["Serviciu", provider], ["Data și ora", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "identity-unlinked": ({ at, provider, ...from }, { time }) => ({
      subject: "Autentificarea unică nu mai este asociată",
      lead: "Un cont de la alt serviciu nu mai permite autentificarea în contul dumneavoastră.",
      facts: [["Serviciu", provider], ["Data și ora", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "passkey-copied": ({ at, passkey, ...from }, { time }) => ({
      subject: "A fost respinsă o cheie de acces",
      lead: "Cineva a încercat să se autentifice în contul dumneavoastră cu o cheie de acces care poate fi o copie a cheii dumneavoastră. A fost respinsă.",
      facts: [["Cheie de acces", passkey], ["Data și ora", time(at)], address(from.address)],
      after: `Eliminați această cheie din cont chiar dacă ați fost dumneavoastră și adăugați-o din nou. ${NOT_YOU}`,
    }),
    "recovery-codes-made": ({ at, ...from }, { time }) => ({
      subject: "Au fost generate coduri de recuperare noi",
      lead: "Pentru contul dumneavoastră au fost generate coduri de recuperare noi. Cele anterioare nu mai sunt valabile.",
      facts: [["Data și ora", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "recovery-code-used": ({ at, left, ...from }, { time }) => ({
      subject: "A fost folosit un cod de recuperare",
      lead: "Un cod de recuperare a fost folosit pentru autentificarea în contul dumneavoastră.",
      facts: [["Data și ora", time(at)], address(from.address), ["Coduri rămase", String(left)]],
      after: NOT_YOU,
    }),
    "account-locked": ({ at }, { time }) => ({
      subject: "Contul dumneavoastră este blocat",
      lead: "Ne-ați anunțat că o autentificare nu vă aparține. Contul a fost blocat, iar sesiunile lui au fost încheiate.",
      facts: [["Data și ora", time(at)]],
      after: "Numai un administrator îl poate debloca. Vă rugăm să luați legătura cu un administrator.",
    }),
    "account-locked-staff": ({ account, browser, at, ...from }, { time }) => ({
      subject: `Cont blocat: ${account}`,
      lead: "Titularul unui cont a anunțat că o autentificare nu îi aparține. Contul a fost blocat, iar sesiunile lui au fost încheiate.",
      facts: [["Cont", account], ["Dispozitiv", browser], address(from.address), ["Data și ora", time(at)]],
      after: "Cine s-a autentificat știa parola. Aflați de unde, înainte de a debloca contul.",
    }),
    "passwords-locked": ({ at, until, ...from }, { time }) => ({
      subject: "Parole greșite pentru contul dumneavoastră",
      lead: "Cineva a încercat mai multe parole greșite pentru contul dumneavoastră. Pentru un timp, autentificarea de pe dispozitive necunoscute este blocată; de pe dispozitivele dumneavoastră puteți intra în continuare.",
      facts: [["Data și ora", time(at)], address(from.address), ["Blocat până la", time(until)]],
      after:
        "Nu trebuie să faceți nimic. Dacă nu ați fost dumneavoastră și situația se repetă, anunțați un administrator.",
    }),
    "codes-locked": ({ at, until, ...from }, { time }) => ({
      subject: "Coduri greșite pentru contul dumneavoastră",
      lead: "Cineva care a introdus parola corectă a încercat mai multe coduri greșite. Pentru un timp, nu este acceptat niciun cod.",
      facts: [["Data și ora", time(at)], address(from.address), ["Blocat până la", time(until)]],
      after:
        "Dacă nu ați fost dumneavoastră, cineva vă cunoaște parola: schimbați-o și anunțați imediat un administrator.",
    }),
    "grant-requested": (grant, { time, list }) => ({
      subject: `Cerere de acces: ${grant.application}`,
      lead: "A fost cerut un acces pe care îl puteți aproba.",
      facts: [
        ["Pentru", grant.account],
        ["Cerut de", grant.requester],
        ["Aplicație", grant.application],
        ["Permisiuni", list(grant.scopes)],
        ["De la", time(grant.from)],
        ["Până la", time(grant.until)],
        ["Motiv", grant.reason],
      ],
      action: { label: "Vedeți cererea", link: grant.link },
      after: "Nimeni nu primește acces până la aprobare.",
    }),
    "grant-approved": (grant, { time, list }) => ({
      subject: `Acces aprobat: ${grant.application}`,
      lead: "Ați primit acces pe o durată limitată.",
      facts: [
        ["Aplicație", grant.application],
        ["Permisiuni", list(grant.scopes)],
        ["De la", time(grant.from)],
        ["Până la", time(grant.until)],
      ],
    }),
    "grant-ended": ({ application, scopes, at }, { time, list }) => ({
      subject: `Acces încheiat: ${application}`,
      lead: "Accesul dumneavoastră pe durată limitată s-a încheiat.",
      facts: [
        ["Aplicație", application],
        ["Permisiuni", list(scopes)],
        ["Data și ora", time(at)],
      ],
    }),
  },
};
