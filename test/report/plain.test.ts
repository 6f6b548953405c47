import t from "tap";
import { reportMail } from "../../src/report/mail.ts";
import { reportText, wrapped } from "../../src/report/plain.ts";
import { badDrill, goodDaily, goodDrill, sabotage, sampleHistory } from "../fixtures/reports.ts";

const context = {
  history: sampleHistory(),
  language: "en" as const,
  timeZone: "Europe/Budapest",
  sha256: "00",
};

t.test("a restore test in a terminal", async (t) => {
  const text = reportText(badDrill(), context, 80);
  t.match(text, /^Failed\. Do not count on the backup of crm from 24 November: 1 of 2 recovery keys\n/);
  t.match(text, "\nResult  Step     Time\n-".slice(0, 20));
  t.match(text, "\nfailed  Prove    0.4 s\n");
  t.match(text, "\n  passed   Constraints: 615 constraints, all valid, 1,435 columns without nulls\n");
  t.match(text, '\n    sales."Order notes": 220418 rows in the inventory, 0 after the restore\n');
  t.match(text, "\nfailed  safe-cluj\n");
  t.notMatch(text, /ROWS_DIFFER|What to do/, "findings are told by whoever prints it");
  t.notMatch(text, /[^\n -~]/, "typed characters alone");
  t.notMatch(text, /^.{81}/m);
});

t.test("subjects of mails", async (t) => {
  const subject = (report: Parameters<typeof reportMail>[0]) => reportMail(report, context).subject;
  t.equal(subject(goodDrill()), "OK crm: backup of 24 Nov restored in 12 min");
  t.equal(subject(badDrill()), "FAILED crm: backup of 24 Nov: 1 of 2 recovery keys would not open it");
  t.equal(subject(goodDaily()), "OK 24 Nov: 3 clusters restored and right");
  t.equal(subject(sabotage()), "FAILED sabotage of crm: 1 of 12 cases misjudged");
});

t.test("a mail's text has what its page has", async (t) => {
  const { text } = reportMail(badDrill(), context);
  for (const part of [
    "ROWS_DIFFER",
    "What to do: Do not rely on this backup;",
    "Sealed size: newest 3.7 GiB",
    badDrill().host,
  ])
    t.match(text, part);
  t.ok(text.indexOf("ROWS_DIFFER") < text.indexOf("Steps and times"), "findings come first");
});

t.test("words are wrapped, never cut", async (t) => {
  t.equal(wrapped("one two three", 7, ""), "one two\nthree");
  t.equal(wrapped("a bbbbbbbbbbbb c", 5, "  "), "  a\n  bbbbbbbbbbbb\n  c");
  t.equal(wrapped("", 5), "");
});
