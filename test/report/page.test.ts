/** Pages and mails: whole in every language, and the same markup whatever the names in a report are. */
import fc from "fast-check";
import t from "tap";
import { LANGUAGES } from "../../src/report/locale.ts";
import { reportMail } from "../../src/report/mail.ts";
import { reportPage } from "../../src/report/page.ts";
import { reportText } from "../../src/report/plain.ts";
import { saying } from "../fixtures/hostile.ts";
import {
  badDrill,
  daily,
  emptyDrill,
  goodDrill,
  sabotage,
  sampleHistory,
  samples,
} from "../fixtures/reports.ts";

const history = sampleHistory();
const context = (language: (typeof LANGUAGES)[number]) => ({
  history,
  language,
  timeZone: "Europe/Budapest",
  sha256: "c0ffee".padEnd(64, "0"),
});

const tagsOf = (page: string): string[] => page.match(/<[^>]*>/g) ?? [];

/** A document's elements are closed in the order in which they were opened. */
function wellFormed(page: string): boolean {
  const empty = new Set(["meta", "br", "path", "circle", "!doctype"]);
  const open: string[] = [];
  for (const tag of tagsOf(page)) {
    const name = /^<\/?([!a-z0-9]+)/.exec(tag)?.[1] ?? "";
    if (tag.startsWith("</")) {
      if (open.pop() !== name) return false;
    } else if (!empty.has(name) && !tag.endsWith("/>")) open.push(name);
  }
  return open.length === 0;
}

for (const language of LANGUAGES)
  t.test(`every report in ${language}`, async (t) => {
    for (const [name, report] of Object.entries(samples())) {
      const page = reportPage(report, context(language));
      const mail = reportMail(report, context(language));
      const terminal = reportText(report, context(language), 80);
      for (const [what, text] of Object.entries({ page, ...mail, terminal })) {
        t.notMatch(
          text,
          /undefined|NaN|Infinity|\[object|Invalid Date/,
          `${name} ${what}: no word is missing`,
        );
        t.notMatch(
          text,
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/,
          `${name} ${what}: no control character`,
        );
      }
      for (const [what, document] of Object.entries({ page, mail: mail.html })) {
        t.ok(wellFormed(document), `${name} ${what} is well formed`);
        t.notMatch(document, /`/, `${name} ${what}: code is set as code`);
        t.notMatch(
          document,
          /<script|<link|<img|<iframe|javascript:|\son[a-z]+=/i,
          `${name} ${what}: nothing runs`,
        );
        t.notMatch(
          document.replaceAll('xmlns="http://www.w3.org/2000/svg"', ""),
          /https?:|url\(|@import|\ssrc=|\shref=/i,
          `${name} ${what}: nothing comes from elsewhere`,
        );
        t.match(document, /default-src 'none'/);
        t.match(document, `<html lang="${language}">`);
        t.equal(document.match(/<h1>/g)?.length, 1, "one title of the first rank");
        t.equal(
          document.match(/<table/g)?.length,
          document.match(/<caption>/g)?.length,
          "each table has a caption",
        );
        const ids = [...document.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
        t.equal(new Set(ids).size, ids.length, "no id twice");
      }
      t.notMatch(mail.html, /<svg|<details|var\(|grid/, "a mail has only what mail programs know");
      t.equal(page.match(/viewBox="0 0 360 /g)?.length, page.match(/<desc/g)?.length, "charts are described");
      t.notMatch(mail.text, /[^\n]{100}/, "the text's lines are short");
    }
  });

t.test("no text of a report becomes markup, whatever it is", async () => {
  const nasty = fc.oneof(
    fc.constantFrom(
      "</style><script>alert(1)</script>",
      '"><img src=x onerror=alert(1)>',
      "' autofocus onfocus='x",
      "a\r\nBcc: everybody@example.org\r\n\r\n<b>",
      "\u001b[2J\u202eevil\u2028\u0000",
      "&lt;b&gt;",
      "${1}`<!--",
      "\u009b31m\u007f\u0085",
      "\ud800",
    ),
    fc.string({ unit: "binary", minLength: 1 }),
  );
  const kinds = [badDrill(), daily(), sabotage()];
  const harmless = kinds.map((report) => {
    const said = saying(report, "x");
    return [reportPage(said, context("en")), reportMail(said, context("en")).html].map(tagsOf);
  });
  fc.assert(
    fc.property(nasty, (text) => {
      kinds.forEach((report, i) => {
        const said = saying(report, text);
        const mail = reportMail(said, context("en"));
        const documents = [reportPage(said, context("en")), mail.html];
        documents.forEach((document, j) => {
          if (JSON.stringify(tagsOf(document)) !== JSON.stringify(harmless[i]?.[j]))
            throw new Error(`other markup: ${JSON.stringify(text)}`);
        });
        for (const all of [...documents, mail.text, reportText(said, context("en"), 80)])
          if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(all))
            throw new Error(`a control character of ${JSON.stringify(text)} came through`);
        if (/[\r\n]/.test(mail.subject) || mail.subject.length > 150)
          throw new Error("a subject of two lines");
      });
    }),
    { numRuns: 40 },
  );
});

t.test("what the page says", async (t) => {
  const good = reportPage(goodDrill(), context("en"));
  t.match(
    good.replaceAll("\u00a0", " "),
    "<h1>The backup of crm from 24 November was restored in 11 min 31 s and is right in all 22 checks; both recovery keys would open it.</h1>",
  );
  const bad = reportPage(badDrill(), context("en")).replaceAll("\u00a0", " ");
  t.match(bad, "1 of 2 recovery keys would not open it and 3 of 21 checks failed.</h1>");
  t.ok(
    bad.indexOf("ROWS_DIFFER") < bad.indexOf("RECOVERY_KEY_EXPIRES_SOON"),
    "red comes before amber, though it was found later",
  );
  t.match(bad, "sales.&quot;Order notes&quot;: 220418 rows in the inventory, 0 after the restore");
  t.match(reportPage(emptyDrill(), context("en")), "<h1>There is no backup of crm to restore.</h1>");
  const day = reportPage(daily(), context("en")).replaceAll("\u00a0", " ");
  t.match(day, "billing and archive have no recent backup that was restored and is right (2 of 3 clusters)");
  t.match(day, "billing: An expected backup did not come");
  t.match(day, "2 days 5 h old");
  const order = ["findings", "steps", "checks", "keys", "charts", "evidence"].map((id) =>
    bad.indexOf(`<h2 id="${id}"`),
  );
  t.strictSame(
    order,
    order.toSorted((a, b) => a - b),
    "in the order that is promised",
  );
  t.notOk(order.includes(-1));
});

t.test("a finding in another language keeps its technical sentence, marked as English", async (t) => {
  const page = reportPage(badDrill(), context("hu"));
  t.match(page, "A sorok száma eltér a mentéskoritól");
  t.match(
    page,
    '<span lang="en">2 tables of crm have other row counts than at the time of the backup.</span>',
  );
  const unknown = {
    ...badDrill(),
    findings: [{ code: "USAGE" as const, what: "something new", todo: "Do this." }],
  };
  const other = reportPage(unknown, context("ro"));
  t.match(other, "Ceva a eșuat");
  t.match(other, '<span lang="en">Do this.</span>');
});

t.test("what a sabotage run had no occasion for is told", async (t) => {
  const page = reportPage(sabotage(), { history: [], language: "en", timeZone: "UTC", sha256: "" });
  t.match(page, /skipped[^]*canary row deleted[^]*no canary is configured for this cluster/);
});
