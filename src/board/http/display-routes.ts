/** Adapter: displays over HTTP: administrators make and remove them, a screen is paired, and shows the wall. */
import { isAdministrator } from "../../auth/account.ts";
import { actorOf } from "../../auth/audit-event.ts";
import { setCookie } from "../../auth/http/cookies.ts";
import type { Desk } from "../../auth/http/desk.ts";
import { field, queryOf } from "../../auth/http/form.ts";
import type { Listener } from "../../auth/http/listener.ts";
import { idOf, ownContext, ownHandlers, type OwnRequest } from "../../auth/http/own.ts";
import { originOf, seeOther } from "../../auth/http/visit.ts";
import { LANGUAGES } from "../../report/locale.ts";
import {
  createDisplay,
  DISPLAY_SECONDS,
  displayName,
  displayOf,
  pairDisplay,
  revokeDisplay,
} from "../display.ts";
import type { DisplayBy, DisplayStore } from "../display.ts";
import type { Board } from "../board.ts";
import { displayCodePage, displaysPage, pairPage, type DisplaysSaid } from "../pages/displays.ts";
import { WALL_STYLE } from "../pages/wall-style.ts";
import { wallPage } from "../pages/wall.ts";
import { BOARD_PATH, DISPLAYS_PATH, WALL_PATH, WALL_STYLE_PATH } from "../paths.ts";

/** Opens the wall and nothing else. */
export const DISPLAY_COOKIE = "__Host-lakat-display";

export interface DisplayRoutesOptions {
  displays: DisplayStore;
  board: (now: Date) => Promise<Board>;
}

type Reply = ReturnType<Desk["page"]>;

export function displayRoutes(app: Listener, desk: Desk, options: DisplayRoutesOptions): void {
  managing(app, desk, options);
  wall(app, desk, options);
}

function managing(app: Listener, desk: Desk, { displays }: DisplayRoutesOptions): void {
  const { look, send } = ownHandlers(desk);
  const { smsKey, settings } = desk.gateway;
  const show = async (
    { signedIn, owner, reply }: OwnRequest,
    said?: DisplaysSaid,
    typed?: string,
  ): Promise<Reply> => {
    const all = await displays.read.all(owner.now);
    const status = said === "form-old" ? 403 : said === "name-wrong" ? 422 : 200;
    const page = displaysPage(ownContext(desk, signedIn, BOARD_PATH), all, owner.now, said, typed);
    return desk.page(reply, page, status);
  };
  /** Administrators alone; for everybody else there is no such page. */
  const guarded =
    <T extends OwnRequest>(handler: (own: T) => Promise<Reply>) =>
    (own: T): Promise<Reply> | Reply =>
      isAdministrator(own.signedIn.account) ? handler(own) : desk.notFound(own.reply, own.signedIn.language);
  const by = ({ owner: { account, session, address, userAgent } }: OwnRequest): DisplayBy => ({
    actor: actorOf(account),
    sessionId: session.id,
    address,
    userAgent,
  });
  const old = guarded((own: OwnRequest) => show(own, "form-old"));
  const changing = { page: DISPLAYS_PATH, fresh: true };

  app.get(
    DISPLAYS_PATH,
    look(
      { page: DISPLAYS_PATH },
      guarded((own: OwnRequest) => show(own, queryOf(own.request).has("revoked") ? "revoked" : undefined)),
    ),
  );
  app.post(
    DISPLAYS_PATH,
    send(
      changing,
      old,
      guarded(async (own) => {
        const typed = field(own.form, "name", 200);
        const name = displayName(typed);
        if (name === undefined) return show(own, "name-wrong", typed);
        const chosen = field(own.form, "language", 10);
        const language = LANGUAGES.find((one) => one === chosen) ?? own.signedIn.language;
        const made = await createDisplay(displays, smsKey, { name, language }, by(own), own.owner.now);
        const context = ownContext(desk, own.signedIn, BOARD_PATH);
        return desk.page(
          own.reply,
          displayCodePage(context, { name, ...made, publicUrl: settings.publicUrl }),
        );
      }),
    ),
  );
  app.post(
    `${DISPLAYS_PATH}/revoke`,
    send(
      changing,
      old,
      guarded(async (own) => {
        const id = idOf(own.form);
        const done = id !== undefined && (await revokeDisplay(displays, id, by(own), own.owner.now));
        return seeOther(own.reply, done ? `${DISPLAYS_PATH}?revoked` : DISPLAYS_PATH);
      }),
    ),
  );
}

function wall(app: Listener, desk: Desk, { displays, board }: DisplayRoutesOptions): void {
  const { smsKey, settings } = desk.gateway;
  const { organisation, timeZone } = settings;
  const pairing = (
    language: Parameters<typeof pairPage>[0]["language"],
    trouble?: Parameters<typeof pairPage>[1],
  ) => pairPage({ language, organisation, token: desk.token("") }, trouble);

  app.get(WALL_STYLE_PATH, (_request, reply) =>
    reply
      .header("Content-Type", "text/css; charset=utf-8")
      .header("Cache-Control", "no-cache")
      .send(WALL_STYLE),
  );

  // By its own cookie alone: a page that asks each 30 seconds would keep anybody's session open for ever.
  app.get(WALL_PATH, async (request, reply) => {
    const visit = desk.visit(request);
    const display = await displayOf(displays, visit.cookie(DISPLAY_COOKIE), visit.now);
    if (display === undefined) return desk.page(reply, pairing(visit.language));
    const { language } = display;
    return desk.page(reply, wallPage({ language, timeZone }, await board(visit.now)));
  });
  app.post(WALL_PATH, async (request, reply) => {
    const visit = desk.visit(request);
    const { form, isFresh } = desk.form(request, "");
    if (!isFresh) return desk.page(reply, pairing(visit.language, "form-old"), 403);
    const answer = await pairDisplay(displays, smsKey, field(form, "code", 100), originOf(visit), visit.now);
    if (typeof answer === "object")
      return seeOther(reply, WALL_PATH, [setCookie(DISPLAY_COOKIE, answer.token, DISPLAY_SECONDS)]);
    return desk.page(reply, pairing(visit.language, answer), answer === "refused" ? 422 : 429);
  });
}
