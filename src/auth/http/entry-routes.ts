/** Adapter: the way into the applications, on the login host (/go) and on their own hosts (/.lakat/…). */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { destinationOf, enter, issueTicket, mayEnter, pathOn, refuseEntry, stateOf } from "../entry.ts";
import { messagePage } from "../pages/sign-in.ts";
import { newToken, tokenHash } from "../token.ts";
import { beginSignIn } from "../under-way.ts";
import { signInWords } from "../words/sign-in.ts";
import { APP_COOKIE, setCookie, SIGN_IN_COOKIE, STATE_COOKIE } from "./cookies.ts";
import type { Desk } from "./desk.ts";
import { queryOf } from "./form.ts";
import { SIGN_IN_SECONDS } from "./sign-in-routes.ts";
import { originOf, seeOther, withNext } from "./visit.ts";

/** A state cookie outlives the sign-in that it was made for: tabs that were left open share it. */
const STATE_SECONDS = 86_400;

export function goRoute(app: FastifyInstance, desk: Desk): void {
  const { gateway } = desk;
  app.get("/go", async (request, reply) => {
    const query = queryOf(request);
    const destination = destinationOf(gateway, query.get("host"), query.get("to"), query.get("state"));
    if (destination === undefined) return desk.notFound(reply, desk.visit(request).language);
    const here = request.raw.url ?? "/go";
    const signedIn = await desk.signedIn(request);
    if (signedIn === undefined) return seeOther(reply, withNext("/sign-in", here));
    const { account, session, visit } = signedIn;
    const grants = await gateway.store.read.access.grantsOf(account.id);
    const decision = mayEnter(gateway, destination, { account, session, grants }, visit.now);
    switch (decision.outcome) {
      case "allow":
      case "public": {
        const ticket = await issueTicket(gateway, destination, session, visit.now);
        const to = encodeURIComponent(destination.target.path + destination.target.query);
        const again = query.has("again") ? "&again" : "";
        return seeOther(
          reply,
          `${destination.application.origin}/.lakat/enter?ticket=${ticket}&to=${to}${again}`,
        );
      }
      case "step-up": {
        if (decision.reason === "expired") return seeOther(reply, withNext("/confirm", here));
        const token = await beginSignIn(gateway.store.read, {
          account,
          deviceId: session.deviceId,
          sessionId: session.id,
          full: false,
          ...originOf(visit),
          now: visit.now,
        });
        return seeOther(reply, withNext("/sign-in/code", here), [
          setCookie(SIGN_IN_COOKIE, token, SIGN_IN_SECONDS),
        ]);
      }
      case "sign-in":
        return seeOther(reply, withNext("/sign-in", here));
      case "forbidden":
      case "unknown-host": {
        const reason = "reason" in decision ? decision.reason : "unknown-host";
        await refuseEntry(gateway, destination, { account, session, reason }, originOf(visit), visit.now);
        const words = signInWords(signedIn.language);
        const text = words.noAccess(destination.application.name);
        const context = { language: signedIn.language, organisation: gateway.settings.organisation };
        return desk.page(
          reply,
          messagePage(context, {
            title: words.noAccessTitle,
            text,
            kind: "bad",
            href: "/account",
            link: words.startTitle,
          }),
          403,
        );
      }
    }
  });
}

/** The application of the host that was asked, at a path of it. */
export function placeOf(desk: Desk, request: FastifyRequest, to: string) {
  const visit = desk.visit(request);
  const [application] = desk.gateway.settings.applications.on(visit.host);
  const target = pathOn(visit.host, to) ?? pathOn(visit.host, "/");
  return application === undefined || target === undefined ? undefined : { visit, application, target };
}

/** On the hosts of the applications, whatever the proxy passes below /.lakat/. */
export function hostRoutes(app: FastifyInstance, desk: Desk): void {
  const { gateway } = desk;
  const { settings } = gateway;

  app.get("/.lakat/start", (request, reply) => {
    const query = queryOf(request);
    const place = placeOf(desk, request, query.get("to") ?? "/");
    if (place === undefined) return desk.notFound(reply, settings.language);
    // One that is there is kept: the tabs of a browser share it, so that each of them gets in.
    const known = place.visit.cookie(STATE_COOKIE);
    const state = tokenHash(known) !== undefined && known !== undefined ? known : newToken().text;
    const to = encodeURIComponent(place.target.path + place.target.query);
    const again = query.has("again") ? "&again" : "";
    const location = `${settings.publicUrl}/go?host=${place.target.host}&to=${to}&state=${stateOf(state)}${again}`;
    return seeOther(reply, location, [setCookie(STATE_COOKIE, state, STATE_SECONDS)]);
  });

  app.get("/.lakat/enter", async (request, reply) => {
    const query = queryOf(request);
    const place = placeOf(desk, request, query.get("to") ?? "/");
    if (place === undefined) return desk.notFound(reply, settings.language);
    const { visit, target } = place;
    const cookie = await enter(gateway, {
      ticket: query.get("ticket"),
      state: visit.cookie(STATE_COOKIE),
      host: target.host,
      now: visit.now,
      ...originOf(visit),
    });
    const path = target.path + target.query;
    if (cookie !== undefined) return seeOther(reply, path, [setCookie(APP_COOKIE, cookie)]);
    // Another tab was quicker, or the page was loaded again: once more from the start, but not for ever.
    const start = `/.lakat/start?to=${encodeURIComponent(path)}`;
    if (!query.has("again")) return seeOther(reply, `${start}&again`);
    const words = signInWords(visit.language);
    const context = { language: visit.language, organisation: settings.organisation };
    return desk.page(
      reply,
      messagePage(context, { title: words.signIn, text: words.over, href: start, link: words.again }),
      400,
    );
  });
}
