/**
 * The page for the safe: a recovery key on paper, with all that somebody needs who has never seen this program.
 * One HTML file without anything from outside, two sheets of A4 at most.
 */
import { renderSVG } from "uqr";
import { fingerprintForVoice } from "./fingerprint.ts";

export interface SafePageContent {
  /** What the key is called, as in the configuration. */
  name: string;
  kind: "ssh-rsa" | "X25519";
  fingerprint: string;
  madeAt: Date;
  /** End of the certificate, for RSA. */
  notAfter?: Date;
  /** `age1…`, for X25519. */
  recipient?: string;
  /** The private key as it is to be typed or scanned: plain, or under its passphrase. */
  keyText: string;
  /** Whether `keyText` needs its passphrase first. */
  locked: boolean;
}

/** Characters in one code: at this density a telephone reads it off plain paper at 5 cm. */
const QR_CHARACTERS = 600;

/** Out: a complete HTML document. It holds the private key: it is for the printer of the offline machine only. */
export function safePage(content: SafePageContent): string {
  const { name, fingerprint, keyText, locked } = content;
  const codes = qrTexts(keyText);
  const day = (date: Date) => date.toISOString().slice(0, 10);
  const facts = [
    ["Key", name],
    ["Kind", content.kind === "ssh-rsa" ? "RSA, age stanza ssh-rsa" : "age X25519"],
    ["Made on", `${day(content.madeAt)} (UTC)`],
    ...(content.notAfter === undefined
      ? []
      : [["Seals until", `${day(content.notAfter)}; opens what was sealed before then for ever`]]),
    ...(content.recipient === undefined ? [] : [["Public half", content.recipient]]),
    [
      "Locked",
      locked ? "yes, with a passphrase that is kept apart from this page" : "no: this page alone opens",
    ],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Recovery key ${escape(name)}</title>
<style>${STYLE}</style>
</head>
<body>
<section class="sheet">
<header><h1>Recovery key for database backups</h1><p class="secret">Secret. Keep in the safe.</p></header>
<p>Whoever holds the key on the second sheet can read every backup sealed to it. It is needed only when a backup has to be opened and the usual way is gone. Nothing here needs the program
that made the backups: <b>age</b> (1.1 or newer), <b>zstd</b>, ${content.kind === "ssh-rsa" ? "<b>openssl</b>, " : ""}and
PostgreSQL's <b>psql</b> and <b>pg_restore</b> are enough.</p>
<table>
${facts.map(([label = "", value = ""]) => `<tr><th>${escape(label)}</th><td>${escape(value)}</td></tr>`).join("\n")}
<tr><th>Fingerprint<br><small>SHA-256, to be read out</small></th>
<td class="voice">${fingerprintForVoice(fingerprint).split("\n").map(escape).join("<br>")}</td></tr>
</table>
<h2>How to open a backup by hand</h2>
<ol>
${steps(content)
  .map(([text = "", ...commands]) => {
    const code = commands.length === 0 ? "" : `<pre>${escape(commands.join("\n"))}</pre>`;
    return `<li>${text}${code}</li>`;
  })
  .join("\n")}
</ol>
</section>
<section class="sheet">
<h2>The key</h2>
<div class="${codes.length > 1 ? "many" : "single"}">
<pre class="key">${escape(keyText)}</pre>
${codes
  .map((text, i) => {
    const caption = codes.length > 1 ? `${i + 1} of ${codes.length}` : "the whole file";
    return `<figure>${renderSVG(text, { ecc: "M", border: 4 })}<figcaption>${caption}</figcaption></figure>`;
  })
  .join("\n")}
</div>
<p class="note">${
    codes.length > 1
      ? "The texts of the codes, one below the other in the order of their numbers, are the file; end it with a newline."
      : "The code's text is the file; end it with a newline."
  }</p>
</section>
</body>
</html>
`;
}

/**
 * The texts of the codes: whole lines of the file, as many as fit. Joined with newlines, and one more at the
 * end, they are the file again.
 */
export function qrTexts(keyText: string): string[] {
  const texts: string[] = [];
  for (const line of keyText.replace(/\n$/, "").split("\n")) {
    const last = texts.at(-1);
    const joined = last === undefined ? line : `${last}\n${line}`;
    if (last !== undefined && joined.length <= QR_CHARACTERS) texts[texts.length - 1] = joined;
    else texts.push(line);
  }
  return texts;
}

/** Each step: its sentence in HTML, then the commands. */
function steps({ kind, locked }: SafePageContent): string[][] {
  const file = locked ? "recovery.locked" : "recovery.key";
  const unlock =
    kind === "ssh-rsa"
      ? "openssl pkcs8 -in recovery.locked -out recovery.key"
      : "age -d -o recovery.key recovery.locked";
  const compare =
    kind === "ssh-rsa"
      ? ["openssl pkey -in recovery.key -pubout -outform DER | sha256sum"]
      : ["age-keygen -y recovery.key"];
  const shown = kind === "ssh-rsa" ? "fingerprint" : "public half";
  return [
    [
      "Take a machine that is on no network, with a folder that is not kept (a memory disk). From the backup it " +
        "needs only <b>key.age</b>, about a kilobyte, on a stick.",
    ],
    [`Scan or type the key into the file <b>${file}</b> there, and close it to others.`, `chmod 600 ${file}`],
    ...(locked ? [["Unlock it; the passphrase is asked for.", `umask 077; ${unlock}`]] : []),
    [`Compare: this must print the ${shown} above.`, ...compare],
    ["Open the key of this one backup.", "age -d -i recovery.key key.age > backup.key"],
    [
      "Carry <b>backup.key</b>, and nothing else, to the machine that restores. It opens this backup and no other. " +
        "Roles first; that the role of the one who restores exists already is the one error to expect.",
      "age -d -i backup.key globals.sql.zst.age | zstd -d | psql -d postgres",
    ],
    [
      "Then each database, its parts in this order. Here it is called <i>shop</i>:",
      "createdb shop",
      "for part in shop/pre-data.* shop/data-*.age shop/post-data.*; do",
      '  age -d -i backup.key "$part" | zstd -d | pg_restore --exit-on-error -d shop',
      "done",
    ],
    ["Delete <b>recovery.key</b> and <b>backup.key</b>, and put this page back into the safe."],
  ];
}

const STYLE = `
@page { size: A4; margin: 14mm 15mm; }
* { box-sizing: border-box; }
body { font: 10pt/1.4 "Liberation Sans", Arial, Helvetica, sans-serif; color: #000; background: #fff; margin: 0 auto;
  max-width: 180mm; }
.sheet { break-after: page; }
.sheet:last-child { break-after: auto; }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 1.5pt solid #000; }
h1 { font-size: 17pt; margin: 0 0 2mm; }
h2 { font-size: 12pt; margin: 4mm 0 1.5mm; break-after: avoid; }
p { margin: 2mm 0; }
.secret { font-weight: bold; margin: 0; }
table { border-collapse: collapse; width: 100%; margin: 3mm 0; }
th, td { text-align: left; vertical-align: top; border-bottom: .5pt solid #888; padding: 1mm 3mm 1mm 0; }
th { width: 38mm; font-weight: normal; }
td { overflow-wrap: anywhere; }
pre, .voice { font-family: "Liberation Mono", "Courier New", monospace; }
.voice { font-size: 13pt; letter-spacing: .08em; word-spacing: .5em; }
ol { margin: 0; padding-left: 6mm; }
li { margin: 0 0 1.6mm; break-inside: avoid; }
li pre { margin: .8mm 0 0; padding: 1mm 2mm; background: #eee; font-size: 9pt; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; white-space: pre-wrap; }
.key { font-size: 7.6pt; line-height: 1.22; margin: 0; }
.many { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0 3mm; }
.many .key { grid-column: 1 / 3; grid-row: 1 / 4; }
.single .key { font-size: 10pt; white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 0 auto; width: 57mm; text-align: center; break-inside: avoid; }
.single figure { width: 80mm; margin-top: 6mm; }
figure svg { width: 100%; height: auto; display: block; }
figcaption { font-size: 8.5pt; margin-top: -1.8mm; }
.note { font-size: 9pt; text-align: center; margin: 1mm 0 0; }
`;

function escape(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (char) => names[char] ?? char);
}
