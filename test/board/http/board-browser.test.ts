/** The board, a report and the displays in Chromium: in three languages, wide and narrow, light and dark. */
import t from "tap";
import type { Board } from "../../../src/board/board.ts";
import { withBoard } from "../../fixtures/board-gateway.ts";
import { badBoard, boardFrom, cluster, goodBoard } from "../../fixtures/boards.ts";
import { looksRight, withChromium } from "../../fixtures/chromium.ts";
import { LOGIN } from "../../fixtures/gateway.ts";
import { daily, goodDrill, hashOf } from "../../fixtures/reports.ts";

t.test("the board in Chromium", async (t) => {
  let board: Board = goodBoard();
  const gateway = await withBoard(t, {
    board: () => board,
    report: (id) =>
      Promise.resolve({ report: id === goodDrill().id ? goodDrill() : daily(), sha256: hashOf(id) }),
  });
  const chrome = await withChromium(t, gateway);
  const admin = await gateway.person({ roles: ["administrator"], name: "admin" });
  const first = await chrome.open();
  await first.goto(`${LOGIN}/sign-in?next=/backups`);
  await first.fill("#name", admin.name);
  await first.fill("#password", admin.password);
  await first.click("form button.main");
  await first.fill("#code", await gateway.code(admin));
  await first.click("form button.main");
  t.equal(first.url(), `${LOGIN}/backups`);
  const state = await first.context().storageState();
  // All languages on all screens only for whoever looks at the pictures.
  const thorough = process.env["LAKAT_SCREENSHOTS"] !== undefined;

  await t.test("the board, reports and displays", async (t) => {
    for (const language of ["en", "hu", "ro"] as const) {
      await gateway.rows("UPDATE account SET language = $1", [language]);
      for (const width of ["phone", "desktop"] as const) {
        const page = await chrome.open({ language, width, dark: language === "hu", state });
        const see = async (path: string, name: string, always = false): Promise<void> => {
          if (!always && !thorough) return;
          await page.goto(`${LOGIN}${path}`);
          await looksRight(t, page, `${name}-${language}-${width}`);
        };
        board = language === "en" ? goodBoard() : badBoard();
        await see("/backups", "board", true);
        await see(`/backups/reports/${daily().id}`, "report-daily", width === "phone");
        await see(
          `/backups/reports/${goodDrill().id}`,
          "report-drill",
          language === "hu" && width === "desktop",
        );
        await see("/backups/displays", "displays", language === "ro" && width === "phone");
        board = boardFrom(Array.from({ length: 12 }, (_, i) => cluster(`cluster-${i}`, "green")));
        await see("/backups", "board-many", language === "ro" && width === "desktop");
        board = boardFrom([]);
        delete board.daily;
        delete board.sabotage;
        await see("/backups", "board-empty", language === "hu" && width === "phone");
        await page.context().close();
      }
    }
  });

  await t.test("the calendar is walked through by the keyboard", async (t) => {
    await gateway.rows("UPDATE account SET language = 'en'");
    board = goodBoard();
    const page = await chrome.open({ state });
    await page.goto(`${LOGIN}/backups`);
    const day = page.getByRole("link", { name: "5 Nov: Not good" });
    await day.focus();
    await page.keyboard.press("Tab");
    t.equal(
      await page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"),
      "6 Nov: Good",
    );
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/backups\/reports\//);
    t.match(await page.textContent("nav a"), "Back to the backups");
    await page.context().close();
  });

  await t.test("a display's code", async (t) => {
    const page = await chrome.open({ state });
    await page.goto(`${LOGIN}/backups/displays`);
    await page.fill("#name", "Operations room");
    await page.click("form button.main");
    await looksRight(t, page, "display-code");
    await page.context().close();
  });
});
