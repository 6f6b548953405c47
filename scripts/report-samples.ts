/**
 * For whoever changes how reports look: writes a page, a mail and the terminal's text of every sample report in every
 * language into .lakat/report-samples/, to be opened in a browser.
 *
 *   node scripts/report-samples.ts
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { LANGUAGES } from "../src/report/locale.ts";
import { reportMail } from "../src/report/mail.ts";
import { reportPage } from "../src/report/page.ts";
import { reportText } from "../src/report/plain.ts";
import { hashOf, sampleHistory, samples } from "../test/fixtures/reports.ts";

const folder = new URL("../.lakat/report-samples/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const language of LANGUAGES)
  for (const [name, report] of Object.entries(samples())) {
    const context = {
      history: sampleHistory(),
      language,
      timeZone: "Europe/Budapest",
      sha256: hashOf(name),
    };
    const mail = reportMail(report, context);
    const write = (ending: string, text: string) =>
      writeFileSync(new URL(`${name}.${language}.${ending}`, folder), text);
    write("html", reportPage(report, context));
    write("mail.html", mail.html);
    write("mail.txt", `Subject: ${mail.subject}\n\n${mail.text}`);
    write("txt", `${reportText(report, context, 100)}\n`);
  }
process.stdout.write(`${folder.pathname}\n`);
