/** The gateway's mails in Hungarian. Pure. */
import type { Fact, MailFactor, MailWords } from "./mail.ts";

const FACTORS: Record<MailFactor, string> = {
  totp: "hitelesítő alkalmazás",
  sms: "SMS-ben küldött kód",
  passkey: "hozzáférési kulcs (passkey)",
};
const NOT_YOU = "Ha nem Ön tette, haladéktalanul értesítse a rendszergazdát.";
const ONCE = "A hivatkozás egyszer használható.";
const address = (at: string | undefined): Fact => ["IP-cím", at];

export const mailHu: MailWords = {
  locale: "hu",
  greeting: (name) => `Tisztelt ${name}!`,
  automatic: (organisation) =>
    `Ezt az üzenetet a beléptető rendszer küldte (${organisation}). Kérjük, ne válaszoljon rá.`,
  letters: {
    invitation: ({ account, link, until }, { time }) => ({
      subject: "Állítsa be fiókját",
      lead: "Létrehoztunk Önnek egy fiókot. Használatához válasszon jelszót, és állítson be egy hitelesítő alkalmazást.",
      facts: [
        ["Felhasználónév", account],
        ["A hivatkozás érvényessége", time(until)],
      ],
      action: { label: "Fiók beállítása", link },
      after: `${ONCE} Ha nem számított erre az üzenetre, nincs teendője.`,
    }),
    "password-reset": ({ link, until }, { time }) => ({
      subject: "Új jelszó megadása",
      lead: "Új jelszót kértek az Ön fiókjához.",
      facts: [["A hivatkozás érvényessége", time(until)]],
      action: { label: "Új jelszó megadása", link },
      after: `${ONCE} Ha nem Ön kérte, nincs teendője: jelszava nem változik.`,
    }),
    "password-reset-required": ({ link, until }, { time }) => ({
      subject: "Új jelszót kell megadnia",
      lead: "A rendszergazda kéri, hogy adjon meg új jelszót. Amíg ezt nem teszi meg, nem tud bejelentkezni.",
      facts: [["A hivatkozás érvényessége", time(until)]],
      action: { label: "Új jelszó megadása", link },
      after: ONCE,
    }),
    "password-changed": ({ at, ...from }, { time }) => ({
      subject: "Megváltozott a jelszava",
      lead: "Fiókjának jelszava megváltozott, többi munkamenete véget ért.",
      facts: [["Időpont", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "new-device": ({ at, browser, link, ...from }, { time }) => ({
      subject: "Bejelentkezés új eszközről",
      lead: "Eddig ismeretlen eszközről jelentkeztek be az Ön fiókjába.",
      facts: [["Eszköz", browser], address(from.address), ["Időpont", time(at)]],
      ask: "Ha Ön volt, nincs teendője. Ha nem Ön volt, nyissa meg ezt a hivatkozást: ezzel lezárja a munkamenetet, törli az eszközt az ismert eszközök közül, és zárolja a fiókját.",
      action: { label: "Nem én voltam", link },
    }),
    "factor-added": ({ at, factor, ...from }, { time }) => ({
      subject: "Új második tényező a fiókjához",
      lead: "Fiókjához új második tényezőt adtak hozzá.",
      facts: [["Második tényező", FACTORS[factor]], ["Időpont", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "factor-removed": ({ at, factor, ...from }, { time }) => ({
      subject: "Eltávolítottak egy második tényezőt",
      lead: "Fiókjából eltávolítottak egy második tényezőt.",
      facts: [["Második tényező", FACTORS[factor]], ["Időpont", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "factors-reset": ({ at }, { time }) => ({
      subject: "Második tényezőit eltávolították",
      lead: "A rendszergazda eltávolította fiókjának második tényezőit. A következő bejelentkezéskor újat kell beállítania.",
      facts: [["Időpont", time(at)]],
      after: "Ha ezt nem Ön kérte, haladéktalanul értesítse a rendszergazdát.",
    }),
    "identity-linked": ({ at, provider, ...from }, { time }) => ({
      subject: "Egyszeri bejelentkezést kapcsoltak a fiókjához",
      lead: "Mostantól egy másik szolgáltatásnál lévő fiókkal is be lehet jelentkezni a fiókjába.",
      facts: [["Szolgáltatás", provider], ["Időpont", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "identity-unlinked": ({ at, provider, ...from }, { time }) => ({
      subject: "Egyszeri bejelentkezést választottak le a fiókjáról",
      lead: "Egy másik szolgáltatásnál lévő fiókkal már nem lehet bejelentkezni a fiókjába.",
      facts: [["Szolgáltatás", provider], ["Időpont", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "passkey-copied": ({ at, passkey, ...from }, { time }) => ({
      subject: "Elutasítottunk egy hozzáférési kulcsot",
      lead: "Valaki olyan hozzáférési kulccsal próbált bejelentkezni a fiókjába, amely az Ön kulcsának másolata lehet. Elutasítottuk.",
      facts: [["Hozzáférési kulcs", passkey], ["Időpont", time(at)], address(from.address)],
      after: `Akkor is távolítsa el ezt a kulcsot a fiókjából, ha Ön volt, és adja hozzá újra. ${NOT_YOU}`,
    }),
    "recovery-codes-made": ({ at, ...from }, { time }) => ({
      subject: "Új helyreállítási kódok készültek",
      lead: "Fiókjához új helyreállítási kódok készültek. A korábbiak már nem érvényesek.",
      facts: [["Időpont", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "recovery-code-used": ({ at, left, ...from }, { time }) => ({
      subject: "Helyreállítási kódot használtak",
      lead: "Helyreállítási kóddal jelentkeztek be az Ön fiókjába.",
      facts: [["Időpont", time(at)], address(from.address), ["Megmaradt kódok száma", String(left)]],
      after: NOT_YOU,
    }),
    "account-locked": ({ at }, { time }) => ({
      subject: "Fiókját zároltuk",
      lead: "Ön jelezte, hogy egy bejelentkezés nem Öntől származott. Fiókját zároltuk, munkamenetei véget értek.",
      facts: [["Időpont", time(at)]],
      after: "A zárolást csak rendszergazda oldhatja fel. Kérjük, forduljon hozzá.",
    }),
    "account-locked-staff": ({ account, browser, at, ...from }, { time }) => ({
      subject: `Zárolt fiók: ${account}`,
      lead: "Egy fiók tulajdonosa jelezte, hogy egy bejelentkezés nem tőle származott. A fiókot zároltuk, munkamenetei véget értek.",
      facts: [["Fiók", account], ["Eszköz", browser], address(from.address), ["Időpont", time(at)]],
      after: "Aki bejelentkezett, tudta a jelszót. A zárolás feloldása előtt derítse ki, honnan.",
    }),
    "passwords-locked": ({ at, until, ...from }, { time }) => ({
      subject: "Sikertelen bejelentkezési kísérletek",
      lead: "Valaki több hibás jelszóval próbált bejelentkezni az Ön fiókjába. Ismeretlen eszközről egy ideig nem lehet bejelentkezni; saját eszközeiről továbbra is beléphet.",
      facts: [["Időpont", time(at)], address(from.address), ["A tiltás vége", time(until)]],
      after: "Nincs teendője. Ha nem Ön volt, és ez ismét előfordul, értesítse a rendszergazdát.",
    }),
    "codes-locked": ({ at, until, ...from }, { time }) => ({
      subject: "Többször hibás kódot adtak meg",
      lead: "Valaki, aki a helyes jelszót adta meg, több hibás kóddal próbálkozott. Egy ideig egyetlen kódot sem fogadunk el.",
      facts: [["Időpont", time(at)], address(from.address), ["A tiltás vége", time(until)]],
      after:
        "Ha nem Ön volt, valaki ismeri a jelszavát: változtassa meg, és haladéktalanul értesítse a rendszergazdát.",
    }),
    "grant-requested": (grant, { time, list }) => ({
      subject: `Hozzáférési kérelem: ${grant.application}`,
      lead: "Hozzáférést kértek, amelyet Ön hagyhat jóvá.",
      facts: [
        ["Kinek a részére", grant.account],
        ["Kérelmező", grant.requester],
        ["Alkalmazás", grant.application],
        ["Hatókör", list(grant.scopes)],
        ["Kezdete", time(grant.from)],
        ["Vége", time(grant.until)],
        ["Indoklás", grant.reason],
      ],
      action: { label: "A kérelem megtekintése", link: grant.link },
      after: "A jóváhagyásig senki nem kap hozzáférést.",
    }),
    "grant-approved": (grant, { time, list }) => ({
      subject: `Jóváhagyott hozzáférés: ${grant.application}`,
      lead: "Ön határozott időre hozzáférést kapott.",
      facts: [
        ["Alkalmazás", grant.application],
        ["Hatókör", list(grant.scopes)],
        ["Kezdete", time(grant.from)],
        ["Vége", time(grant.until)],
      ],
    }),
    "grant-ended": ({ application, scopes, at }, { time, list }) => ({
      subject: `Véget ért hozzáférés: ${application}`,
      lead: "Az Ön határozott idejű hozzáférése véget ért.",
      facts: [
        ["Alkalmazás", application],
        ["Hatókör", list(scopes)],
        ["Időpont", time(at)],
      ],
    }),
  },
};
