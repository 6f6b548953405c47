/** Adapter: one's own authenticators and phone, over HTTP. Only for who showed password and code a moment ago. */
import type { FastifyInstance, FastifyReply } from "fastify";
import {
  beginAuthenticator,
  confirmAuthenticator,
  confirmPhone,
  enrolmentUnderWay,
  mayUsePhone,
  removeAuthenticator,
  removePhone,
  sendPhoneCode,
} from "../own-factors.ts";
import {
  authenticatorsPage,
  phonePage,
  type AuthenticatorTrouble,
  type PhoneTrouble,
} from "../pages/own-factors.ts";
import type { Done } from "../words/account.ts";
import type { Desk } from "./desk.ts";
import { field } from "./form.ts";
import { idOf, ownContext, ownHandlers, stopped, type OwnHandler, type OwnRequest } from "./own.ts";
import { seeOther } from "./visit.ts";

export function factorRoutes(app: FastifyInstance, desk: Desk): void {
  const { gateway } = desk;
  const { look, send } = ownHandlers(desk);
  const done = (reply: FastifyReply, what: Done): FastifyReply => seeOther(reply, `/account?done=${what}`);

  const authenticators = { page: "/account/authenticators", fresh: true };
  const showAuthenticators = async (
    { signedIn, owner, reply }: OwnRequest,
    trouble?: AuthenticatorTrouble,
  ): Promise<FastifyReply> => {
    const { totps } = await gateway.store.read.factors.of(owner.account.id);
    const enrolment = await enrolmentUnderWay(gateway, owner);
    if (typeof enrolment === "string") return stopped(reply, enrolment, authenticators.page);
    const html = authenticatorsPage(ownContext(desk, signedIn, "/account"), { totps, enrolment }, trouble);
    return desk.page(reply, html, statusOf(trouble));
  };
  const old: OwnHandler = (own) => showAuthenticators(own, "form-old");

  app.get(
    authenticators.page,
    look(authenticators, (own) => showAuthenticators(own)),
  );

  app.post(
    authenticators.page,
    send(authenticators, old, async ({ form, ...own }) => {
      const answer = await beginAuthenticator(gateway, own.owner, field(form, "label"));
      if (answer === "over" || answer === "stale") return stopped(own.reply, answer, authenticators.page);
      return answer === "begun" ? seeOther(own.reply, authenticators.page) : showAuthenticators(own, answer);
    }),
  );

  app.post(
    "/account/authenticators/confirm",
    send(authenticators, old, async ({ form, ...own }) => {
      const answer = await confirmAuthenticator(gateway, own.owner, field(form, "code", 200));
      if (answer === "over" || answer === "stale") return stopped(own.reply, answer, authenticators.page);
      return answer === "confirmed" ? done(own.reply, "authenticator") : showAuthenticators(own, answer);
    }),
  );

  app.post(
    "/account/authenticators/remove",
    send(authenticators, old, async ({ form, ...own }) => {
      const id = idOf(form);
      const answer = id === undefined ? "gone" : await removeAuthenticator(gateway, own.owner, id);
      if (answer === "over" || answer === "stale") return stopped(own.reply, answer, authenticators.page);
      if (answer === "removed") return done(own.reply, "authenticator-removed");
      return answer === "last" ? showAuthenticators(own, "last") : seeOther(own.reply, authenticators.page);
    }),
  );

  const phone = { page: "/account/phone", fresh: true };
  const showPhone = async (
    { signedIn, owner, reply }: OwnRequest,
    { asked, trouble }: { asked?: string | undefined; trouble?: PhoneTrouble } = {},
  ): Promise<FastifyReply> => {
    const { account } = owner;
    const factors = await gateway.store.read.factors.of(account.id);
    // Only ever beside an authenticator, and where it would count.
    if (!mayUsePhone(gateway.settings, account) || factors.totps.length === 0)
      return desk.notFound(reply, signedIn.language);
    const html = phonePage(
      ownContext(desk, signedIn, "/account"),
      { phone: account.phone, confirmed: factors.phone !== undefined, asked },
      trouble,
    );
    return desk.page(reply, html, statusOf(trouble));
  };
  const oldPhone: OwnHandler = (own) => showPhone(own, { trouble: "form-old" });

  app.get(
    phone.page,
    look(phone, (own) => showPhone(own)),
  );

  app.post(
    phone.page,
    send(phone, oldPhone, async ({ form, ...own }) => {
      const answer = await sendPhoneCode(gateway, own.owner, field(form, "number"));
      if (answer === "over" || answer === "stale") return stopped(own.reply, answer, phone.page);
      if (typeof answer !== "string") return showPhone(own, { asked: answer.number });
      return showPhone(own, { trouble: answer === "number" ? "number" : "send-refused" });
    }),
  );

  app.post(
    "/account/phone/confirm",
    send(phone, oldPhone, async ({ form, ...own }) => {
      const asked = field(form, "number");
      if (!/^\+[1-9][0-9]{6,14}$/.test(asked)) return showPhone(own, { trouble: "number" });
      const answer = await confirmPhone(gateway, own.owner, asked, field(form, "code", 200));
      if (answer === "over" || answer === "stale") return stopped(own.reply, answer, phone.page);
      return answer === "confirmed"
        ? done(own.reply, "phone")
        : showPhone(own, { asked, trouble: "code-refused" });
    }),
  );

  app.post(
    "/account/phone/remove",
    send(phone, oldPhone, async ({ owner, reply }) => {
      const answer = await removePhone(gateway, owner);
      return answer === "removed" ? done(reply, "phone-removed") : stopped(reply, answer, phone.page);
    }),
  );
}

function statusOf(trouble: AuthenticatorTrouble | PhoneTrouble | undefined): number {
  if (trouble === undefined) return 200;
  return trouble === "form-old" ? 403 : trouble === "refused" || trouble === "code-refused" ? 401 : 422;
}
