/** What the pages say of applications and of who reaches them, in each language. */
import type { Language } from "../settings.ts";

const en = {
  why: "Who has one of its roles enters an application; a grant that holds opens parts of it for a time.",
  none: "The configuration declares no application.",
  address: "Address",
  roles: "By role",
  scopes: "By grant",
  owners: "Approve grants",
  demands: "Demands",
  people: "People",
  always: "second factor each time",
  newDevice: "second factor on a new device",
  noSms: "no SMS",
  idle: (minutes: number) => `closes after ${minutes} minutes without use`,
  absolute: (hours: number) => `sign in anew after ${hours} hours`,
  reach: (n: number, shown: string) => (n === 1 ? "1 person can enter" : `${shown} people can enter`),
  nobody: "Nobody can enter it at present.",
  by: "By",
  grantUntil: (until: string) => `grant until ${until}`,
  whoCan: "Who can enter",
  onlyActive:
    "Counted are accounts that can sign in now; not those that are disabled, locked, ended or only invited.",
  noOwners: "nobody",
};

type ReachWords = typeof en;

const hu: ReachWords = {
  why: "Akinek megvan valamelyik szerepköre, beléphet az alkalmazásba; egy érvényes engedély egy időre egyes részeit nyitja meg.",
  none: "A beállítások nem tartalmaznak alkalmazást.",
  address: "Cím",
  roles: "Szerepkörrel",
  scopes: "Engedéllyel",
  owners: "Engedélyt jóváhagy",
  demands: "Feltételek",
  people: "Személyek",
  always: "második lépés minden alkalommal",
  newDevice: "második lépés új eszközön",
  noSms: "SMS nélkül",
  idle: (minutes) => `${minutes} perc tétlenség után bezárul`,
  absolute: (hours) => `${hours} óra után új bejelentkezés`,
  reach: (_, shown) => `${shown} személy léphet be`,
  nobody: "Jelenleg senki sem léphet be.",
  by: "Mi alapján",
  grantUntil: (until) => `engedély eddig: ${until}`,
  whoCan: "Ki léphet be",
  onlyActive:
    "Csak azok a fiókok számítanak, amelyekkel most be lehet jelentkezni; a letiltott, zárolt, lejárt vagy csak meghívott fiókok nem.",
  noOwners: "senki",
};

const ro: ReachWords = {
  why: "Cine are unul dintre rolurile sale intră într-o aplicație; o permisiune activă deschide pentru un timp părți din ea.",
  none: "Configurația nu declară nicio aplicație.",
  address: "Adresă",
  roles: "Prin rol",
  scopes: "Prin permisiune",
  owners: "Aprobă permisiuni",
  demands: "Cerințe",
  people: "Persoane",
  always: "al doilea pas de fiecare dată",
  newDevice: "al doilea pas pe un dispozitiv nou",
  noSms: "fără SMS",
  idle: (minutes) => `se închide după ${minutes} de minute fără activitate`,
  absolute: (hours) => `autentificare nouă după ${hours} ore`,
  reach: (n, shown) =>
    n === 1
      ? "1 persoană poate intra"
      : n % 100 === 0 || n % 100 > 19
        ? `${shown} de persoane pot intra`
        : `${shown} persoane pot intra`,
  nobody: "În prezent nu poate intra nimeni.",
  by: "Prin",
  grantUntil: (until) => `permisiune până la ${until}`,
  whoCan: "Cine poate intra",
  onlyActive:
    "Se numără conturile cu care se poate face autentificarea acum; nu cele dezactivate, blocate, expirate sau doar invitate.",
  noOwners: "nimeni",
};

export function reachWords(language: Language): ReachWords {
  return { en, hu, ro }[language];
}
