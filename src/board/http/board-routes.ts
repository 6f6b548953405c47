/** Adapter: the board over HTTP. Administrators see it, and whoever has one of its roles; for others there is nothing. */
import { hash } from "node:crypto";
import { isAdministrator } from "../../auth/account.ts";
import { contentPolicy } from "../../auth/http/content-policy.ts";
import type { Desk } from "../../auth/http/desk.ts";
import { queryOf } from "../../auth/http/form.ts";
import type { Listener } from "../../auth/http/listener.ts";
import { ownContext, ownHandlers, type OwnHandler } from "../../auth/http/own.ts";
import type { MenuEntry } from "../../auth/settings.ts";
import type { Report } from "../../seal/report.ts";
import type { Board } from "../board.ts";
import type { DisplayStore } from "../display.ts";
import { boardPage } from "../pages/board.ts";
import { boardReportPage } from "../pages/report.ts";
import { BOARD_PATH } from "../paths.ts";
import { MENU_TEXT } from "../words/board.ts";
import { displayRoutes } from "./display-routes.ts";

export interface BoardRoutesOptions {
  /** Who sees it beside administrators. */
  roles: readonly string[];
  displays: DisplayStore;
  /** What there is to see now. */
  board: (now: Date) => Promise<Board>;
  /** A report by its id, with its hash (hex); undefined: there is none, or none any more. */
  report: (id: string) => Promise<{ report: Report; sha256: string } | undefined>;
}

/** The board's entry in the menu of the gateway's pages. */
export function boardMenu(roles: readonly string[]): MenuEntry {
  return { href: BOARD_PATH, text: MENU_TEXT, roles };
}

/** Routes for the listener of pages. */
export function boardRoutes(options: BoardRoutesOptions): (app: Listener, desk: Desk) => void {
  return (app, desk) => {
    const { look } = ownHandlers(desk);
    const seen =
      (handler: OwnHandler): OwnHandler =>
      (own) => {
        const { account, language } = own.signedIn;
        const may = isAdministrator(account) || options.roles.some((role) => account.roles.includes(role));
        return may ? handler(own) : desk.notFound(own.reply, language);
      };

    app.get(
      BOARD_PATH,
      look(
        { page: BOARD_PATH },
        seen(async ({ signedIn, owner, request, reply }) => {
          const context = {
            ...ownContext(desk, signedIn, BOARD_PATH),
            administrator: isAdministrator(signedIn.account),
          };
          const chosen = queryOf(request).get("cluster");
          return desk.page(reply, boardPage(context, await options.board(owner.now), chosen));
        }),
      ),
    );
    app.get(
      `${BOARD_PATH}/reports/:id`,
      look(
        { page: BOARD_PATH },
        seen(async ({ signedIn: { language }, request, reply }) => {
          const { id = "" } = request.params as { id?: string };
          const found = /^[0-9A-Za-z-]{1,60}$/.test(id) ? await options.report(id) : undefined;
          if (found === undefined) return desk.notFound(reply, language);
          const { timeZone } = desk.gateway.settings;
          const { document, style } = boardReportPage({ language, timeZone }, found);
          return reply
            .header("Content-Type", "text/html; charset=utf-8")
            .header("Content-Security-Policy", contentPolicy({ styleHash: hash("sha256", style, "base64") }))
            .send(document);
        }),
      ),
    );
    displayRoutes(app, desk, options);
  };
}
