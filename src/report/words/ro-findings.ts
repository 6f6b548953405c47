/** Titles of the codes that are findings, in Romanian, and what to do. Pure. */
import type { FindingCode } from "../../fault.ts";

export const roFindings = {
  BACKUP_RUNNING: [
    "Altă copiere a acestui cluster este în curs",
    "Așteptați să se încheie; dacă s-a blocat, încheiați-i sesiunea.",
  ],
  DAY_KEY_MISSING: [
    "Pentru această copie nu există cheia zilei",
    "Porniți pe gazda de test publicarea cheilor zilei: lakat keys day publish.",
  ],
  DAY_KEY_REFUSED: [
    "O cheie a zilei publicată nu este de încredere",
    "Comparați amprentele cu voce tare; dacă semnatarul nu este al dumneavoastră, anunțați responsabilul cu securitatea.",
  ],
  DESTINATION_FAILED: [
    "Un depozit nu are această copie",
    "Căutați codul din mesaj, înlăturați cauza și rulați din nou.",
  ],
  BACKUP_REFUSED: [
    "Ceva din depozit se dă drept copie de siguranță",
    "Dacă nu l-a scris o gazdă a dumneavoastră, păstrați jurnalele și anunțați responsabilul cu securitatea.",
  ],
  MANIFEST_REPLACED: [
    "Manifestul unei copii a fost suprascris în depozit",
    "Retrageți cheia de scriere a gazdei de backup și aflați cine a folosit-o.",
  ],
  MANIFEST_UNVERIFIED: [
    "Nimeni nu garantează acest manifest",
    "Restaurați numai într-un server care nu conține altceva.",
  ],
  DUMP_WARNING: [
    "Din copie ar putea lipsi ceva",
    "Judecați dacă dintr-o restaurare ar putea lipsi ce numește mesajul.",
  ],
  LOCK_NOT_KEPT: [
    "Copia nu este blocată așa cum trebuie",
    "Verificați Object Lock al depozitului și întrebați furnizorul.",
  ],
  LOCK_UNCONFIRMED: [
    "Nu se știe dacă este blocată copia",
    "Acordați dreptul de a citi blocarea sau întrebați furnizorul.",
  ],
  WRITE_ONCE_NOT_KEPT: [
    "Depozitul permite suprascrierea obiectelor",
    "Stabiliți o regulă care interzice suprascrierea sau alegeți alt depozit.",
  ],
  CHECKSUM_NOT_KEPT: [
    "Depozitul nu păstrează sumele de control",
    "Întrebați furnizorul sau alegeți alt depozit.",
  ],
  VERSION_NOT_KEPT: ["Depozitul nu păstrează versiunile", "Porniți păstrarea versiunilor în depozit."],
  ONE_RECOVERY_KEY: [
    "Există o singură cheie de recuperare",
    "Faceți a doua cheie și păstrați-o în alt seif.",
  ],
  RECOVERY_KEY_EXPIRES_SOON: [
    "Certificatul unei chei de recuperare expiră curând",
    "Faceți o cheie nouă înainte de expirare: lakat keys recovery new.",
  ],
  CANARY_NOT_WRITTEN: [
    "Canarul nu a fost scris înainte de copiere",
    "Acordați rolului de backup dreptul de a scrie în tabelul canarului.",
  ],
  DRILL_RUNNING: [
    "Alt test de restaurare este în curs",
    "Așteptați să se încheie; dacă s-a blocat, opriți-i procesul.",
  ],
  SCRATCH_UNCONFINED: [
    "Serverul de probă putea ajunge la cheile acestei mașini",
    "Permiteți spațiile de nume de utilizator (user namespaces) pe această mașină sau rulați proba pe o mașină separată.",
  ],
  RESTORE_WARNING: [
    "Restaurarea a dat avertismente",
    "Citiți mesajul și judecați dacă ar fi o problemă la o restaurare adevărată.",
  ],
  SETTINGS_DIFFER: [
    "Setările nu sunt cele de la sursă",
    "Judecați dacă diferența contează; dacă da, puneți aceleași valori.",
  ],
  DATA_GREW: [
    "Copia conține mult mai multe date decât până acum",
    "Aflați ce a crescut și dacă spațiul și timpul sunt de ajuns.",
  ],
  RESTORE_SLOWING: [
    "Restaurarea devine mai lentă",
    "Dați gazdei de test mai multă memorie sau mai multe lucrări în paralel, înainte să depășească ținta.",
  ],
  DAY_KEYS_RUN_OUT: [
    "Cheile zilei se termină curând",
    "Porniți pe gazda de test publicarea cheilor zilei: lakat keys day publish.",
  ],
  DAY_KEY_UNUSABLE: [
    "O cheie a zilei păstrată aici nu poate fi folosită",
    "Îndreptați fișierul ei; dacă o putea citi altcineva, distrugeți-o și publicați alta.",
  ],
  BACKUP_UNPROVED: [
    "O cheie a zilei a fost distrusă înainte ca toate copiile ei să fi trecut testul",
    "Aflați de ce nu au fost testate. Aceste copii se mai deschid numai cu o cheie de recuperare.",
  ],
  SABOTAGE_OVERDUE: ["Alarma nu a fost testată la timp", "Porniți testul de sabotaj: lakat drill sabotage."],
  HISTORY_DAMAGED: [
    "Istoricul testelor de restaurare este deteriorat",
    "Verificați discul gazdei de test; istoricul se poate reface din rapoarte.",
  ],
  CLOCK_DOUBTFUL: ["Ceasul gazdei nu este de încredere", "Reporniți sincronizarea timpului."],
  REPORT_NOT_STORED: [
    "Un raport nu a ajuns în depozit",
    "Verificați dreptul de scriere în dosarul rapoartelor; următoarea rulare încearcă din nou.",
  ],
  REPORT_NOT_SENT: [
    "Un raport nu a putut fi trimis",
    "Verificați serverul de e-mail; următoarea rulare încearcă din nou.",
  ],
  VERDICT_REFUSED: [
    "Un verdict din depozit nu este al unei gazde de încredere",
    "Comparați amprenta semnatarului cu cele ale gazdelor dumneavoastră. Dacă nu este a niciuneia, anunțați responsabilul cu securitatea.",
  ],
  PRUNE_NOTHING_PROVED: [
    "Nicio copie mai nouă nu este dovedită, deci nu s-a șters nimic",
    "Întâi trebuie să reușească un test de restaurare; apoi rulați din nou.",
  ],
  PRUNE_LOCKED: [
    "O copie care poate fi ștearsă este încă blocată",
    "Nu este nimic de făcut: se șterge după ce expiră blocarea.",
  ],
} as const satisfies Partial<Record<FindingCode, readonly [title: string, todo: string]>>;
