/** Adapter: the way to a provider and back, over HTTP. Without providers there is none of it. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { comeBack, leaveFor } from "../federated-login.ts";
import { unlinkIdentity } from "../own-identities.ts";
import type { Provider } from "../provider.ts";
import {
  clearCookie,
  DEVICE_COOKIE,
  LINK_COOKIE,
  setCookie,
  SIGN_IN_COOKIE,
  WITH_COOKIE,
} from "./cookies.ts";
import type { Desk } from "./desk.ts";
import { queryOf } from "./form.ts";
import { idOf, ownHandlers, stopped } from "./own.ts";
import { cookiesOf, SIGN_IN_SECONDS } from "./sign-in-routes.ts";
import { nextPath, originOf, seeOther, withNext } from "./visit.ts";

export function providerRoutes(app: FastifyInstance, desk: Desk): void {
  const { gateway } = desk;
  const { providers = [] } = gateway;
  for (const provider of providers) oneProvider(app, desk, provider);
  if (providers.length === 0) return;
  const gate = { page: "/account", fresh: true };
  const { send } = ownHandlers(desk);
  app.post(
    "/account/unlink",
    send(
      gate,
      ({ reply }) => seeOther(reply, "/account"),
      async ({ form, owner, reply }) => {
        const id = idOf(form);
        const result = id === undefined ? "gone" : await unlinkIdentity(gateway, owner, id);
        if (result === "over" || result === "stale") return stopped(reply, result, gate.page);
        return seeOther(reply, "/account");
      },
    ),
  );
}

function oneProvider(app: FastifyInstance, desk: Desk, provider: Provider): void {
  const { gateway } = desk;
  const path = `/sign-in/with/${provider.name}`;
  const refused = async (reply: FastifyReply, began: number, next?: string): Promise<FastifyReply> => {
    await desk.evenOut(began, false);
    return seeOther(reply, withNext("/sign-in?with-refused", next), [clearCookie(WITH_COOKIE)]);
  };

  app.post(path, async (request, reply) => {
    const began = desk.options.tick();
    const visit = desk.visit(request);
    const { form, isFresh } = desk.form(request, "");
    const next = nextPath(form.get("next"));
    if (!isFresh) return seeOther(reply, withNext("/sign-in", next));
    const left = await leaveFor(gateway, {
      provider,
      next,
      deviceToken: visit.cookie(DEVICE_COOKIE),
      ...originOf(visit),
      now: visit.now,
    });
    if (left === undefined) return refused(reply, began, next);
    return seeOther(reply, left.location, [setCookie(WITH_COOKIE, left.browserToken, SIGN_IN_SECONDS)]);
  });

  app.get(`${path}/back`, async (request, reply) => {
    const began = desk.options.tick();
    const visit = desk.visit(request);
    const url = request.raw.url ?? "";
    const result = await comeBack(gateway, {
      provider,
      query: url.slice(url.indexOf("?") < 0 ? url.length : url.indexOf("?")),
      state: queryOf(request).get("state"),
      browserToken: visit.cookie(WITH_COOKIE),
      deviceToken: visit.cookie(DEVICE_COOKIE),
      ...originOf(visit),
      now: visit.now,
    });
    if (result.kind === "refused") return refused(reply, began);
    const { next } = result;
    const gone = clearCookie(WITH_COOKIE);
    switch (result.kind) {
      case "session":
        return seeOther(reply, next ?? "/account", [
          ...cookiesOf(gateway.settings.deviceMs, result.begun),
          gone,
        ]);
      case "code":
        return seeOther(reply, withNext("/sign-in/code", next), [
          setCookie(SIGN_IN_COOKIE, result.token, SIGN_IN_SECONDS),
          gone,
        ]);
      case "unlinked":
        return seeOther(reply, withNext("/sign-in?link", next), [
          setCookie(LINK_COOKIE, result.token, SIGN_IN_SECONDS),
          gone,
        ]);
    }
  });
}
