/**
 * Adapter: what routes for somebody signed in share: who asks, a form that counts, and where to go when the session is
 * over or password and code have to be shown again.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isFreshlyAuthenticated, type Owner, type Stopped } from "../own-account.ts";
import type { OwnContext } from "../pages/account.ts";
import { menuOf } from "../pages/menu.ts";
import { field, type Form } from "./form.ts";
import type { Desk, SignedIn } from "./desk.ts";
import { originOf, seeOther, withNext } from "./visit.ts";

export interface OwnRequest {
  signedIn: SignedIn;
  owner: Owner;
  request: FastifyRequest;
  reply: FastifyReply;
}

export type OwnHandler = (own: OwnRequest) => Promise<FastifyReply> | FastifyReply;
export type OwnFormHandler = (own: OwnRequest & { form: Form }) => Promise<FastifyReply> | FastifyReply;

/** `page`: where to come back to. `fresh`: only for who showed password and second factor a moment ago. */
export interface OwnGate {
  page: string;
  fresh?: boolean;
}

/** Handlers behind a session. Somebody else goes to the sign-in page, a stale session to /confirm. */
export function ownHandlers(desk: Desk) {
  const enter = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { page, fresh = false }: OwnGate,
  ): Promise<OwnRequest | FastifyReply> => {
    const signedIn = await desk.signedIn(request);
    if (signedIn === undefined) return seeOther(reply, withNext("/sign-in", page));
    const { account, session, visit } = signedIn;
    if (fresh && !isFreshlyAuthenticated(session, visit.now))
      return seeOther(reply, withNext("/confirm", page));
    return {
      signedIn,
      owner: { account, session, ...originOf(visit), now: visit.now },
      request,
      reply,
    };
  };

  return {
    look:
      (gate: OwnGate, handler: OwnHandler) =>
      async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
        const entered = await enter(request, reply, gate);
        return "owner" in entered ? handler(entered) : entered;
      },

    /** `old` shows the page again, when its form token is too old or of another session. */
    send:
      (gate: OwnGate, old: OwnHandler, handler: OwnFormHandler) =>
      async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
        const entered = await enter(request, reply, gate);
        if (!("owner" in entered)) return entered;
        const { form, isFresh } = desk.form(request, entered.signedIn.subject);
        return isFresh ? handler({ ...entered, form }) : old(entered);
      },
  };
}

/** Where to go when a flow was stopped. */
export function stopped(reply: FastifyReply, why: Stopped, page: string): FastifyReply {
  return seeOther(reply, why === "stale" ? withNext("/confirm", page) : "/sign-in?over");
}

/** What pages of somebody signed in are made with; `here` is the entry of the menu. */
export function ownContext(desk: Desk, { account, language, subject }: SignedIn, here: string): OwnContext {
  const { organisation, timeZone, applications, more } = desk.gateway.settings;
  return {
    language,
    organisation,
    timeZone,
    token: desk.token(subject),
    menu: menuOf(applications, account, here, more),
  };
}

/** An id that a form carries, or undefined for what can be none: PostgreSQL would reject it. */
export function idOf(form: Form, name = "id"): string | undefined {
  const id = field(form, name, 100);
  return isId(id) ? id : undefined;
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
