/**
 * Adapter: the pages behind links in mails, over HTTP. GET only looks, since mail scanners open links; POST uses the
 * link up. The link's secret stands in the path and in no log. Nobody is signed in by a link.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { askReset, type AdmitReset } from "../ask-reset.ts";
import { laneAddress } from "../client-address.ts";
import { lanesOfReset } from "../lane.ts";
import { LINK_PATH, lookAtLink } from "../links.ts";
import { lockEvents } from "../login.ts";
import { sayNotMe } from "../not-me.ts";
import { forgottenPage, notMePage, passwordLinkPage, type PasswordTrouble } from "../pages/link.ts";
import { messagePage } from "../pages/sign-in.ts";
import { redeemLink } from "../redeem-link.ts";
import { linkWords } from "../words/link.ts";
import { PASSWORD_LENGTH, rationPasswords, type PasswordJudge } from "./choose-password.ts";
import { clearCookie, SESSION_COOKIE, SIGN_IN_COOKIE } from "./cookies.ts";
import type { Desk } from "./desk.ts";
import { field } from "./form.ts";

import { originOf, type Visit } from "./visit.ts";

type LinkRequest = FastifyRequest<{ Params: { token: string } }>;
type PasswordKind = "invitation" | "reset";

export function linkRoutes(app: FastifyInstance, desk: Desk, { judge }: PasswordJudge): void {
  const { gateway } = desk;
  const { organisation } = gateway.settings;
  const passwords = rationPasswords(desk);

  const contextOf = ({ language }: Visit) => ({ language, organisation, token: desk.token("") });

  const showOver = (reply: FastifyReply, visit: Visit, kind: PasswordKind | "not-me"): FastifyReply => {
    const words = linkWords(visit.language);
    const text = {
      invitation: words.invitationOver,
      reset: words.resetOver,
      "not-me": words.notMeOver,
    }[kind];
    const on =
      kind === "reset"
        ? { href: "/forgotten", link: words.forgottenTitle }
        : { href: "/sign-in", link: words.goSignIn };
    return desk.page(
      reply,
      messagePage(contextOf(visit), { title: words.overTitle, text, kind: "bad", ...on }),
      410,
    );
  };

  const showOther = (reply: FastifyReply, visit: Visit, signedInAs: string): FastifyReply => {
    const words = linkWords(visit.language);
    const message = {
      title: words.otherTitle,
      text: words.other(signedInAs),
      kind: "bad" as const,
      href: "/sign-out",
      link: words.signOut,
    };
    return desk.page(reply, messagePage(contextOf(visit), message), 403);
  };

  const showPassword = async (
    request: LinkRequest,
    reply: FastifyReply,
    kind: PasswordKind,
    trouble?: PasswordTrouble,
  ): Promise<FastifyReply> => {
    const visit = desk.visit(request);
    const { token } = request.params;
    const seen = await lookAtLink(gateway.store, kind, token, visit.now);
    if (seen === undefined) return showOver(reply, visit, kind);
    const signedIn = await desk.signedIn(request);
    if (signedIn !== undefined && signedIn.account.id !== seen.account.id)
      return showOther(reply, visit, signedIn.account.name);
    if (trouble === "busy") reply.header("Retry-After", "5");
    const { name } = seen.account;
    const html = passwordLinkPage(
      contextOf(visit),
      { kind, action: `${LINK_PATH[kind]}${token}`, name },
      trouble,
    );
    const status =
      trouble === undefined ? 200 : trouble === "busy" ? 503 : trouble === "form-old" ? 403 : 422;
    return desk.page(reply, html, status);
  };

  const setPassword = async (
    request: LinkRequest,
    reply: FastifyReply,
    kind: PasswordKind,
  ): Promise<FastifyReply> => {
    const visit = desk.visit(request);
    const { form, isFresh } = desk.form(request, "");
    if (!isFresh) return showPassword(request, reply, kind, "form-old");
    const signedIn = await desk.signedIn(request);
    const redeemed = await passwords.ration(() =>
      redeemLink(
        gateway,
        { judge, hasher: gateway.hasher },
        {
          kind,
          token: request.params.token,
          password: field(form, "password", PASSWORD_LENGTH),
          signedInAs: signedIn?.account.id,
          from: originOf(visit),
          now: visit.now,
        },
      ),
    );
    if (redeemed === "busy") return showPassword(request, reply, kind, "busy");
    if ("account" in redeemed) {
      const words = linkWords(visit.language);
      const on = { href: "/sign-in", link: words.goSignIn };
      const message = {
        title: words.setTitle,
        text: words.set,
        kind: "good" as const,
        ...on,
        isAnswer: true,
      };
      const gone = [clearCookie(SESSION_COOKIE), clearCookie(SIGN_IN_COOKIE)];
      return desk.page(reply, messagePage(contextOf(visit), message), 200, gone);
    }
    switch (redeemed.refused) {
      case "link-over":
        return showOver(reply, visit, kind);
      case "another-account":
        return showOther(reply, visit, signedIn?.account.name ?? "");
      case "password":
        return showPassword(request, reply, kind, redeemed.reasons);
    }
  };

  for (const kind of ["invitation", "reset"] as const) {
    app.get<{ Params: { token: string } }>(`${LINK_PATH[kind]}:token`, (request, reply) =>
      showPassword(request, reply, kind),
    );
    app.post<{ Params: { token: string } }>(`${LINK_PATH[kind]}:token`, (request, reply) =>
      setPassword(request, reply, kind),
    );
  }

  app.get("/forgotten", (request, reply) => desk.page(reply, forgottenPage(contextOf(desk.visit(request)))));

  app.post("/forgotten", async (request, reply) => {
    const began = desk.options.tick();
    const visit = desk.visit(request);
    const { form, isFresh } = desk.form(request, "");
    const typed = field(form, "name", 1000);
    const again = (trouble: "busy" | "form-old", status: number): FastifyReply =>
      desk.page(reply, forgottenPage(contextOf(visit), typed, trouble), status);
    if (!isFresh) return again("form-old", 403);
    const leave = desk.options.admission.enter();
    if (leave === undefined) return again("busy", 503).header("Retry-After", "5");
    try {
      await askReset(gateway, admitFrom(visit), { typed, from: originOf(visit), now: visit.now });
    } finally {
      leave();
    }
    // Whoever has an account costs a few writes more: the answer does not show it.
    await desk.evenOut(began, false);
    const words = linkWords(visit.language);
    const message = {
      title: words.sentTitle,
      text: words.sent,
      href: "/sign-in",
      link: words.backToSignIn,
      isAnswer: true,
    };
    return desk.page(reply, messagePage(contextOf(visit), message));
  });

  /** Counted before anything is looked at; who is refused hears the same as everybody. */
  const admitFrom =
    ({ address, now }: Visit): AdmitReset =>
    async (whom) => {
      const consumed = await gateway.lanes.consume(lanesOfReset(laneAddress(address), whom));
      if (!consumed.allowed && consumed.newlyLocked.length > 0)
        await gateway.store.transact(async ({ accounts, audit }) => {
          const account = "accountId" in whom ? await accounts.byId(whom.accountId) : undefined;
          for (const event of lockEvents(consumed, account, { address, now })) await audit.append(event);
        });
      return consumed.allowed;
    };

  app.get<{ Params: { token: string } }>(`${LINK_PATH["not-me"]}:token`, (request, reply) =>
    showNotMe(request, reply),
  );

  const showNotMe = async (
    request: LinkRequest,
    reply: FastifyReply,
    isOld = false,
  ): Promise<FastifyReply> => {
    const visit = desk.visit(request);
    const { token } = request.params;
    const seen = await lookAtLink(gateway.store, "not-me", token, visit.now);
    if (seen === undefined) return showOver(reply, visit, "not-me");
    const html = notMePage(contextOf(visit), {
      action: `${LINK_PATH["not-me"]}${token}`,
      device: seen.link.browser,
      isOld,
    });
    return desk.page(reply, html, isOld ? 403 : 200);
  };

  app.post<{ Params: { token: string } }>(`${LINK_PATH["not-me"]}:token`, async (request, reply) => {
    const visit = desk.visit(request);
    const { isFresh } = desk.form(request, "");
    if (!isFresh) return showNotMe(request, reply, true);
    const said = await sayNotMe(gateway, {
      token: request.params.token,
      from: originOf(visit),
      now: visit.now,
    });
    if (!said) return showOver(reply, visit, "not-me");
    const words = linkWords(visit.language);
    const message = {
      title: words.notMeDoneTitle,
      text: words.notMeDone,
      kind: "good" as const,
      isAnswer: true,
    };
    return desk.page(reply, messagePage(contextOf(visit), message));
  });
}
