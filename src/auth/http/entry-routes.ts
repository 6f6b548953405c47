/** Adapter: the way into the applications, on the login host (/go) and on their own hosts (/.lakat/…). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { beginStepUp, destinationOf, enter, issueTicket, mayEnter, pathOn, stateOf } from "../entry.ts";
import { messagePage, signOutPage } from "../pages/sign-in.ts";
import { endSession } from "../sign-out.ts";
import { newToken, tokenHash } from "../token.ts";
import { signInWords } from "../words/sign-in.ts";
import { APP_COOKIE, clearCookie, setCookie, SIGN_IN_COOKIE, STATE_COOKIE } from "./cookies.ts";
import type { Desk } from "./desk.ts";
import { formOf, queryOf } from "./form.ts";
import { originOf, withNext } from "./sign-in-routes.ts";
import { seeOther } from "./visit.ts";

const SIGN_IN_SECONDS = 600;
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
        const token = await beginStepUp(gateway, account, session, originOf(visit), visit.now);
        return seeOther(reply, withNext("/sign-in/code", here), [
          setCookie(SIGN_IN_COOKIE, token, SIGN_IN_SECONDS),
        ]);
      }
      case "sign-in":
        return seeOther(reply, withNext("/sign-in", here));
      case "forbidden":
      case "unknown-host": {
        await gateway.store.transact(({ audit }) =>
          audit.append({
            at: visit.now,
            event: "access.refused",
            outcome: "failure",
            actor: { kind: "account", id: account.id, name: account.name },
            account: { id: account.id, name: account.name },
            ...originOf(visit),
            sessionId: session.id,
            application: destination.application.name,
            reason: "reason" in decision ? decision.reason : "unknown-host",
          }),
        );
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

/** On the hosts of the applications, whatever the proxy passes below /.lakat/. */
export function hostRoutes(app: FastifyInstance, desk: Desk): void {
  const { gateway } = desk;
  const { settings } = gateway;

  /** The application of the host that was asked, at a path of it. */
  const there = (request: FastifyRequest, to: string) => {
    const visit = desk.visit(request);
    const [application] = settings.applications.on(visit.host);
    const target = pathOn(visit.host, to) ?? pathOn(visit.host, "/");
    return application === undefined || target === undefined ? undefined : { visit, application, target };
  };

  app.get("/.lakat/start", (request, reply) => {
    const query = queryOf(request);
    const place = there(request, query.get("to") ?? "/");
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
    const place = there(request, query.get("to") ?? "/");
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

  app.get("/.lakat/sign-out", (request, reply) => {
    const place = there(request, "/");
    const cookie = tokenHash(place?.visit.cookie(APP_COOKIE));
    if (place === undefined || cookie === undefined) return seeOther(reply, settings.publicUrl);
    const { language } = place.visit;
    const words = signInWords(language);
    const context = {
      language,
      organisation: settings.organisation,
      next: undefined,
      token: desk.token(cookie.toString("base64url")),
    };
    const where = [
      { value: "all", text: words.signOutEverywhere },
      { value: "here", text: words.signOutHere(place.application.name) },
    ];
    return desk.page(reply, signOutPage(context, "/.lakat/sign-out", where));
  });

  app.post("/.lakat/sign-out", async (request, reply) => {
    const place = there(request, "/");
    const cookie = tokenHash(place?.visit.cookie(APP_COOKIE));
    if (place === undefined || cookie === undefined) return seeOther(reply, settings.publicUrl);
    const { visit, application } = place;
    const { isFresh } = desk.form(request, cookie.toString("base64url"), application.origin);
    if (!isFresh) return seeOther(reply, "/.lakat/sign-out");
    const facts = await gateway.store.read.access.byAppToken(cookie);
    if (facts !== undefined) {
      const { id, name } = facts.account;
      const by = { kind: "account", id, name } as const;
      const ending = {
        account: { id, name },
        sessionId: facts.session.id,
        by,
        ...originOf(visit),
        now: visit.now,
      };
      if (formOf(request).get("what") === "here") await endPresence(cookie, visit.host, ending);
      else await endSession(gateway, { ...ending, reason: "signed-out" });
    }
    return signedOut(reply, visit.language);
  });

  const endPresence = async (
    cookie: Buffer,
    host: string,
    ending: Omit<Parameters<typeof endSession>[1], "reason">,
  ): Promise<void> => {
    const { account, sessionId, by, address, userAgent, now } = ending;
    await gateway.store.transact(async (tx) => {
      if ((await tx.sessions.endApp(cookie, host, now)) === undefined) return;
      const event = {
        at: now,
        event: "sign-out",
        outcome: "success",
        actor: by,
        account,
        address,
        userAgent,
        sessionId,
        application: host,
      } as const;
      await tx.changes.record(await tx.audit.append(event), { sessionId }, now);
    });
  };

  const signedOut = (reply: FastifyReply, language: Parameters<typeof signInWords>[0]): FastifyReply => {
    const words = signInWords(language);
    const context = { language, organisation: settings.organisation };
    const said = messagePage(context, {
      title: words.signedOutTitle,
      text: words.signedOut,
      href: "/",
      link: words.signIn,
      kind: "good",
    });
    return desk.page(reply, said, 200, [clearCookie(APP_COOKIE)]);
  };
}
