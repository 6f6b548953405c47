/** Adapter: one's own account, over HTTP. Flows decide (own-account.ts, own-factors.ts); here they become pages. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { actorOf } from "../audit-event.ts";
import { changeLanguage, changePassword, endOtherSessions, forgetOwnDevice } from "../own-account.ts";
import { ownView } from "../own-view.ts";
import { accountPage } from "../pages/account.ts";
import { changePasswordPage, renewCodesPage } from "../pages/own-factors.ts";
import type { PasswordTrouble } from "../pages/link.ts";
import { recoveryCodesPage } from "../pages/code.ts";
import { renewRecoveryCodes } from "../own-factors.ts";
import { endSession } from "../sign-out.ts";
import { DONE, type Done } from "../words/account.ts";
import { factorRoutes } from "./factor-routes.ts";
import { grantRoutes } from "./grant-routes.ts";
import { historyRoute } from "./history-route.ts";
import { PASSWORD_LENGTH, rationPasswords, type PasswordJudge } from "./choose-password.ts";
import type { Desk } from "./desk.ts";
import { field, queryOf } from "./form.ts";
import { idOf, ownContext, ownHandlers, stopped, type OwnRequest } from "./own.ts";
import { seeOther } from "./visit.ts";

const ACCOUNT = "/account";

export function accountRoutes(app: FastifyInstance, desk: Desk, { judge }: PasswordJudge): void {
  const { gateway } = desk;
  const { look, send } = ownHandlers(desk);
  const passwords = rationPasswords(desk);

  const showAccount = async (
    { signedIn, owner, reply }: OwnRequest,
    said?: Done | "form-old",
  ): Promise<FastifyReply> => {
    const view = await ownView(gateway, owner);
    const html = accountPage(ownContext(desk, signedIn, ACCOUNT), view, said);
    return desk.page(reply, html, said === "form-old" ? 403 : 200);
  };
  const isOld = (own: OwnRequest): Promise<FastifyReply> => showAccount(own, "form-old");
  const done = (reply: FastifyReply, what: Done): FastifyReply => seeOther(reply, `${ACCOUNT}?done=${what}`);
  const gate = { page: ACCOUNT };

  app.get(
    ACCOUNT,
    look(gate, (own) => {
      const said = queryOf(own.request).get("done");
      return showAccount(
        own,
        DONE.find((word) => word === said),
      );
    }),
  );

  app.post(
    "/account/language",
    send(gate, isOld, async ({ owner, reply, form }) => {
      const answer = await changeLanguage(gateway, owner, field(form, "language"));
      if (answer === "over" || answer === "stale") return stopped(reply, answer, ACCOUNT);
      return answer === "unknown" ? seeOther(reply, ACCOUNT) : done(reply, "language");
    }),
  );

  app.post(
    "/account/sessions/end",
    send(gate, isOld, async ({ owner: { account, session, ...rest }, reply, form }) => {
      const sessionId = idOf(form);
      if (sessionId !== undefined)
        await endSession(gateway, {
          account,
          sessionId,
          by: actorOf(account),
          reason: sessionId === session.id ? "signed-out" : "ended-by-owner",
          ...rest,
        });
      return done(reply, "session");
    }),
  );

  app.post(
    "/account/sessions/end-others",
    send(gate, isOld, async ({ owner, reply }) => {
      const answer = await endOtherSessions(gateway, owner);
      return typeof answer === "number" ? done(reply, "sessions") : stopped(reply, answer, ACCOUNT);
    }),
  );

  app.post(
    "/account/devices/forget",
    send(gate, isOld, async ({ owner, reply, form }) => {
      const id = idOf(form);
      const answer = id !== undefined && (await forgetOwnDevice(gateway, owner, id));
      return typeof answer === "boolean" ? done(reply, "device") : stopped(reply, answer, ACCOUNT);
    }),
  );

  const passwordGate = { page: "/account/password", fresh: true };
  const showPassword = ({ signedIn, reply }: OwnRequest, trouble?: PasswordTrouble): FastifyReply => {
    if (trouble === "busy") reply.header("Retry-After", "5");
    const html = changePasswordPage(ownContext(desk, signedIn, ACCOUNT), signedIn.account.name, trouble);
    const status =
      trouble === undefined ? 200 : trouble === "busy" ? 503 : trouble === "form-old" ? 403 : 422;
    return desk.page(reply, html, status);
  };
  app.get(
    passwordGate.page,
    look(passwordGate, (own) => showPassword(own)),
  );
  app.post(
    passwordGate.page,
    send(
      passwordGate,
      (own) => showPassword(own, "form-old"),
      async ({ form, ...own }) => {
        const password = field(form, "password", PASSWORD_LENGTH);
        const answer = await passwords.ration(() => changePassword(gateway, judge, own.owner, password));
        if (answer === "busy") return showPassword(own, "busy");
        if (answer === "changed") return done(own.reply, "password");
        if (typeof answer === "string") return stopped(own.reply, answer, passwordGate.page);
        return showPassword(own, answer.reasons);
      },
    ),
  );

  const codesGate = { page: "/account/recovery-codes", fresh: true };
  const showCodes = async (
    { signedIn, owner, reply }: OwnRequest,
    isOldForm = false,
  ): Promise<FastifyReply> => {
    const { recoveryCodesLeft } = await gateway.store.read.factors.of(owner.account.id);
    const html = renewCodesPage(ownContext(desk, signedIn, ACCOUNT), recoveryCodesLeft, isOldForm);
    return desk.page(reply, html, isOldForm ? 403 : 200);
  };
  app.get(
    codesGate.page,
    look(codesGate, (own) => showCodes(own)),
  );
  app.post(
    codesGate.page,
    send(
      codesGate,
      (own) => showCodes(own, true),
      async ({ signedIn, owner, reply }) => {
        const codes = await renewRecoveryCodes(gateway, owner);
        if (!Array.isArray(codes)) return stopped(reply, codes, codesGate.page);
        const { language } = signedIn;
        const { organisation } = gateway.settings;
        return desk.page(reply, recoveryCodesPage({ language, organisation, next: ACCOUNT }, codes));
      },
    ),
  );

  factorRoutes(app, desk);
  grantRoutes(app, desk, isOld);
  historyRoute(app, desk);
}
