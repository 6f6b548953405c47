/** Adapter: signing in, over HTTP. Outcomes become pages, cookies and statuses; rules are elsewhere. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { attemptCode, sendCode, stepOf, type CodeResult, type FactorAttempt } from "../login-code.ts";
import { attemptPasskey } from "../login-passkey.ts";
import { attemptPassword } from "../login.ts";
import type { Begun } from "../login-session.ts";
import { codePage, enrolPage, recoveryCodesPage, type CodeStep } from "../pages/code.ts";
import { confirmPage, signInPage, type OtherWays, type SignInTrouble } from "../pages/sign-in.ts";
import { MOST_ANSWER } from "../passkey.ts";
import { SIGN_IN_MS } from "../settings.ts";
import { tokenHash } from "../token.ts";
import { PASSWORD_LENGTH } from "./choose-password.ts";
import {
  clearCookie,
  DEVICE_COOKIE,
  LINK_COOKIE,
  SESSION_COOKIE,
  setCookie,
  SIGN_IN_COOKIE,
} from "./cookies.ts";
import type { Desk, SignedIn } from "./desk.ts";
import { field, queryOf, type Form } from "./form.ts";
import { refuseWhenFull } from "./refuse-when-full.ts";
import { nextPath, originOf, seeOther, withNext, type Visit } from "./visit.ts";

/** How long its cookie lives. */
export const SIGN_IN_SECONDS = SIGN_IN_MS / 1000;

const STATUS: Record<SignInTrouble, number> = {
  over: 200,
  refused: 401,
  "form-old": 403,
  busy: 503,
  with: 401,
};

export function signInRoutes(app: FastifyInstance, desk: Desk): void {
  const { gateway } = desk;
  const { organisation } = gateway.settings;

  const contextOf = (visit: Pick<Visit, "language">, next: string | undefined, subject = "") => ({
    language: visit.language,
    organisation,
    token: desk.token(subject),
    next,
  });

  /** The buttons, and whether the browser brings somebody who waits to be linked. */
  const otherWays = async (visit: Visit, wantsLink: boolean): Promise<OtherWays> => {
    const { providers = [] } = gateway;
    const hash = wantsLink && providers.length > 0 ? tokenHash(visit.cookie(LINK_COOKIE)) : undefined;
    const pending = hash && (await gateway.store.read.identities.held(hash, visit.now));
    return { providers, link: providers.find(({ name }) => name === pending?.provider)?.label };
  };

  const showSignIn = async (
    reply: FastifyReply,
    visit: Visit,
    next: string | undefined,
    typed = "",
    trouble?: SignInTrouble,
    wantsLink = false,
  ): Promise<FastifyReply> => {
    if (trouble === "busy") reply.header("Retry-After", "5");
    const status = trouble === undefined ? 200 : STATUS[trouble];
    return desk.page(
      reply,
      signInPage(contextOf(visit, next), typed, trouble, await otherWays(visit, wantsLink)),
      status,
    );
  };

  app.get("/sign-in", async (request, reply) => {
    const next = nextPath(queryOf(request).get("next"));
    if ((await desk.signedIn(request)) !== undefined) return seeOther(reply, next ?? "/account");
    const query = queryOf(request);
    const trouble = query.has("over") ? "over" : query.has("with-refused") ? "with" : undefined;
    return showSignIn(reply, desk.visit(request), next, "", trouble, query.has("link"));
  });

  /** Name and password, of a stranger or of somebody who confirms a session. */
  const judge = async (
    request: FastifyRequest,
    reply: FastifyReply,
    signedIn: SignedIn | undefined,
  ): Promise<FastifyReply> => {
    const began = desk.options.tick();
    const visit = desk.visit(request);
    const { form, isFresh } = desk.form(request, signedIn?.subject ?? "");
    const next = nextPath(form.get("next"));
    const typed = field(form, "name", 1000);
    const wantsLink = form.has("link");
    const again = async (trouble: SignInTrouble): Promise<FastifyReply> => {
      if (signedIn === undefined) return showSignIn(reply, visit, next, typed, trouble, wantsLink);
      if (trouble === "busy") reply.header("Retry-After", "5");
      const html = confirmPage(contextOf(signedIn, next, signedIn.subject), signedIn.account.name, trouble);
      return desk.page(reply, html, STATUS[trouble]);
    };
    if (!isFresh) return again("form-old");
    const leave = desk.options.admission.enter();
    if (leave === undefined) {
      desk.options.counted("password", "busy");
      return again("busy");
    }
    let result: Awaited<ReturnType<typeof attemptPassword>>;
    try {
      result = await attemptPassword(gateway, {
        identifier: signedIn?.account.name ?? typed,
        password: field(form, "password", PASSWORD_LENGTH),
        deviceToken: visit.cookie(DEVICE_COOKIE),
        session: signedIn?.session,
        linkToken: wantsLink ? visit.cookie(LINK_COOKIE) : undefined,
        address: visit.address,
        userAgent: visit.userAgent,
        now: visit.now,
      });
    } catch (error) {
      desk.options.counted("password", "failed");
      throw error;
    } finally {
      leave();
    }
    const { kind } = result;
    desk.options.counted("password", kind === "code" || kind === "session" ? "right" : kind);
    switch (result.kind) {
      case "busy":
        return again("busy");
      case "refused":
        await desk.evenOut(began, result.hashed);
        return again("refused");
      case "code":
        return seeOther(reply, withNext("/sign-in/code", next), [
          setCookie(SIGN_IN_COOKIE, result.token, SIGN_IN_SECONDS),
        ]);
      case "session":
        return seeOther(reply, next ?? "/account", cookiesOf(gateway.settings.deviceMs, result.begun));
    }
  };

  app.post("/sign-in", { onRequest: refuseWhenFull(desk) }, (request, reply) =>
    judge(request, reply, undefined),
  );

  app.get("/confirm", async (request, reply) => {
    const next = nextPath(queryOf(request).get("next"));
    const signedIn = await desk.signedIn(request);
    if (signedIn === undefined) return seeOther(reply, withNext("/sign-in", next));
    return desk.page(reply, confirmPage(contextOf(signedIn, next, signedIn.subject), signedIn.account.name));
  });

  app.post("/confirm", async (request, reply) => {
    const signedIn = await desk.signedIn(request);
    if (signedIn === undefined) return seeOther(reply, "/sign-in?over");
    return judge(request, reply, signedIn);
  });

  /** Whoever confirms a session is spoken to in the language of the account, like before. */
  const stepContext = async (request: FastifyRequest, next: string | undefined) =>
    contextOf((await desk.signedIn(request)) ?? desk.visit(request), next);

  const showStep = async (
    request: FastifyRequest,
    reply: FastifyReply,
    next: string | undefined,
    { by, said }: { by?: string | undefined; said?: CodeStep["said"] } = {},
  ): Promise<FastifyReply> => {
    const visit = desk.visit(request);
    const step = await stepOf(gateway, attemptOf(visit), visit.now);
    const status = said === "refused" || said === "passkey-refused" ? 401 : 200;
    switch (step.kind) {
      case "over":
        return goOn(request, reply, next);
      case "code":
        return desk.page(
          reply,
          codePage(await stepContext(request, next), {
            ...step,
            by: step.kinds.find((kind) => kind !== "passkey" && kind === by) as CodeStep["by"],
            said,
          }),
          status,
        );
      case "enrol":
        return desk.page(
          reply,
          enrolPage(await stepContext(request, next), step.enrolment, said === "refused"),
          status,
        );
    }
  };

  /** No sign-in is under way: it was finished in another tab, or it is over. */
  const goOn = async (
    request: FastifyRequest,
    reply: FastifyReply,
    next: string | undefined,
  ): Promise<FastifyReply> => {
    const signedIn = await desk.signedIn(request);
    const gone = [clearCookie(SIGN_IN_COOKIE)];
    return signedIn === undefined
      ? seeOther(reply, withNext("/sign-in?over", next), gone)
      : seeOther(reply, next ?? "/account", gone);
  };

  app.get("/sign-in/code", (request, reply) => {
    const query = queryOf(request);
    const said = query.has("no-sms") ? "sms-refused" : undefined;
    return showStep(request, reply, nextPath(query.get("next")), { by: query.get("by"), said });
  });

  /** A second factor, of whichever kind `attempt` judges. */
  const judgeFactor = async (
    request: FastifyRequest,
    reply: FastifyReply,
    refused: "refused" | "passkey-refused",
    attempt: (visit: Visit, form: Form) => Promise<CodeResult>,
  ): Promise<FastifyReply> => {
    const began = desk.options.tick();
    const visit = desk.visit(request);
    const { form, isFresh } = desk.form(request, "");
    const next = nextPath(form.get("next"));
    if (!isFresh) return showStep(request, reply, next);
    // Its script had nothing to send: the page was open for too long.
    if (refused === "passkey-refused" && field(form, "answer", MOST_ANSWER) === "")
      return showStep(request, reply, next, { said: "passkey-again" });
    const leave = desk.options.admission.enter();
    if (leave === undefined) {
      desk.options.counted("code", "busy");
      return showSignIn(reply, visit, next, "", "busy");
    }
    let result: CodeResult;
    try {
      result = await attempt(visit, form);
    } catch (error) {
      desk.options.counted("code", "failed");
      throw error;
    } finally {
      leave();
    }
    if (result.kind !== "over") desk.options.counted("code", result.kind === "refused" ? "refused" : "right");
    const over = clearCookie(SIGN_IN_COOKIE);
    switch (result.kind) {
      case "over":
        return goOn(request, reply, next);
      case "refused":
        await desk.evenOut(began, true);
        return showStep(request, reply, next, { by: form.get("by"), said: refused });
      case "confirmed":
        return seeOther(reply, next ?? "/account", [setCookie(SESSION_COOKIE, result.sessionToken), over]);
      case "session": {
        const cookies = [...cookiesOf(gateway.settings.deviceMs, result.begun), over];
        if (result.recoveryCodes === undefined) return seeOther(reply, next ?? "/account", cookies);
        return desk.page(
          reply,
          recoveryCodesPage({ language: visit.language, organisation, next }, result.recoveryCodes),
          200,
          cookies,
        );
      }
    }
  };

  app.post("/sign-in/code", (request, reply) =>
    judgeFactor(request, reply, "refused", (visit, form) =>
      attemptCode(gateway, { ...attemptOf(visit), code: field(form, "code", 200) }),
    ),
  );

  app.post("/sign-in/passkey", (request, reply) =>
    judgeFactor(request, reply, "passkey-refused", (visit, form) =>
      attemptPasskey(gateway, { ...attemptOf(visit), answer: field(form, "answer", MOST_ANSWER) }),
    ),
  );

  app.post("/sign-in/sms", async (request, reply) => {
    const visit = desk.visit(request);
    const { form, isFresh } = desk.form(request, "");
    const next = nextPath(form.get("next"));
    if (!isFresh) return showStep(request, reply, next);
    const sent = await sendCode(gateway, attemptOf(visit));
    if (sent === "over") return goOn(request, reply, next);
    // A page that is loaded again must not send one more.
    return seeOther(reply, withNext(`/sign-in/code?by=sms${sent === "sent" ? "" : "&no-sms"}`, next));
  });
}

function attemptOf(visit: Visit): FactorAttempt {
  const tokens = { token: visit.cookie(SIGN_IN_COOKIE), sessionToken: visit.cookie(SESSION_COOKIE) };
  return { ...tokens, ...originOf(visit), now: visit.now };
}

/** What the browser of a session that begins gets. */
export function cookiesOf(deviceMs: number, { sessionToken, deviceToken }: Begun): string[] {
  const session = setCookie(SESSION_COOKIE, sessionToken);
  return deviceToken === undefined
    ? [session]
    : [session, setCookie(DEVICE_COOKIE, deviceToken, Math.floor(deviceMs / 1000))];
}
