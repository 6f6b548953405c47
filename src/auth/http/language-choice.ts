/** Adapter: what the footer of a page needs for the choice of a language. */
import type { FastifyRequest } from "fastify";
import { tokenHash } from "../token.ts";
import { APP_COOKIE, readCookie, SESSION_COOKIE } from "./cookies.ts";
import { formOf } from "./form.ts";
import { nextPath, ownPath, withNext } from "./visit.ts";

/** What our own paths begin with: on the hosts of applications only what is below /.lakat is ours. */
export function baseOf({ raw }: FastifyRequest): "" | "/.lakat" {
  return raw.url?.startsWith("/.lakat/") === true ? "/.lakat" : "";
}

/** What the form's token is bound to: the session's cookie, whether it is good or not; "" for strangers. */
export function choiceSubject({ raw }: FastifyRequest, base: "" | "/.lakat"): string {
  const cookie = readCookie(raw.headers.cookie, base === "" ? SESSION_COOKIE : APP_COOKIE);
  return tokenHash(cookie)?.toString("base64url") ?? "";
}

/** The page itself where it can be asked for once more, as an answer to a form often can; else where one begins. */
export function wayBack(request: FastifyRequest, base: "" | "/.lakat"): string {
  const { url: path } = request.routeOptions;
  const asked = request.raw.url ?? "/";
  const start = base === "" ? "/account" : `${base}/sign-out`;
  if (request.method === "GET") return ownPath(asked, base) ?? start;
  if (path === undefined || !request.server.hasRoute({ method: "GET", url: path })) return start;
  const bare = ownPath(asked.replace(/\?.*$/, ""), base) ?? start;
  return withNext(bare, nextPath(formOf(request).get("next")));
}
