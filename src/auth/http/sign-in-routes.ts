/** Adapter: signing in and out, over HTTP. Outcomes become pages, cookies and statuses; rules are elsewhere. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { attemptCode, sendCode, stepOf, type CodeAttempt } from "../login-code.ts";
import { attemptPassword } from "../login.ts";
import type { Begun } from "../login-session.ts";
import {
  codePage,
  confirmPage,
  enrolPage,
  messagePage,
  recoveryCodesPage,
  signInPage,
  signOutPage,
  type CodeStep,
  type SignInTrouble,
} from "../pages/sign-in.ts";
import { endSession } from "../sign-out.ts";
import { signInWords } from "../words/sign-in.ts";
import { clearCookie, DEVICE_COOKIE, SESSION_COOKIE, setCookie, SIGN_IN_COOKIE } from "./cookies.ts";
import type { Desk, SignedIn } from "./desk.ts";
import { field, queryOf } from "./form.ts";
import { refuseWhenFull } from "./refuse-when-full.ts";
import { nextPath, seeOther, type Visit } from "./visit.ts";

/** Longer than any password of 128 code points in UTF-16, however composed. */
const PASSWORD_LENGTH = 2000;
const SIGN_IN_SECONDS = 600;

export function signInRoutes(app: FastifyInstance, desk: Desk): void {
  const { gateway } = desk;
  const { organisation } = gateway.settings;

  const contextOf = (visit: Visit, next: string | undefined, subject = "") => ({
    language: visit.language,
    organisation,
    token: desk.token(subject),
    next,
  });

  const showSignIn = (
    reply: FastifyReply,
    visit: Visit,
    next: string | undefined,
    typed = "",
    trouble?: SignInTrouble,
  ): FastifyReply => {
    const status =
      trouble === undefined || trouble === "over"
        ? 200
        : trouble === "busy"
          ? 503
          : trouble === "refused"
            ? 401
            : 403;
    if (trouble === "busy") reply.header("Retry-After", "5");
    return desk.page(reply, signInPage(contextOf(visit, next), typed, trouble), status);
  };

  app.get("/sign-in", async (request, reply) => {
    const next = nextPath(queryOf(request).get("next"));
    if ((await desk.signedIn(request)) !== undefined) return seeOther(reply, next ?? "/account");
    return showSignIn(
      reply,
      desk.visit(request),
      next,
      "",
      queryOf(request).has("over") ? "over" : undefined,
    );
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
    const again = (trouble: SignInTrouble): FastifyReply => {
      if (signedIn === undefined) return showSignIn(reply, visit, next, typed, trouble);
      if (trouble === "busy") reply.header("Retry-After", "5");
      const html = confirmPage(contextOf(visit, next, signedIn.subject), signedIn.account.name, trouble);
      return desk.page(reply, html, trouble === "busy" ? 503 : trouble === "refused" ? 401 : 403);
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
    return desk.page(
      reply,
      confirmPage(contextOf(signedIn.visit, next, signedIn.subject), signedIn.account.name),
    );
  });

  app.post("/confirm", async (request, reply) => {
    const signedIn = await desk.signedIn(request);
    if (signedIn === undefined) return seeOther(reply, "/sign-in?over");
    return judge(request, reply, signedIn);
  });

  const showStep = async (
    request: FastifyRequest,
    reply: FastifyReply,
    next: string | undefined,
    said?: CodeStep["said"],
  ): Promise<FastifyReply> => {
    const visit = desk.visit(request);
    const step = await stepOf(gateway, attemptOf(visit), visit.now);
    const status = said === "refused" ? 401 : 200;
    switch (step.kind) {
      case "over":
        return goOn(request, reply, next);
      case "code":
        return desk.page(reply, codePage(contextOf(visit, next), { ...step, said }), status);
      case "enrol":
        return desk.page(
          reply,
          enrolPage(contextOf(visit, next), step.enrolment, said === "refused"),
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

  app.get("/sign-in/code", (request, reply) =>
    showStep(request, reply, nextPath(queryOf(request).get("next"))),
  );

  app.post("/sign-in/code", async (request, reply) => {
    const began = desk.options.tick();
    const visit = desk.visit(request);
    const { form, isFresh } = desk.form(request, "");
    const next = nextPath(form.get("next"));
    if (!isFresh) return showStep(request, reply, next);
    const leave = desk.options.admission.enter();
    if (leave === undefined) {
      desk.options.counted("code", "busy");
      return showSignIn(reply, visit, next, "", "busy");
    }
    let result: Awaited<ReturnType<typeof attemptCode>>;
    try {
      result = await attemptCode(gateway, { ...attemptOf(visit), code: field(form, "code", 200) });
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
        return showStep(request, reply, next, "refused");
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
  });

  app.post("/sign-in/sms", async (request, reply) => {
    const visit = desk.visit(request);
    const { form, isFresh } = desk.form(request, "");
    const next = nextPath(form.get("next"));
    if (!isFresh) return showStep(request, reply, next);
    const sent = await sendCode(gateway, attemptOf(visit));
    return sent === "over"
      ? goOn(request, reply, next)
      : showStep(request, reply, next, sent === "sent" ? "sms-sent" : "sms-refused");
  });

  app.get("/sign-out", async (request, reply) => {
    const signedIn = await desk.signedIn(request);
    if (signedIn === undefined) return seeOther(reply, "/sign-in");
    const words = signInWords(signedIn.language);
    const context = {
      ...contextOf(signedIn.visit, undefined, signedIn.subject),
      language: signedIn.language,
    };
    return desk.page(reply, signOutPage(context, "/sign-out", [{ value: "all", text: words.signOut }]));
  });

  app.post("/sign-out", async (request, reply) => {
    const signedIn = await desk.signedIn(request);
    const visit = desk.visit(request);
    const words = signInWords(visit.language);
    const { isFresh } = desk.form(request, signedIn?.subject ?? "");
    if (signedIn !== undefined && !isFresh) return seeOther(reply, "/sign-out");
    if (signedIn !== undefined) {
      const { account, session } = signedIn;
      await endSession(gateway, {
        account,
        sessionId: session.id,
        by: { kind: "account", id: account.id, name: account.name },
        reason: "signed-out",
        ...originOf(visit),
        now: visit.now,
      });
    }
    const said = messagePage(
      { language: visit.language, organisation },
      {
        title: words.signedOutTitle,
        text: words.signedOut,
        href: "/sign-in",
        link: words.signIn,
        kind: "good",
      },
    );
    return desk.page(reply, said, 200, [clearCookie(SESSION_COOKIE), clearCookie(SIGN_IN_COOKIE)]);
  });
}

export function originOf({ address, userAgent }: Visit): { address: string; userAgent: string } {
  return { address, userAgent };
}

function attemptOf(visit: Visit): Omit<CodeAttempt, "code"> {
  const tokens = { token: visit.cookie(SIGN_IN_COOKIE), sessionToken: visit.cookie(SESSION_COOKIE) };
  return { ...tokens, ...originOf(visit), now: visit.now };
}

function cookiesOf(deviceMs: number, { sessionToken, deviceToken }: Begun): string[] {
  const session = setCookie(SESSION_COOKIE, sessionToken);
  return deviceToken === undefined
    ? [session]
    : [session, setCookie(DEVICE_COOKIE, deviceToken, Math.floor(deviceMs / 1000))];
}

export function withNext(path: string, next: string | undefined): string {
  if (next === undefined) return path;
  return `${path}${path.includes("?") ? "&" : "?"}next=${encodeURIComponent(next)}`;
}
