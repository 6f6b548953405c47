/** Titles of the codes that are findings, in Hungarian, and what to do. Pure. */
import type { FindingCode } from "../../fault.ts";

export const huFindings = {
  BACKUP_RUNNING: [
    "A fürt egy másik mentése éppen fut",
    "Várja meg a végét; ha beragadt, szüntesse meg a munkamenetét.",
  ],
  DAY_KEY_MISSING: [
    "Ehhez a mentéshez nincs napi kulcs",
    "Indítsa el a próbagépen a napi kulcsok közzétételét: lakat keys day publish.",
  ],
  DAY_KEY_REFUSED: [
    "Egy közzétett napi kulcs nem megbízható",
    "Vessék össze szóban az ujjlenyomatokat; ha az aláíró nem saját gép, értesítse a biztonsági felelőst.",
  ],
  DESTINATION_FAILED: [
    "Az egyik tárolóban nincs példány ebből a mentésből",
    "Keresse meg az üzenetben álló kódot, szüntesse meg az okát, majd futtassa újra.",
  ],
  BACKUP_REFUSED: [
    "Valami mentésnek adja ki magát a tárolóban",
    "Ha nem saját gép írta, őrizze meg a naplókat, és értesítse a biztonsági felelőst.",
  ],
  MANIFEST_REPLACED: [
    "Egy mentés jegyzékét felülírták a tárolóban",
    "Vonja vissza a mentőgép írókulcsát, és derítse ki, ki használta.",
  ],
  MANIFEST_UNVERIFIED: [
    "Ezért a jegyzékért senki sem kezeskedik",
    "Csak olyan kiszolgálóra állítsa vissza, amelyen nincs más.",
  ],
  DUMP_WARNING: [
    "A mentésből hiányozhat valami",
    "Ítélje meg, hiányozhat-e a visszaállításból, amit az üzenet megnevez.",
  ],
  LOCK_NOT_KEPT: [
    "A mentés nincs úgy zárolva, ahogy kellene",
    "Ellenőrizze a tároló Object Lock beállítását, és kérdezze meg a szolgáltatót.",
  ],
  LOCK_UNCONFIRMED: [
    "Nem tudni, zárolva van-e a mentés",
    "Adjon jogot a zárolás olvasására, vagy kérdezze meg a szolgáltatót.",
  ],
  WRITE_ONCE_NOT_KEPT: [
    "A tároló engedi felülírni az objektumokat",
    "Állítson be olyan szabályt, amely tiltja a felülírást, vagy válasszon másik tárolót.",
  ],
  CHECKSUM_NOT_KEPT: [
    "A tároló nem őrzi meg az ellenőrző összegeket",
    "Kérdezze meg a szolgáltatót, vagy válasszon másik tárolót.",
  ],
  VERSION_NOT_KEPT: ["A tároló nem őrzi meg a változatokat", "Kapcsolja be a változatkezelést a tárolóban."],
  ONE_RECOVERY_KEY: [
    "Csak egy helyreállítási kulcs van",
    "Készítsen egy másodikat, és őrizze másik széfben.",
  ],
  RECOVERY_KEY_EXPIRES_SOON: [
    "Egy helyreállítási kulcs tanúsítványa hamarosan lejár",
    "Készítsen új kulcsot, mielőtt lejár: lakat keys recovery new.",
  ],
  CANARY_NOT_WRITTEN: [
    "A mentés előtt nem sikerült felírni a kanárit",
    "Adja meg a mentő szerepkörnek a kanáritáblára az írás jogát.",
  ],
  DRILL_RUNNING: [
    "Egy másik visszaállítási próba éppen fut",
    "Várja meg a végét; ha beragadt, állítsa le a folyamatát.",
  ],
  SCRATCH_UNCONFINED: [
    "A próbakiszolgáló hozzáférhetett e gép kulcsaihoz",
    "Engedélyezze a felhasználói névtereket (user namespaces) ezen a gépen, vagy futtassa a próbát külön gépen.",
  ],
  RESTORE_WARNING: [
    "A visszaállítás figyelmeztetett valamire",
    "Olvassa el az üzenetet, és ítélje meg, éles helyzetben gondot okozna-e.",
  ],
  SETTINGS_DIFFER: [
    "A beállítások eltérnek a forrásétól",
    "Ítélje meg, számít-e az eltérés; ha igen, állítsa be ugyanúgy.",
  ],
  DATA_GREW: [
    "A mentésben sokkal több adat van, mint eddig",
    "Derítse ki, mi nőtt meg, és elég-e a hely és az idő.",
  ],
  RESTORE_SLOWING: [
    "A visszaállítás lassul",
    "Adjon több memóriát vagy párhuzamos munkát a próbagépnek, mielőtt túllépi a célt.",
  ],
  DAY_KEYS_RUN_OUT: [
    "Hamarosan elfogynak a napi kulcsok",
    "Indítsa el a próbagépen a napi kulcsok közzétételét: lakat keys day publish.",
  ],
  DAY_KEY_UNUSABLE: [
    "Egy itt őrzött napi kulcs nem használható",
    "Hozza rendbe a fájlját; ha más is olvashatta, semmisítse meg, és tegyen közzé újat.",
  ],
  BACKUP_UNPROVED: [
    "Egy napi kulcs megsemmisült, mielőtt a mentései megfeleltek volna",
    "Derítse ki, miért maradt el a próbájuk. Ezeket a mentéseket már csak helyreállítási kulcs nyitja.",
  ],
  SABOTAGE_OVERDUE: [
    "A riasztást nem próbálták ki időben",
    "Indítsa el a szabotázspróbát: lakat drill sabotage.",
  ],
  HISTORY_DAMAGED: [
    "A visszaállítási próbák előzményei sérültek",
    "Nézze meg a próbagép lemezét; az előzmények a jelentésekből pótolhatók.",
  ],
  CLOCK_DOUBTFUL: ["A gép órájában nem lehet bízni", "Állítsa helyre az időszinkronizálást."],
  REPORT_NOT_STORED: [
    "Egy jelentés nem került be a tárolóba",
    "Ellenőrizze a jelentések mappájának írási jogát; a következő futás újra megpróbálja.",
  ],
  REPORT_NOT_SENT: [
    "Egy jelentést nem sikerült elküldeni",
    "Ellenőrizze a levelezőkiszolgálót; a következő futás újra megpróbálja.",
  ],
  VERDICT_REFUSED: [
    "Egy eredmény a tárolóban nem megbízható géptől származik",
    "Vesse össze az aláíró ujjlenyomatát a saját gépeiével. Ha nem saját gép, értesítse a biztonsági felelőst.",
  ],
  PRUNE_NOTHING_PROVED: [
    "Nincs újabb igazolt mentés, ezért egy sem törlődött",
    "Előbb legyen sikeres visszaállítási próba, majd futtassa újra.",
  ],
  PRUNE_LOCKED: ["Egy törölhető mentés még zárolva van", "Nincs teendő: a zárolás lejárta után törlődik."],
} as const satisfies Partial<Record<FindingCode, readonly [title: string, todo: string]>>;
