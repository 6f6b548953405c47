/** Who sees the board, and that nothing of what reports say becomes markup. */
import { hash } from "node:crypto";
import t from "tap";
import type { Board } from "../../../src/board/board.ts";
import type { Report } from "../../../src/seal/report.ts";
import { withBoard } from "../../fixtures/board-gateway.ts";
import { badBoard, boardFrom, cluster, goodBoard } from "../../fixtures/boards.ts";
import type { Page } from "../../fixtures/browser.ts";
import { LOGIN } from "../../fixtures/gateway.ts";
import { badDrill, daily, hashOf, sabotage } from "../../fixtures/reports.ts";

const EVIL = `"><img src=x onerror=alert(1)><script>alert(1)</script>'&lt;`;
const RAW = /<img src=x|<script>alert|onerror=alert\(1\)>/;

t.test("the board over HTTP", async (t) => {
  let board: Board = goodBoard();
  const reports = new Map<string, Report>();
  const put = (report: Report): Report => {
    reports.set(report.id, report);
    return report;
  };
  const gateway = await withBoard(t, {
    board: () => board,
    report: (id) => {
      const report = reports.get(id);
      return Promise.resolve(report && { report, sha256: hashOf(id) });
    },
  });
  const enter = async (roles: string[]) => {
    const browser = gateway.browser();
    await gateway.signIn(browser, await gateway.person({ roles }));
    return (path: string): Promise<Page> => browser.get(`${LOGIN}${path}`);
  };
  const admin = await enter(["administrator"]);
  const ops = await enter(["ops"]);

  await t.test("only administrators and those with one of its roles see it", async (t) => {
    const day = put(daily()).id;
    const paths = ["/backups", `/backups/reports/${day}`, "/backups/displays"];
    const staff = await enter(["staff", "crm-owner"]);
    for (const path of paths) {
      t.equal((await staff(path)).status, 404, `${path} is not there for staff`);
      t.match((await gateway.browser().get(`${LOGIN}${path}`)).url, "/sign-in?next=%2Fbackups");
      t.equal((await admin(path)).status, 200, `${path} is there for administrators`);
      t.equal((await ops(path)).status, path === "/backups/displays" ? 404 : 200);
    }
    t.match((await admin("/account")).body, /href="\/backups"/);
    t.match((await admin("/admin")).body, /href="\/backups"/);
    t.match((await ops("/account")).body, /href="\/backups"/);
    t.notMatch((await ops("/backups")).body, "/backups/displays");
    t.notMatch((await staff("/account")).body, "/backups");
  });

  await t.test("it says how last night was, for each cluster, and what to do", async (t) => {
    board = goodBoard();
    t.match((await ops("/backups")).body, "All backups are good");
    board = badBoard();
    const { body } = await ops("/backups");
    for (const said of [
      "The backups are not good",
      "1 of 3 clusters is good",
      "2\u00a0days 6\u00a0h",
      "crm: An expected backup did not come",
      "target 1\u00a0h",
      "crm: the last 90 days",
    ])
      t.ok(body.includes(said), said);
    t.match((await ops("/backups?cluster=billing")).body, "billing: the last 90 days");
    t.match((await ops("/backups?cluster=nothing")).body, "crm: the last 90 days", "the worst is shown");
    board = boardFrom([]);
    delete board.daily;
    t.match((await ops("/backups")).body, "No evidence yet");
  });

  await t.test("a name or a text from a report is never markup on the board", async (t) => {
    const evil = { ...cluster("crm", "red"), cluster: EVIL };
    evil.days = evil.days.map((day) => ({ ...day, report: EVIL }));
    board = boardFrom(
      [evil],
      [{ light: "red", cluster: EVIL, code: EVIL, what: EVIL, todo: `\`${EVIL}\``, report: EVIL }],
    );
    const { body } = await ops("/backups");
    t.notMatch(body, RAW);
    t.match(body, "&lt;script&gt;alert(1)");
    for (const code of ["constructor", "__proto__", "toString"]) {
      board = boardFrom([], [{ light: "red", code, what: "what it is", todo: "do it" }]);
      t.match((await ops("/backups")).body, /<h3>\s*what it is\s*<\/h3>/, `${code} is no code of ours`);
    }
    board = goodBoard();
  });

  await t.test("a report is shown with its own style and nothing else", async (t) => {
    const drill = badDrill();
    drill.cluster = "crm";
    for (const finding of drill.findings) Object.assign(finding, { what: EVIL, todo: EVIL });
    for (const check of drill.checks)
      Object.assign(check, { database: EVIL, subject: EVIL, problems: [EVIL, EVIL] });
    drill.recoveryKeys.push({ label: EVIL, fingerprint: EVIL, ok: false, reason: EVIL });
    for (const report of [drill, daily(), sabotage()]) {
      const { id, kind } = put(report);
      const { status, body, headers } = await ops(`/backups/reports/${id}`);
      t.equal(status, 200, kind);
      const policy = String(headers["content-security-policy"]);
      const style = /<style>(.*?)<\/style>/s.exec(body)?.[1] ?? "";
      t.match(policy, `style-src 'sha256-${hash("sha256", style, "base64")}'`);
      t.notMatch(policy, /script-src|unsafe/);
      t.match(policy, "frame-ancestors 'none'");
      t.notMatch(body, /<script|<link| style=/, "no script and no style but its own");
      t.notMatch(body, RAW);
      t.match(body, 'href="/backups"', "a way back");
      t.ok(body.length < 60_000, `${kind} weighs ${body.length}`);
    }
    t.notMatch((await ops("/backups")).headers["content-security-policy"], /sha256-/);
  });

  await t.test("what is no report is not there", async (t) => {
    for (const id of ["20260101T000000Z-00000000", "..%2f..%2fadmin", "%00", "a".repeat(90), "%3Cscript%3E"])
      t.equal((await ops(`/backups/reports/${id}`)).status, 404, id);
  });
});
