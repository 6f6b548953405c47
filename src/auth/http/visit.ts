/** Adapter: who asks, from where, in which language, as far as a request may be believed. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { LANGUAGES } from "../account-name.ts";
import { clientAddress, type TrustedProxies } from "../client-address.ts";
import type { Language } from "../settings.ts";
import { ClientError } from "./client-error.ts";
import { LANGUAGE_COOKIE, readCookie } from "./cookies.ts";

export interface Visit {
  address: string;
  userAgent: string;
  language: Language;
  /** The host that was asked for, lower case, without port. */
  host: string;
  now: Date;
  cookie(name: string): string | undefined;
}

/** Throws ClientError 400 for a request whose origin cannot be told. */
export function visitOf(
  { raw }: FastifyRequest,
  { proxies, now, fallback }: { proxies: TrustedProxies; now: () => Date; fallback: Language },
): Visit {
  const { headers } = raw;
  const forwarded = headers["x-forwarded-for"];
  const peer = raw.socket.remoteAddress ?? "";
  const address = clientAddress(peer, Array.isArray(forwarded) ? forwarded.join(",") : forwarded, proxies);
  if (address === undefined) throw new ClientError(400, "the address of the client cannot be read");
  const host = /^([a-z0-9._-]+)(:\d{1,5})?$/.exec(headers.host?.toLowerCase() ?? "")?.[1];
  // Node.js takes the first of several; what stands in front of us may have taken another (RFC 9112, 3.2).
  if (host === undefined || raw.headersDistinct["host"]?.length !== 1)
    throw new ClientError(400, "the host cannot be read");
  const chosen = LANGUAGES.find((language) => language === readCookie(headers.cookie, LANGUAGE_COOKIE));
  return {
    address,
    userAgent: headers["user-agent"] ?? "",
    language: chosen ?? languageOf(headers["accept-language"], fallback),
    host,
    now: now(),
    cookie: (name) => readCookie(headers.cookie, name),
  };
}

/** The best of what a browser prefers and we speak (RFC 9110, 12.5.4). */
export function languageOf(accepted: string | undefined, fallback: Language): Language {
  const wanted = (accepted ?? "")
    .slice(0, 200)
    .split(",")
    .map((part) => {
      const [tag = "", q] = part.trim().split(/\s*;\s*q=/i);
      return { language: tag.toLowerCase().split("-")[0], q: q === undefined ? 1 : Number(q) || 0 };
    })
    .filter((one): one is { language: Language; q: number } => isLanguage(one.language) && one.q > 0)
    .sort((a, b) => b.q - a.q);
  return wanted[0]?.language ?? fallback;
}

function isLanguage(text: string | undefined): text is Language {
  return LANGUAGES.some((language) => language === text);
}

/** Redirects after a form, or onward. Only paths of this host, and addresses that were built from the configuration. */
export function seeOther(reply: FastifyReply, location: string, cookies: string[] = []): FastifyReply {
  if (cookies.length > 0) reply.header("Set-Cookie", cookies);
  return reply.code(303).header("Location", location).send();
}

/** Where to go on after a sign-in: a path of the login host that is one of ours, or undefined. Pure. */
export function nextPath(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 9000) return undefined;
  return /^\/(account|admin|backups|grants|go)([/?][!-[\]-~]*)?$/.test(text) &&
    !text.includes("//") &&
    !/[\u0000-\u0020"<>\\]/.test(text)
    ? text
    : undefined;
}

/** A path of the host that was asked, with its query, to go back to; undefined for whatever leads elsewhere. Pure. */
export function ownPath(text: string, base: "" | "/.lakat" = ""): string | undefined {
  return text.length <= 9000 && text.startsWith(`${base}/`) && /^\/(?!\/)[!-[\]-~]*$/.test(text)
    ? text
    : undefined;
}

/** Where a request comes from, for flows and the audit. */
export function originOf({ address, userAgent }: Visit): { address: string; userAgent: string } {
  return { address, userAgent };
}

/** A path of ours that leads on to `next`. */
export function withNext(path: string, next: string | undefined): string {
  if (next === undefined) return path;
  return `${path}${path.includes("?") ? "&" : "?"}next=${encodeURIComponent(next)}`;
}
