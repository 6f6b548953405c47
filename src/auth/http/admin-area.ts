/**
 * Adapter: the part of the login host that only administrators reach. The guard stands before the whole area, and no
 * route can be put into it past the guard: strangers are sent to the sign-in, everybody else is told that there is
 * nothing here, and whatever changes something needs a form of ours and a second factor shown a short time ago.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isAdministrator } from "../account.ts";
import { actorOf } from "../audit-event.ts";
import type { AdminContext } from "../pages/admin-frame.ts";
import { moreLinks } from "../pages/menu.ts";
import type { Page } from "../pages/page.ts";
import { isFreshlyAuthenticated } from "../own-account.ts";
import { messagePage } from "../pages/sign-in.ts";
import type { By } from "../people.ts";
import type { Session } from "../store/sessions.ts";
import { adminWords, type AdminDone, type AdminRefusal, type AdminWords } from "../words/admin.ts";
import { signInWords } from "../words/sign-in.ts";
import type { Desk, SignedIn } from "./desk.ts";
import { formOf, queryOf, type Form } from "./form.ts";
import { nextPath, originOf, seeOther, withNext } from "./visit.ts";

/** One request of an administrator. */
export interface AdminCall {
  reply: FastifyReply;
  me: SignedIn;
  words: AdminWords;
  /** What an audit event says of who does this. */
  by: By;
  now: Date;
  query: Form;
  /** Empty for a GET. */
  form: Form;
  /** A part of the path, as the route names it. */
  param(name: string): string;
  /** For a page; `refused` says in words why nothing was done. */
  context(refused?: AdminRefusal): AdminContext;
  show(page: Page, status?: number): FastifyReply;
  /** After a change: to the page that shows it, which says what was done. */
  done(path: string, what: AdminDone): FastifyReply;
  notFound(): FastifyReply;
}

export type AdminHandler = (call: AdminCall) => FastifyReply | Promise<FastifyReply>;

export interface AdminArea {
  get(path: string, handler: AdminHandler): void;
  /** As `get`, for what a page asks for by itself: no use of the session, which ends as if nobody were there. */
  look(path: string, handler: AdminHandler): void;
  post(path: string, handler: AdminHandler): void;
}

/** What a page answers with that shows again what was not done. */
export const REFUSED_STATUS = 422;

export function adminArea(app: FastifyInstance, desk: Desk, routes: (area: AdminArea) => void): void {
  void app.register((scope, _options, ready) => {
    const known = new WeakMap<FastifyRequest, SignedIn>();
    const looks = new Set<string>();

    scope.addHook("onRequest", async (request, reply) => {
      const me = await desk.signedIn(request, !looks.has(request.routeOptions.url ?? ""));
      if (me === undefined) return seeOther(reply, withNext("/sign-in", pageOf(request)));
      if (!isAdministrator(me.account)) return desk.notFound(reply, me.language);
      // It cannot be for an administrator, whose every sign-in asks for one; should it be all the same, it is asked for.
      if (!hasSecondFactor(me.session)) return seeOther(reply, withNext("/confirm", pageOf(request)));
      known.set(request, me);
      return undefined;
    });

    scope.addHook("preHandler", async (request, reply) => {
      if (request.method === "GET") return undefined;
      const me = known.get(request);
      if (me === undefined) return desk.notFound(reply, desk.visit(request).language);
      const { subject, session, visit } = me;
      if (!desk.form(request, subject).isFresh) return desk.page(reply, formOldPage(request, me), 403);
      if (!isFreshlyAuthenticated(session, visit.now))
        return seeOther(reply, withNext("/confirm", pageOf(request)));
      return undefined;
    });

    const formOldPage = (request: FastifyRequest, { language }: SignedIn): Page => {
      const words = signInWords(language);
      const { organisation } = desk.gateway.settings;
      return messagePage(
        { language, organisation },
        {
          title: words.failedTitle,
          text: words.formOld,
          href: pageOf(request),
          link: words.again,
          kind: "bad",
        },
      );
    };

    const handled =
      (handler: AdminHandler) =>
      (request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> => {
        const me = known.get(request);
        return me === undefined
          ? desk.notFound(reply, desk.visit(request).language)
          : handler(callOf(desk, request, reply, me));
      };
    routes({
      get: (path, handler) => scope.get(path, handled(handler)),
      look(path, handler) {
        looks.add(path);
        scope.get(path, handled(handler));
      },
      post: (path, handler) => scope.post(path, handled(handler)),
    });
    ready();
  });
}

function callOf(desk: Desk, request: FastifyRequest, reply: FastifyReply, me: SignedIn): AdminCall {
  const { account, session, visit, language } = me;
  const { organisation, timeZone, more } = desk.gateway.settings;
  const words = adminWords(language);
  const query = request.method === "GET" ? queryOf(request) : new Map<string, string>();
  return {
    reply,
    me,
    words,
    by: {
      actor: actorOf(account),
      sessionId: session.id,
      ...originOf(visit),
    },
    now: visit.now,
    query,
    form: request.method === "GET" ? new Map() : formOf(request),
    param: (name) => (request.params as Partial<Record<string, string>>)[name] ?? "",
    context(refused) {
      const done = query.get("done");
      return {
        language,
        organisation,
        timeZone,
        token: desk.token(me.subject),
        mayChange: isFreshlyAuthenticated(session, visit.now),
        here: pageOf(request),
        now: visit.now,
        more: moreLinks(more ?? [], account),
        said:
          refused !== undefined
            ? { kind: "bad", text: words.refused[refused] }
            : done !== undefined && Object.hasOwn(words.done, done)
              ? { kind: "good", text: words.done[done as AdminDone] }
              : undefined,
      };
    },
    show: (page, status = 200) => desk.page(reply, page, status),
    done: (path, what) => seeOther(reply, `${path}?done=${what}`),
    notFound: () => desk.notFound(reply, language),
  };
}

function hasSecondFactor({ secondFactor, secondFactorAt }: Session): boolean {
  // SMS is not allowed to administrators; whoever became one signs in anew.
  return secondFactor !== undefined && secondFactor !== "sms" && secondFactorAt !== undefined;
}

/** The page that a request shows or, for a form, that the form stands on. */
function pageOf(request: FastifyRequest): string {
  const url = request.raw.url ?? "";
  if (request.method === "GET") return nextPath(withoutDone(url)) ?? "/admin";
  const [path = ""] = url.split("?");
  if (path === "/admin/accounts") return "/admin/accounts/new";
  return /^\/admin\/(accounts\/[0-9a-f-]{36}|locks|grants|audit)(?=\/|$)/.exec(path)?.[0] ?? "/admin";
}

/** What was done is said once. */
function withoutDone(url: string): string {
  return url.replace(/\?done=[a-z-]*$/, "");
}
