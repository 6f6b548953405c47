/**
 * Adapter: the listener for browsers. On the login host it signs in; on the hosts of applications it has /.lakat/…
 * only. Every answer carries the headers that keep a browser from doing anything else with it.
 */
import type { AssertionKeys } from "../assertion.ts";
import { messagePage } from "../pages/sign-in.ts";
import { signInWords } from "../words/sign-in.ts";
import { accountRoutes } from "./account-routes.ts";
import { adminRoutes } from "./admin-routes.ts";
import type { AuditAccess } from "./admin-audit-routes.ts";
import { assetRoutes } from "./asset-routes.ts";
import type { PasswordJudge } from "./choose-password.ts";
import { ClientError } from "./client-error.ts";
import { contentPolicy } from "./content-policy.ts";
import type { Desk } from "./desk.ts";
import { goRoute, hostRoutes } from "./entry-routes.ts";
import { acceptForms } from "./form.ts";
import { languageRoutes } from "./language-routes.ts";
import { linkRoutes } from "./link-routes.ts";
import { newListener, type Listener } from "./listener.ts";
import { passkeyRoutes } from "./passkey-routes.ts";
import { providerRoutes } from "./provider-routes.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { signOutRoutes } from "./sign-out-routes.ts";
import { seeOther } from "./visit.ts";

export interface PagesOptions {
  desk: Desk;
  keys: AssertionKeys;
  /** Hears of what went wrong on our side; the visitor hears nothing of it. */
  failed: (error: unknown) => void;
  /** This node looks for what it has to forget: what a form has ended must be over when its answer is read. */
  forget: () => Promise<void>;
  /** Judges a password that somebody wants to have. */
  judge: PasswordJudge["judge"];
  access: AuditAccess;
  /** Sees the listener before it has a route. */
  more: readonly ((app: Listener, desk: Desk) => void)[];
  /** Routes on the login host of parts that the gateway itself knows nothing of. */
  areas: readonly ((app: Listener, desk: Desk) => void)[];
}

export function pagesListener({
  desk,
  keys,
  failed,
  forget,
  judge,
  access,
  more,
  areas,
}: PagesOptions): Listener {
  const { settings } = desk.gateway;
  const listener = newListener();
  acceptForms(listener);
  for (const see of more) see(listener, desk);
  listener.addHook("onSend", async (request, reply) => {
    for (const [name, value] of SECURITY_HEADERS) if (!reply.hasHeader(name)) reply.header(name, value);
    if (request.method === "POST" && reply.statusCode < 400) await forget();
  });
  // Which host was asked decides what there is: an application's host has nothing of the login host's.
  listener.addHook("onRequest", (request, _reply, done) => {
    const { host } = desk.visit(request);
    const isEntry = request.raw.url?.startsWith("/.lakat/") === true;
    const isThere =
      host === settings.loginHost ? !isEntry : isEntry && settings.applications.on(host).length > 0;
    done(isThere ? undefined : new ClientError(404, "there is no such page on this host"));
  });
  listener.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) failed(error);
    const language = languageOf(desk, request);
    const words = signInWords(language);
    const context = { language, organisation: settings.organisation };
    if (status === 404) return desk.notFound(reply, language);
    if (status < 500)
      return desk.page(
        reply,
        messagePage(context, { title: words.failedTitle, text: words.formOld, kind: "bad" }),
        status,
      );
    reply.header("Retry-After", "5");
    return desk.page(
      reply,
      messagePage(context, { title: words.failedTitle, text: words.failed, kind: "bad" }),
      503,
    );
  });
  listener.setNotFoundHandler((request, reply) => desk.notFound(reply, languageOf(desk, request)));

  assetRoutes(listener);
  listener.get("/.well-known/jwks.json", (_request, reply) =>
    reply
      .header("Content-Type", "application/jwk-set+json")
      .header("Cache-Control", "public, max-age=300")
      .send(JSON.stringify(keys.jwks)),
  );
  listener.get("/", (_request, reply) => seeOther(reply, "/account"));
  signInRoutes(listener, desk);
  providerRoutes(listener, desk);
  goRoute(listener, desk);
  hostRoutes(listener, desk);
  signOutRoutes(listener, desk);
  languageRoutes(listener, desk);
  linkRoutes(listener, desk, { judge });
  accountRoutes(listener, desk, { judge });
  passkeyRoutes(listener, desk);
  adminRoutes(listener, desk, { ...access, failed });
  for (const routes of areas) routes(listener, desk);
  return listener;
}

function languageOf(
  desk: Desk,
  request: Parameters<Desk["visit"]>[0],
): ReturnType<Desk["visit"]>["language"] {
  try {
    return desk.visit(request).language;
  } catch {
    return desk.gateway.settings.language;
  }
}

/** What the sender is to blame for keeps its status; everything else is ours, and means that nobody gets in. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 503;
}

/** OWASP ASVS 5.0 chapter 3. A page has a policy of its own, by `desk.page`. */
const SECURITY_HEADERS = [
  ["Content-Security-Policy", contentPolicy()],
  ["Strict-Transport-Security", "max-age=31536000"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  // Links of mails and tickets stand in addresses: no other site may hear of them. Not `no-referrer`, with which
  // browsers send a form's Origin as `null`, and it is by Origin that we know our own forms.
  ["Referrer-Policy", "same-origin"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
  ["Cache-Control", "no-store"],
] as const;
