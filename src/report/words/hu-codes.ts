/** Titles of codes in Hungarian, and what to do. Pure. */
import type { Codes } from "../words.ts";
import type { WordedCode } from "./en-codes.ts";
import { huFindings } from "./hu-findings.ts";

type Failure = Exclude<WordedCode, keyof typeof huFindings>;

const FAILURES: Record<Failure, readonly [title: string, todo: string]> = {
  CONFIG_UNREADABLE: ["A beállítások nem olvashatók", "Ellenőrizze az útvonalat és a fájl jogait."],
  CONFIG_INVALID: [
    "A beállítások hibásak",
    "Javítsa, amit az üzenet megnevez, és futtassa: lakat config check.",
  ],
  SECRET_MISSING: [
    "Egy titok nincs ott, ahol lennie kell",
    "A beállításokban megadott helyre tegye be, vagy javítsa a helyet.",
  ],
  KEY_FILE_UNREADABLE: ["Egy kulcsfájl nem olvasható", "Ellenőrizze az útvonalat és a fájl jogait."],
  KEY_FILE_EXPOSED: [
    "Egy titkos kulcsfájlt mások is olvashatnak",
    "Derítse ki, ki olvashatta. Ha senki: chmod 600; különben új kulcs kell.",
  ],
  KEY_FILE_INVALID: ["Egy kulcsfájlban nem a várt kulcs van", "Vesse össze a széfben őrzött példánnyal."],
  KEY_MISMATCH: [
    "Egy titkos kulcs és a tanúsítványa nem tartozik össze",
    "Vesse össze az ujjlenyomatot a széfben lévő lapokkal.",
  ],
  RECOVERY_KEY_INVALID: [
    "Egy helyreállítási kulcs nem használható",
    "Másolja be újra a széfből, és olvassák össze az ujjlenyomatát.",
  ],
  RECOVERY_KEY_TOO_SHORT: [
    "Egy helyreállítási kulcs túl rövid",
    "Készítsen újat egy hálózat nélküli gépen: lakat keys recovery new.",
  ],
  RECOVERY_KEY_EXPIRED: [
    "Egy helyreállítási kulcs tanúsítványa lejárt",
    "Készítsen új kulcsot; a régi titkos felét őrizze meg.",
  ],
  RECOVERY_KEY_NOT_PINNED: [
    "Egy helyreállítási kulcs nem az, amelyik rögzítve van",
    "Ne igazítsa hozzá az ujjlenyomatot. Olvassa le a széfben lévő lapról egy másik emberrel együtt.",
  ],
  RESIDENCY_REFUSED: [
    "A tároló nem megengedett országban van",
    "Javítsa a régiót és az országot, vagy válasszon másik tárolót.",
  ],
  PROGRAM_MISSING: ["Egy program nincs telepítve", "Telepítse, amit az üzenet megnevez."],
  TARGET_NOT_EMPTY: ["A visszaállítás helye nem üres", "Nézze meg, mi van ott, és válasszon másik helyet."],

  INTERNAL: ["Hiba a lakat programban", "Futtassa újra LAKAT_LOG=debug beállítással, és jelentse a hibát."],
  INTERRUPTED: ["A futás megszakadt", "Futtassa újra."],
  TIME_LIMIT: [
    "Letelt az időkorlát",
    "Nézze meg, melyik lépés tartott sokáig; szükség esetén emelje az időkorlátot.",
  ],
  PG_UNREACHABLE: ["A PostgreSQL nem válaszol", "Nézze meg, fut-e a kiszolgáló, és mit ír a naplójába."],
  PG_AUTH: ["A PostgreSQL elutasította a bejelentkezést", "Ellenőrizze a jelszót és a pg_hba.conf fájlt."],
  PG_RIGHTS: ["Hiányzik egy jog a PostgreSQL-ben", "Adja meg a jogot, amelyet az üzenet megnevez."],
  PG_CONNECTION_LOST: [
    "Megszakadt a kapcsolat a PostgreSQL-lel",
    "Nézze meg a kiszolgáló naplóját, majd futtassa újra.",
  ],
  PG_FAILED: ["A PostgreSQL hibát jelzett", "Nézze meg a kiszolgáló naplóját; az üzenet megnevezi a hibát."],
  DUMP_FAILED: [
    "A pg_dump hibával ért véget",
    "Kövesse az üzenetet; nézze meg, nem állította-e le a rendszer memóriahiány miatt.",
  ],
  COMPRESS_FAILED: ["A zstd hibával ért véget", "Ellenőrizze a szabad memóriát és a programot: zstd -b1."],
  STORE_UNREACHABLE: [
    "A tároló nem válaszol",
    "Ellenőrizze a hálózatot és a szolgáltató állapotlapját, majd futtassa újra.",
  ],
  STORE_DENIED: [
    "A tároló megtagadta a hozzáférést",
    "Vesse össze a kulcs jogait a leírtakkal; derítse ki, ki változtatta meg.",
  ],
  STORE_NOT_FOUND: [
    "A tároló, a mappa vagy az objektum nem található",
    "Ellenőrizze a beállított nevet, régiót és végpontot.",
  ],
  STORE_EXISTS: [
    "Ilyen nevű objektum már van a tárolóban",
    "Futtassa újra; ha ismétlődik, derítse ki, ki ír még ide.",
  ],
  STORE_FULL: ["A tárolóban nincs több hely", "Szabadítson fel helyet, vagy emelje a keretet."],
  STORE_CLOCK_SKEW: [
    "A gép órája túl messze jár a tárolóétól",
    "Állítsa helyre az időszinkronizálást, majd futtassa újra.",
  ],
  STORE_CHECKSUM: [
    "Nem az érkezett meg a tárolóba, amit küldtünk",
    "Futtassa újra; ha ismétlődik, vizsgálja meg a gép memóriáját és a hálózatot.",
  ],
  STORE_FAILED: [
    "A tároló hibát jelzett",
    "Olvassa el az üzenetet, nézze meg a szolgáltató állapotlapját, majd futtassa újra.",
  ],
  AGE_INVALID: [
    "Egy titkosított fájl sérült",
    "Használjon másik mentést vagy másik tárolót, és derítse ki, mi történt a fájllal.",
  ],
  NO_IDENTITY_MATCH: [
    "Az itt lévő kulcs nem nyitja ezt a mentést",
    "Nézze meg, mely kulcsokra készült: lakat backup show.",
  ],
  SIGNATURE_INVALID: [
    "Egy aláírás nem megbízható géptől származik",
    "Vesse össze a kulcs ujjlenyomatát a széfben lévő lappal. Ha nem saját gép, értesítse a biztonsági felelőst.",
  ],
  MANIFEST_INVALID: [
    "Egy aláírt dokumentum formája ismeretlen",
    "Használja azt a lakat verziót, amelyik írta, vagy egy újabbat.",
  ],
  DAY_KEY_INVALID: [
    "A közzétett napi kulcs nem az, amelyik itt van",
    "Nézze meg, nem ürült-e ki a kulcsok mappája; ha nem, értesítse a biztonsági felelőst.",
  ],
  PROOF_FAILED: [
    "Egy helyreállítási kulcs nem nyitná ki ezt a mentést",
    "Tekintse feltörtnek a mentőgépet, amíg a beállított helyreállítási kulcsait szóban össze nem vetették a széfben lévő lapokkal.",
  ],
  BACKUP_NOT_FOUND: [
    "Nincs mentés",
    "Nézze meg a mentőgép naplóját, és indítsa el a mentést: lakat backup run.",
  ],
  BACKUP_DAMAGED: [
    "A mentés megsérült a tárolóban",
    "Készítsen most új mentést, ellenőrizze a többi példányt, és derítse ki, ki változtatta meg.",
  ],
  RESTORE_FAILED: [
    "A visszaállítás hibát jelzett",
    "Olvassa el az üzenetet, szüntesse meg az okát, majd ismételje meg a próbát.",
  ],
  LOCK_LOST: [
    "Egy mentés zárolását feloldották vagy megrövidítették",
    "Derítse ki, ki változtatta meg a zárolást; állítsa vissza, és másolja a mentést máshová is.",
  ],
  BACKUP_OVERDUE: [
    "Elmaradt egy várt mentés",
    "Nézze meg a mentőgép naplóját, és indítsa el a mentést: lakat backup run.",
  ],
  DRILL_OVERDUE: [
    "Elmaradt egy várt visszaállítási próba",
    "Nézze meg a próbagép naplóját, és indítsa el a próbát: lakat drill run.",
  ],
  BACKUP_FROM_FUTURE: [
    "Egy mentés jövőbeli időpontot állít magáról",
    "Ellenőrizze a mentőgép óráját; ha jó, derítse ki, ki írta ezt a mentést.",
  ],
  DRILL_FAILED: [
    "A legutóbbi visszaállítási próba nem felelt meg",
    "Nyissa meg a próba jelentését, és kövesse a teendőit.",
  ],
  DAY_RED: ["A napnak vannak hibái", "Kövesse a felsorolt teendőket."],
  SCRATCH_FULL: [
    "Kevés a hely a visszaállításhoz",
    "Adjon nagyobb helyet a beállításokban megadott ideiglenes mappának.",
  ],
  PG_MAJOR_MISSING: [
    "Ez a PostgreSQL-verzió nincs telepítve",
    "Telepítse a próbagépre azt a főverziót, amelyet az üzenet megnevez.",
  ],
  EXTENSION_MISSING: [
    "Egy PostgreSQL-kiterjesztés nincs telepítve",
    "Telepítse a próbagépre azt a kiterjesztést, amelyet az üzenet megnevez.",
  ],
  CANARY_MISSING: [
    "Hiányzik a mentés kanárija",
    "Nézze meg, valóban a megfelelő kiszolgálóról készül-e a mentés.",
  ],
  ROWS_DIFFER: [
    "A sorok száma eltér a mentéskoritól",
    "Ne támaszkodjon erre a mentésre. Készítsen újat, és próbálja vissza azt.",
  ],
  ROUND_TRIP_DIFFERS: [
    "A visszaállított sorok nem azok, amelyek az archívumban vannak",
    "Ne támaszkodjon erre a mentésre. Készítsen újat, és próbálja vissza azt.",
  ],
  CONSTRAINT_INVALID: [
    "Egy megszorítás nem érvényes",
    "Javítsa a forrásban az adatokat, majd érvényesítse: ALTER TABLE … VALIDATE CONSTRAINT.",
  ],
  INDEX_INVALID: ["Egy index nem érvényes", "Építse újra a forrásban: REINDEX INDEX CONCURRENTLY."],
  PAGES_CORRUPT: [
    "Egy tábla vagy index sérült",
    "Ismételje meg a próbát; ha ismét sérült, vizsgálja meg a próbagép memóriáját és lemezét.",
  ],
  SEQUENCE_BEHIND: ["Egy sorozat elmarad az oszlopától", "Állítsa előre a forrásban: SELECT setval(…)."],
  EXTENSION_DIFFERS: [
    "A kiterjesztések eltérnek a forrásétól",
    "Telepítse a próbagépre ugyanazokat a verziókat.",
  ],
  DATA_STALE: [
    "A legújabb adat túl régi",
    "Nézze meg, ír-e még az alkalmazás, és a megfelelő kiszolgálóról készül-e a mentés.",
  ],
  ASSERTION_FAILED: [
    "Egy állítás nem teljesül",
    "Derítse ki, az adatok hibásak-e, vagy az állítás avult el.",
  ],
  CHECK_COMMAND_FAILED: [
    "Az adatbázist ellenőrző parancs hibát jelzett",
    "Olvassa el a parancs üzenetét, és szüntesse meg az okát.",
  ],
  CHECK_FAILED: [
    "Egy ellenőrzést nem lehetett elvégezni",
    "Olvassa el az üzenetet, szüntesse meg az okát, majd ismételje meg a próbát.",
  ],
  DATA_SHRANK: [
    "A mentésben sokkal kevesebb adat van, mint eddig",
    "Derítse ki, ki törölt adatot; addig a régi mentéseket ne engedje el.",
  ],
  RESTORE_TOO_SLOW: [
    "A visszaállítás tovább tart a célnál",
    "Adjon több memóriát vagy párhuzamos munkát a próbagépnek, vagy gondolja át a célt.",
  ],
  SABOTAGE_MISSED: [
    "A visszaállítási próba rosszul ítélt meg egy szabotált mentést",
    "Amíg az oka ki nem derül, ne bízzon a zöld eredményekben; jelentse a hibát.",
  ],
  PRUNE_FAILED: [
    "A régi mentéseket nem sikerült eltávolítani",
    "Olvassa el az üzenetet, szüntesse meg az okát, majd futtassa újra.",
  ],
};

const CODES = { ...FAILURES, ...huFindings };

export const huCodes: Codes = Object.fromEntries(
  Object.entries(CODES).map(([code, [title, todo]]) => [code, { title, todo }]),
);
