/** Adapter: grants, over HTTP: asking for one, and approving or ending those of one's own applications. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { actorOf } from "../audit-event.ts";
import { grantState, owns, type Grant, type GrantRefusal } from "../grant.ts";
import { approveGrant, GRANTS_PATH, requestGrant, revokeGrant, type GrantCall } from "../grants.ts";
import type { Owner } from "../own-account.ts";
import {
  askGrantPage,
  GRANT_HOURS,
  grantPage,
  grantsPage,
  type AskTrouble,
  type GrantSaid,
  type GrantShown,
} from "../pages/grant.ts";
import type { Desk } from "./desk.ts";
import { field, queryOf } from "./form.ts";
import { idOf, isId, ownContext, ownHandlers, type OwnHandler, type OwnRequest } from "./own.ts";
import { seeOther } from "./visit.ts";

const HOUR = 3_600_000;
/** On one page; what is older than that many open ones waits. */
const MOST = 100;

/** `old`: shows the account's page for a form of it that is too old. */
export function grantRoutes(app: FastifyInstance, desk: Desk, old: OwnHandler): void {
  const { gateway } = desk;
  const { settings, store } = gateway;
  const { look, send } = ownHandlers(desk);

  const owned = ({ account }: Owner): string[] =>
    settings.applications.all.filter((application) => owns(application, account)).map(({ name }) => name);

  const show = async (grants: readonly Grant[], { account, now }: Owner): Promise<GrantShown[]> => {
    const names = new Map<string, string>();
    const nameOf = async (id: string): Promise<string> => {
      const known = names.get(id) ?? (await store.read.accounts.byId(id))?.name ?? "–";
      names.set(id, known);
      return known;
    };
    const shown: GrantShown[] = [];
    for (const grant of grants) {
      const asker = /^account:(.+)$/.exec(grant.requestedBy)?.[1];
      shown.push({
        ...grant,
        state: grantState(grant, now),
        forWhom: await nameOf(grant.accountId),
        askedBy: asker === undefined ? grant.requestedBy : await nameOf(asker),
        own: grant.accountId === account.id || asker === account.id,
      });
    }
    return shown;
  };

  app.get(
    GRANTS_PATH,
    look({ page: GRANTS_PATH }, async ({ signedIn, owner, reply }) => {
      const applications = owned(owner);
      const grants = await store.read.grants.list({ applications, openAt: owner.now, limit: MOST });
      const shown = await show(grants, owner);
      // What waits for somebody comes first.
      shown.sort((a, b) => Number(b.state === "requested") - Number(a.state === "requested"));
      const context = ownContext(desk, signedIn, GRANTS_PATH);
      return desk.page(reply, grantsPage(context, shown, applications.length > 0));
    }),
  );

  /** A grant of an application that is not one's own is no page of anybody's. */
  const showOne = async (
    { signedIn, owner, reply, request }: OwnRequest,
    said?: GrantSaid,
  ): Promise<FastifyReply> => {
    const { id } = request.params as { id: string };
    const grant = isId(id) ? await store.read.grants.byId(id) : undefined;
    if (grant === undefined || !owned(owner).includes(grant.application))
      return desk.notFound(reply, signedIn.language);
    const [shown] = await show([grant], owner);
    if (shown === undefined) return desk.notFound(reply, signedIn.language);
    const status = said === "form-old" ? 403 : said === "refused" ? 409 : 200;
    return desk.page(reply, grantPage(ownContext(desk, signedIn, GRANTS_PATH), shown, said), status);
  };

  app.get(
    `${GRANTS_PATH}/:id`,
    look({ page: GRANTS_PATH }, (own) => {
      const said = queryOf(own.request).get("done");
      return showOne(own, said === "approved" || said === "ended" ? said : undefined);
    }),
  );

  for (const [action, flow, done] of [
    ["approve", approveGrant, "approved"],
    ["end", revokeGrant, "ended"],
  ] as const)
    app.post(
      `${GRANTS_PATH}/:id/${action}`,
      // Whoever holds nothing but a stolen session gives nobody access.
      send(
        { page: GRANTS_PATH, fresh: action === "approve" },
        (own) => showOne(own, "form-old"),
        async (own) => {
          const { id } = own.request.params as { id: string };
          if (!isId(id)) return desk.notFound(own.reply, own.signedIn.language);
          const answer = await flow(gateway, callOf(own.owner), id);
          return "refused" in answer
            ? showOne(own, "refused")
            : seeOther(own.reply, `${GRANTS_PATH}/${id}?done=${done}`);
        },
      ),
    );

  const askable = settings.applications.all.filter(({ scopes }) => scopes.length > 0);
  const showAsking = (
    { signedIn, request, reply }: OwnRequest,
    trouble?: AskTrouble,
    typed: { reason?: string; scopes?: readonly string[] } = {},
  ): FastifyReply => {
    if (askable.length === 0) return desk.notFound(reply, signedIn.language);
    const wanted = queryOf(request).get("application");
    const application = askable.length === 1 ? askable[0] : askable.find(({ name }) => name === wanted);
    const asking = { applications: askable, application, mostHours: settings.grantMs / HOUR, ...typed };
    const html = askGrantPage(ownContext(desk, signedIn, "/account"), asking, trouble);
    return desk.page(reply, html, trouble === undefined ? 200 : trouble === "form-old" ? 403 : 422);
  };

  const access = { page: "/account/access" };
  app.get(
    access.page,
    look(access, (own) => showAsking(own)),
  );
  app.post(
    access.page,
    send(
      access,
      (own) => showAsking(own, "form-old"),
      async ({ form, ...own }) => {
        const { owner, request, reply } = own;
        const name = queryOf(request).get("application");
        const application = askable.find((one) => one.name === name);
        if (application === undefined) return seeOther(reply, access.page);
        const scopes = application.scopes.filter((scope) => form.has(`scope-${scope}`));
        const reason = field(form, "reason", 2000);
        const hours = GRANT_HOURS.find((count) => String(count) === field(form, "hours")) ?? 1;
        const endsAt = new Date(owner.now.getTime() + hours * HOUR);
        const wish = { application: application.name, scopes, reason, endsAt };
        const answer = await requestGrant(gateway, callOf(owner), owner.account.id, wish);
        return "refused" in answer
          ? showAsking(own, troubleOf(answer.refused), { reason, scopes })
          : seeOther(reply, "/account?done=grant");
      },
    ),
  );

  app.post(
    "/account/grants/end",
    send({ page: "/account" }, old, async ({ owner, reply, form }) => {
      const id = idOf(form);
      const grant = id === undefined ? undefined : await store.read.grants.byId(id);
      // Here it is one's own that are given up, whatever else one may end.
      if (id !== undefined && grant?.accountId === owner.account.id)
        await revokeGrant(gateway, callOf(owner), id);
      return seeOther(reply, "/account?done=grant-ended");
    }),
  );
}

function callOf({ account, session, address, userAgent, now }: Owner): GrantCall {
  return { by: { actor: actorOf(account), address, userAgent, sessionId: session.id }, now };
}

function troubleOf(refused: GrantRefusal | "no-account" | "no-grant"): AskTrouble {
  if (refused === "application-unknown" || refused === "scope-unknown") return "what";
  if (refused === "grant-too-many") return "many";
  return refused === "reason-invalid" ? "why" : "long";
}
