/** Titles of codes in Romanian, and what to do. Pure. */
import type { Codes } from "../words.ts";
import type { WordedCode } from "./en-codes.ts";
import { roFindings } from "./ro-findings.ts";

type Failure = Exclude<WordedCode, keyof typeof roFindings>;

const FAILURES: Record<Failure, readonly [title: string, todo: string]> = {
  CONFIG_UNREADABLE: ["Configurația nu poate fi citită", "Verificați calea și drepturile fișierului."],
  CONFIG_INVALID: [
    "Configurația este greșită",
    "Corectați ce numește mesajul și rulați: lakat config check.",
  ],
  SECRET_MISSING: [
    "Un secret nu este unde spune configurația",
    "Puneți-l în locul din configurație sau corectați locul.",
  ],
  KEY_FILE_UNREADABLE: [
    "Un fișier cu o cheie nu poate fi citit",
    "Verificați calea și drepturile fișierului.",
  ],
  KEY_FILE_EXPOSED: [
    "Un fișier cu o cheie privată poate fi citit de alții",
    "Aflați cine l-a putut citi. Dacă nimeni: chmod 600; altfel este nevoie de o cheie nouă.",
  ],
  KEY_FILE_INVALID: ["Un fișier nu conține cheia așteptată", "Comparați-l cu exemplarul din seif."],
  KEY_MISMATCH: [
    "O cheie privată și certificatul ei nu sunt pereche",
    "Comparați amprenta cu paginile din seifuri.",
  ],
  RECOVERY_KEY_INVALID: [
    "O cheie de recuperare nu poate fi folosită",
    "Copiați-o din nou din seif și verificați-i amprenta prin citire cu voce tare.",
  ],
  RECOVERY_KEY_TOO_SHORT: [
    "O cheie de recuperare este prea scurtă",
    "Faceți alta pe un calculator fără rețea: lakat keys recovery new.",
  ],
  RECOVERY_KEY_EXPIRED: [
    "Certificatul unei chei de recuperare a expirat",
    "Faceți o cheie nouă; păstrați jumătatea privată a celei vechi.",
  ],
  RECOVERY_KEY_NOT_PINNED: [
    "O cheie de recuperare nu este cea fixată",
    "Nu schimbați amprenta ca să se potrivească. Citiți-o de pe pagina din seif, împreună cu încă cineva.",
  ],
  RESIDENCY_REFUSED: [
    "Depozitul se află într-o țară nepermisă",
    "Corectați regiunea și țara sau alegeți alt depozit.",
  ],
  PROGRAM_MISSING: ["Un program nu este instalat", "Instalați ce numește mesajul."],
  TARGET_NOT_EMPTY: [
    "Locul în care se restaurează nu este gol",
    "Vedeți ce se află acolo și alegeți alt loc.",
  ],

  INTERNAL: ["Un defect al programului lakat", "Rulați din nou cu LAKAT_LOG=debug și raportați defectul."],
  INTERRUPTED: ["Rularea a fost întreruptă", "Rulați din nou."],
  TIME_LIMIT: ["S-a atins limita de timp", "Vedeți care pas a durat mult; la nevoie, măriți limita de timp."],
  PG_UNREACHABLE: ["PostgreSQL nu răspunde", "Vedeți dacă serverul rulează și ce scrie în jurnalul lui."],
  PG_AUTH: ["PostgreSQL a refuzat autentificarea", "Verificați parola și fișierul pg_hba.conf."],
  PG_RIGHTS: ["Lipsește un drept în PostgreSQL", "Acordați dreptul pe care îl numește mesajul."],
  PG_CONNECTION_LOST: [
    "Conexiunea cu PostgreSQL s-a întrerupt",
    "Vedeți jurnalul serverului, apoi rulați din nou.",
  ],
  PG_FAILED: ["PostgreSQL a semnalat o eroare", "Vedeți jurnalul serverului; mesajul numește eroarea."],
  DUMP_FAILED: [
    "pg_dump s-a încheiat cu o eroare",
    "Faceți ce spune mesajul; vedeți dacă sistemul l-a oprit din lipsă de memorie.",
  ],
  COMPRESS_FAILED: ["zstd s-a încheiat cu o eroare", "Verificați memoria liberă și programul: zstd -b1."],
  STORE_UNREACHABLE: [
    "Depozitul nu răspunde",
    "Verificați rețeaua și pagina de stare a furnizorului, apoi rulați din nou.",
  ],
  STORE_DENIED: [
    "Depozitul refuză accesul",
    "Comparați drepturile cheii cu cele documentate; aflați cine le-a schimbat.",
  ],
  STORE_NOT_FOUND: [
    "Depozitul, dosarul sau obiectul nu există",
    "Verificați numele, regiunea și adresa din configurație.",
  ],
  STORE_EXISTS: [
    "Un obiect cu acest nume se află deja în depozit",
    "Rulați din nou; dacă se repetă, aflați cine mai scrie acolo.",
  ],
  STORE_FULL: ["Depozitul nu mai are loc", "Eliberați spațiu sau măriți cota."],
  STORE_CLOCK_SKEW: [
    "Ceasul gazdei este prea departe de cel al depozitului",
    "Reporniți sincronizarea timpului, apoi rulați din nou.",
  ],
  STORE_CHECKSUM: [
    "În depozit nu a ajuns ce s-a trimis",
    "Rulați din nou; dacă se repetă, testați memoria gazdei și rețeaua.",
  ],
  STORE_FAILED: [
    "Depozitul a semnalat o eroare",
    "Citiți mesajul, vedeți pagina de stare a furnizorului și rulați din nou.",
  ],
  AGE_INVALID: [
    "Un fișier sigilat este deteriorat",
    "Folosiți altă copie sau alt depozit și aflați ce s-a întâmplat cu fișierul.",
  ],
  NO_IDENTITY_MATCH: [
    "Cheia de aici nu deschide această copie",
    "Vedeți pentru ce chei a fost sigilată: lakat backup show.",
  ],
  SIGNATURE_INVALID: [
    "O semnătură nu este a unei gazde de încredere",
    "Comparați amprenta cheii cu pagina din seif. Dacă gazda nu este a dumneavoastră, anunțați responsabilul cu securitatea.",
  ],
  MANIFEST_INVALID: [
    "Un document semnat are o formă necunoscută",
    "Folosiți versiunea lakat care l-a scris sau una mai nouă.",
  ],
  DAY_KEY_INVALID: [
    "Cheia zilei publicată nu este cea de aici",
    "Vedeți dacă dosarul cheilor a fost golit; dacă nu, anunțați responsabilul cu securitatea.",
  ],
  PROOF_FAILED: [
    "O cheie de recuperare nu ar deschide această copie",
    "Considerați gazda de backup compromisă până când cheile ei de recuperare sunt comparate, cu voce tare, cu paginile din seif.",
  ],
  BACKUP_NOT_FOUND: [
    "Nu există nicio copie de siguranță",
    "Vedeți jurnalul gazdei de backup și porniți copierea: lakat backup run.",
  ],
  BACKUP_DAMAGED: [
    "Copia de siguranță este deteriorată în depozit",
    "Faceți acum o copie nouă, verificați celelalte exemplare și aflați cine a schimbat-o.",
  ],
  RESTORE_FAILED: ["Restaurarea a semnalat erori", "Citiți mesajul, înlăturați cauza și repetați testul."],
  LOCK_LOST: [
    "Blocarea unei copii a fost ridicată sau scurtată",
    "Aflați cine a schimbat blocarea; puneți-o la loc și păstrați copia și în altă parte.",
  ],
  BACKUP_OVERDUE: [
    "O copie de siguranță așteptată nu a venit",
    "Vedeți jurnalul gazdei de backup și porniți copierea: lakat backup run.",
  ],
  DRILL_OVERDUE: [
    "Un test de restaurare așteptat nu a avut loc",
    "Vedeți jurnalul gazdei de test și porniți testul: lakat drill run.",
  ],
  BACKUP_FROM_FUTURE: [
    "O copie pretinde că este din viitor",
    "Verificați ceasul gazdei de backup; dacă este corect, aflați cine a scris copia.",
  ],
  DRILL_FAILED: [
    "Cel mai nou test de restaurare a eșuat",
    "Deschideți raportul testului și faceți ce spune.",
  ],
  DAY_RED: ["Ziua are eșecuri", "Faceți ce spun constatările."],
  SCRATCH_FULL: [
    "Este prea puțin loc pentru restaurare",
    "Dați mai mult spațiu dosarului temporar din configurație.",
  ],
  PG_MAJOR_MISSING: [
    "Această versiune de PostgreSQL nu este instalată",
    "Instalați pe gazda de test versiunea majoră pe care o numește mesajul.",
  ],
  EXTENSION_MISSING: [
    "O extensie PostgreSQL nu este instalată",
    "Instalați pe gazda de test extensia pe care o numește mesajul.",
  ],
  CANARY_MISSING: [
    "Canarul acestei copii lipsește",
    "Vedeți dacă este copiat într-adevăr serverul potrivit.",
  ],
  ROWS_DIFFER: [
    "Numărul de rânduri nu este cel de la copiere",
    "Nu vă bazați pe această copie. Faceți alta și testați-o pe aceea.",
  ],
  ROUND_TRIP_DIFFERS: [
    "Rândurile restaurate nu sunt cele din arhivă",
    "Nu vă bazați pe această copie. Faceți alta și testați-o pe aceea.",
  ],
  CONSTRAINT_INVALID: [
    "O constrângere nu este validă",
    "Corectați datele la sursă, apoi validați-o: ALTER TABLE … VALIDATE CONSTRAINT.",
  ],
  INDEX_INVALID: ["Un index nu este valid", "Reconstruiți-l la sursă: REINDEX INDEX CONCURRENTLY."],
  PAGES_CORRUPT: [
    "Un tabel sau un index este corupt",
    "Repetați testul; dacă apare din nou, testați memoria și discul gazdei de test.",
  ],
  SEQUENCE_BEHIND: ["O secvență este în urma coloanei ei", "Aduceți-o înainte la sursă: SELECT setval(…)."],
  EXTENSION_DIFFERS: ["Extensiile nu sunt cele de la sursă", "Instalați pe gazda de test aceleași versiuni."],
  DATA_STALE: [
    "Cele mai noi date sunt prea vechi",
    "Vedeți dacă aplicația mai scrie și dacă este copiat serverul potrivit.",
  ],
  ASSERTION_FAILED: [
    "O aserțiune nu este îndeplinită",
    "Aflați dacă sunt greșite datele sau dacă aserțiunea nu mai este de actualitate.",
  ],
  CHECK_COMMAND_FAILED: [
    "Comanda care verifică baza de date a eșuat",
    "Citiți mesajul comenzii și înlăturați cauza.",
  ],
  CHECK_FAILED: ["O verificare nu a putut fi făcută", "Citiți mesajul, înlăturați cauza și repetați testul."],
  DATA_SHRANK: [
    "Copia conține mult mai puține date decât până acum",
    "Aflați cine a șters date; până atunci păstrați copiile vechi.",
  ],
  RESTORE_TOO_SLOW: [
    "Restaurarea durează mai mult decât ținta",
    "Dați gazdei de test mai multă memorie sau mai multe lucrări în paralel ori regândiți ținta.",
  ],
  SABOTAGE_MISSED: [
    "Testul de restaurare a judecat greșit o copie sabotată",
    "Până când cauza este cunoscută, nu vă bazați pe rezultatele bune; raportați defectul.",
  ],
  PRUNE_FAILED: [
    "Copiile vechi nu au putut fi șterse",
    "Citiți mesajul, înlăturați cauza și rulați din nou.",
  ],
};

const CODES = { ...FAILURES, ...roFindings };

export const roCodes: Codes = Object.fromEntries(
  Object.entries(CODES).map(([code, [title, todo]]) => [code, { title, todo }]),
);
