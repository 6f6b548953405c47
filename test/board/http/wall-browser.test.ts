/** The wall in Chromium: on screens of any shape, and when the gateway is away. */
import t from "tap";
import type { Board } from "../../../src/board/board.ts";
import { createDisplay } from "../../../src/board/display.ts";
import { openDisplayStore } from "../../../src/board/store/displays.ts";
import { withBoard } from "../../fixtures/board-gateway.ts";
import { badBoard, boardFrom, cluster, goodBoard } from "../../fixtures/boards.ts";
import { looksRight, withChromium } from "../../fixtures/chromium.ts";
import { LOGIN } from "../../fixtures/gateway.ts";

t.test("the wall in Chromium", async (t) => {
  let board: Board = goodBoard();
  const gateway = await withBoard(t, { board: () => board });
  const chrome = await withChromium(t, gateway);
  let wallState:
    | Awaited<ReturnType<ReturnType<Awaited<ReturnType<typeof chrome.open>>["context"]>["storageState"]>>
    | undefined;
  // All languages on all screens only for whoever looks at the pictures.
  const thorough = process.env["LAKAT_SCREENSHOTS"] !== undefined;

  await t.test("a wall that is paired, on any screen", async (t) => {
    const by = { actor: { kind: "gateway" }, address: "192.0.2.1", userAgent: "" } as const;
    const { code } = await createDisplay(
      openDisplayStore(gateway.database.pool),
      gateway.node.gateway.smsKey,
      { name: "Operations room", language: "en" },
      by,
      gateway.now(),
    );
    const screen = await chrome.open({ language: "hu" });
    await screen.goto(`${LOGIN}/wall`);
    await looksRight(t, screen, "wall-pair");
    await screen.fill("#code", `${code.slice(0, 4)} ${code.slice(4)}`);
    await screen.click("form button.main");
    t.equal(await screen.locator(".tile").count(), 3);
    wallState = await screen.context().storageState();
    const sizes = { landscape: [1920, 1080], portrait: [1080, 1920], small: [1280, 720] } as const;
    for (const [name, [width, height]] of Object.entries(sizes)) {
      await screen.setViewportSize({ width, height });
      for (const language of ["en", "hu", "ro"] as const) {
        if (!thorough && (name === "small") !== (language === "en")) continue;
        await gateway.rows("UPDATE display SET language = $1", [language]);
        board = language === "en" ? goodBoard() : badBoard();
        await screen.reload();
        await looksRight(t, screen, `wall-${language}-${name}`);
      }
      for (const many of thorough ? [0, 1, 2, 4, 7, 12, 20] : [12]) {
        board = manyBoard(many);
        await screen.reload();
        await looksRight(t, screen, `wall-${many}-${name}`);
        const cut = await screen.evaluate(
          "[...document.querySelectorAll('.tile>div')].filter((one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1).length",
        );
        t.equal(cut, 0, `nothing is cut off with ${many} clusters on ${name}`);
      }
    }
    await screen.context().close();
  });

  await t.test("a wall counts on, and turns red by itself when the gateway is away", async (t) => {
    board = goodBoard();
    await gateway.rows("UPDATE display SET language = 'en'");
    const screen = await chrome.open({ state: wallState });
    await screen.clock.install();
    await screen.goto(`${LOGIN}/wall`);
    const said = async () => (await screen.innerText("main")).replaceAll("\u00a0", " ");
    const fills = () =>
      screen.evaluate(
        "[...new Set([...document.querySelectorAll('main use')].map((one) => one.getAttribute('href')))].join()",
      );
    t.match(await said(), /All backups are good[^]*08:24[^]*5 h 17 min/);
    const away = (route: { abort(): Promise<void> }): Promise<void> => route.abort();
    await screen.route("**/wall", away);
    await screen.clock.runFor(60_000);
    t.match(await said(), /All backups are good[^]*08:25[^]*5 h 18 min/, "clock and ages go on");
    await screen.clock.runFor(32_000);
    t.match(await said(), "No contact with the gateway since 08:24:00");
    t.equal(await fills(), "#red", "each light is red, and has the shape of it");
    await looksRight(t, screen, "wall-away");
    await screen.unroute("**/wall", away);
    await screen.clock.runFor(31_000);
    await screen.waitForSelector("main:not(.away)");
    t.match(await said(), "All backups are good");
    board = badBoard();
    await screen.clock.runFor(31_000);
    await screen.waitForSelector("main.red");
    t.match(await said(), "crm: An expected backup did not come");
    await gateway.node.stop();
    await screen.clock.runFor(95_000);
    await screen.waitForSelector("main.away");
    await screen.context().close();
  });
});

function manyBoard(many: number): Board {
  const names = ["erp", "crm", "a-rather-long-cluster-name.eu", "warehouse-hu", "hr", "bi"];
  const lights = ["red", "green", "amber", "green", "green", "green"] as const;
  return boardFrom(
    Array.from({ length: many }, (_, i) =>
      cluster(`${names[i % 6] ?? ""}${i > 5 ? i : ""}`, lights[(i + many) % 6] ?? "green"),
    ),
  );
}
