/** Adapter: signing out, on the login host and on the hosts of the applications. */
import type { FastifyInstance } from "fastify";
import { actorOf } from "../audit-event.ts";
import { signedOutPage, signOutPage } from "../pages/sign-in.ts";
import { endPresence, endSession } from "../sign-out.ts";
import { tokenHash } from "../token.ts";
import { signInWords } from "../words/sign-in.ts";
import { APP_COOKIE, clearCookie, SESSION_COOKIE, SIGN_IN_COOKIE } from "./cookies.ts";
import type { Desk } from "./desk.ts";
import { placeOf } from "./entry-routes.ts";
import { originOf, seeOther } from "./visit.ts";

export function signOutRoutes(app: FastifyInstance, desk: Desk): void {
  const { gateway } = desk;
  const { organisation, publicUrl } = gateway.settings;

  app.get("/sign-out", async (request, reply) => {
    const signedIn = await desk.signedIn(request);
    if (signedIn === undefined) return seeOther(reply, "/sign-in");
    const { language, subject } = signedIn;
    const context = { language, organisation, token: desk.token(subject), next: undefined };
    const where = [{ value: "all", text: signInWords(language).signOut }];
    return desk.page(reply, signOutPage(context, "/sign-out", where));
  });

  app.post("/sign-out", async (request, reply) => {
    const signedIn = await desk.signedIn(request);
    const visit = desk.visit(request);
    const { isFresh } = desk.form(request, signedIn?.subject ?? "");
    if (signedIn !== undefined && !isFresh) return seeOther(reply, "/sign-out");
    if (signedIn !== undefined) {
      const { account, session } = signedIn;
      await endSession(gateway, {
        account,
        sessionId: session.id,
        by: actorOf(account),
        reason: "signed-out",
        ...originOf(visit),
        now: visit.now,
      });
    }
    const said = signedOutPage({ language: visit.language, organisation }, "/sign-in");
    return desk.page(reply, said, 200, [clearCookie(SESSION_COOKIE), clearCookie(SIGN_IN_COOKIE)]);
  });

  app.get("/.lakat/sign-out", (request, reply) => {
    const place = placeOf(desk, request, "/");
    const cookie = tokenHash(place?.visit.cookie(APP_COOKIE));
    if (place === undefined || cookie === undefined) return seeOther(reply, publicUrl);
    const { language } = place.visit;
    const words = signInWords(language);
    const token = desk.token(cookie.toString("base64url"));
    const where = [
      { value: "all", text: words.signOutEverywhere },
      { value: "here", text: words.signOutHere(place.application.name) },
    ];
    const context = { language, organisation, token, next: undefined };
    return desk.page(reply, signOutPage(context, "/.lakat/sign-out", where));
  });

  app.post("/.lakat/sign-out", async (request, reply) => {
    const place = placeOf(desk, request, "/");
    const cookie = tokenHash(place?.visit.cookie(APP_COOKIE));
    if (place === undefined || cookie === undefined) return seeOther(reply, publicUrl);
    const { visit, application } = place;
    const { form, isFresh } = desk.form(request, cookie.toString("base64url"), application.origin);
    if (!isFresh) return seeOther(reply, "/.lakat/sign-out");
    const facts = await gateway.store.read.access.byAppToken(cookie);
    if (facts !== undefined) {
      const { account, session } = facts;
      const by = actorOf(account);
      const ending = { account, sessionId: session.id, by, ...originOf(visit), now: visit.now };
      if (form.get("what") === "here") await endPresence(gateway, { cookie, host: visit.host }, ending);
      else await endSession(gateway, { ...ending, reason: "signed-out" });
    }
    const said = signedOutPage({ language: visit.language, organisation }, "/");
    return desk.page(reply, said, 200, [clearCookie(APP_COOKIE)]);
  });
}
