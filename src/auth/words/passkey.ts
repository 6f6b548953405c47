/** What pages say about passkeys, in each language. */
import type { Language } from "../settings.ts";

export interface PasskeyWords {
  title: string;
  count: (count: number) => string;
  lead: string;
  neverUsed: string;
  addFirst: string;
  addAnother: string;
  add: string;
  nameHint: string;
  /** Where there is no script, or a browser that knows none. */
  needs: string;
  full: string;
  refusedNew: string;
  /** The button of the second step, and what leads on to the code. */
  use: string;
  or: string;
  refused: string;
  /** The page had been open for too long. */
  again: string;
  cancelled: string;
  already: string;
  failed: string;
}

const en: PasskeyWords = {
  title: "Passkeys",
  count: (count) => (count === 0 ? "none" : `${count} of 10`),
  lead: "With a passkey you finish signing in by a fingerprint, a face or the PIN of your device, without typing a code. It works on this site only, so nobody can lure it out of you. Your authenticator stays.",
  neverUsed: "not used yet",
  addFirst: "Add a passkey",
  addAnother: "Add another one",
  add: "Add a passkey",
  nameHint: "Such as: laptop, or the key on my key ring",
  needs: "For this you need a browser that knows passkeys, with scripts switched on.",
  full: "You have ten passkeys, which is all there may be. Remove one first.",
  refusedNew: "This passkey could not be added. Try again, or use another device or security key.",
  use: "Use a passkey",
  or: "or type a code",
  refused:
    "This passkey was not accepted. Try again, or type a code. After several refusals there is a pause.",
  again: "The page had been open for too long. Please press the button once more.",
  cancelled: "That was cancelled or took too long. Try again when you are ready.",
  already: "This device or security key has a passkey of your account already.",
  failed: "The browser could not use a passkey here.",
};

const hu: PasskeyWords = {
  title: "Hozzáférési kulcsok",
  count: (count) => (count === 0 ? "nincs" : `${count} a 10-ből`),
  lead: "Hozzáférési kulccsal (passkey) kód beírása helyett ujjlenyomattal, arccal vagy az eszköz PIN-kódjával fejezi be a bejelentkezést. Csak ezen az oldalon működik, ezért nem lehet kicsalni Öntől. A hitelesítője megmarad.",
  neverUsed: "még nem használta",
  addFirst: "Hozzáférési kulcs hozzáadása",
  addAnother: "Másik hozzáadása",
  add: "Kulcs hozzáadása",
  nameHint: "Például: laptop vagy kulcstartón lévő kulcs",
  needs:
    "Ehhez olyan böngésző kell, amely ismeri a hozzáférési kulcsokat, és amelyben futhatnak a szkriptek.",
  full: "Már tíz hozzáférési kulcsa van, több nem lehet. Előbb távolítson el egyet.",
  refusedNew:
    "Ezt a hozzáférési kulcsot nem sikerült hozzáadni. Próbálja újra, vagy használjon másik eszközt vagy biztonsági kulcsot.",
  use: "Hozzáférési kulcs használata",
  or: "vagy írjon be egy kódot",
  refused:
    "Ezt a hozzáférési kulcsot nem fogadtuk el. Próbálja újra, vagy írjon be egy kódot. Több elutasítás után szünet következik.",
  again: "Az oldal túl sokáig volt nyitva. Kérjük, nyomja meg a gombot még egyszer.",
  cancelled: "A művelet megszakadt, vagy túl sokáig tartott. Próbálja újra, amikor készen áll.",
  already: "Ezen az eszközön vagy biztonsági kulcson már van hozzáférési kulcs az Ön fiókjához.",
  failed: "A böngésző itt nem tudott hozzáférési kulcsot használni.",
};

const ro: PasskeyWords = {
  title: "Chei de acces",
  count: (count) => (count === 0 ? "niciuna" : `${count} din 10`),
  lead: "Cu o cheie de acces (passkey) încheiați autentificarea cu amprenta, cu fața sau cu codul PIN al dispozitivului, fără a introduce un cod. Funcționează numai pe acest site, așa că nu vă poate fi sustrasă prin înșelăciune. Autentificatorul rămâne.",
  neverUsed: "nefolosită încă",
  addFirst: "Adăugați o cheie de acces",
  addAnother: "Adăugați încă una",
  add: "Adăugați o cheie",
  nameHint: "De exemplu: laptop sau cheia de pe breloc",
  needs:
    "Pentru aceasta este nevoie de un browser care cunoaște cheile de acces și în care rulează scripturi.",
  full: "Aveți zece chei de acces, mai multe nu pot fi. Eliminați mai întâi una.",
  refusedNew:
    "Această cheie de acces nu a putut fi adăugată. Încercați din nou sau folosiți alt dispozitiv ori altă cheie de securitate.",
  use: "Folosiți o cheie de acces",
  or: "sau introduceți un cod",
  refused:
    "Această cheie de acces nu a fost acceptată. Încercați din nou sau introduceți un cod. După mai multe refuzuri urmează o pauză.",
  again: "Pagina a fost deschisă prea mult timp. Vă rugăm să apăsați butonul încă o dată.",
  cancelled: "Operațiunea a fost anulată sau a durat prea mult. Încercați din nou când sunteți pregătit.",
  already:
    "Acest dispozitiv sau această cheie de securitate are deja o cheie de acces a contului dumneavoastră.",
  failed: "Browserul nu a putut folosi aici o cheie de acces.",
};

const WORDS: Record<Language, PasskeyWords> = { en, hu, ro };

export function passkeyWords(language: Language): PasskeyWords {
  return WORDS[language];
}
