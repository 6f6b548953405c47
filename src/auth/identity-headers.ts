/**
 * The headers by which an application is told who asks. The answer always has all of them, also when empty: a header
 * that is left out would let through what the client sent under its name. Pure.
 */
import { printable } from "../markup/printable.ts";
import type { Identity } from "./forward-auth.ts";
import type { RawHeaders } from "./request-target.ts";

export const IDENTITY_HEADERS = [
  "Remote-User",
  "Remote-Name",
  "Remote-Email",
  "Remote-Groups",
  "Remote-Scopes",
  "Remote-Assertion",
] as const;
export type IdentityHeaders = Record<(typeof IDENTITY_HEADERS)[number], string>;

/** Of a public path, and of every refusal. */
export const NOBODY: Readonly<IdentityHeaders> = {
  "Remote-User": "",
  "Remote-Name": "",
  "Remote-Email": "",
  "Remote-Groups": "",
  "Remote-Scopes": "",
  "Remote-Assertion": "",
};

/**
 * The headers of an allow answer. Text is UTF-8, each byte one character, which is what Node.js writes; groups and
 * scopes are joined by commas. Throws TypeError for a group or scope that would read as two: better no answer.
 */
export function identityHeaders(identity: Identity, assertion: string): IdentityHeaders {
  return {
    "Remote-User": headerText(identity.user),
    "Remote-Name": headerText(identity.name),
    "Remote-Email": headerText(identity.email),
    "Remote-Groups": joined(identity.groups),
    "Remote-Scopes": joined(identity.scopes),
    "Remote-Assertion": assertion,
  };
}

/**
 * The first header of a request that some server would take for one of ours or of the proxies, though it has another
 * name: CGI, WSGI, PHP and others make `Remote_User` and `Remote-User` one. Such a request is refused.
 */
export function aliasIn(headers: RawHeaders): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? "";
    if (/^[a-z0-9-]+$/i.test(name)) continue;
    const plain = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-/, "");
    if (/^(remote|forwarded|x-forwarded|x-original|x-real-ip)(-|$)/.test(plain)) return name;
  }
  return undefined;
}

function headerText(text: string): string {
  return Buffer.from(printable(text.normalize("NFC")).trim(), "utf8").toString("latin1");
}

function joined(names: readonly string[]): string {
  for (const name of names)
    if (!/^[A-Za-z0-9._:/-]+$/.test(name))
      throw new TypeError("a group or scope that cannot stand in a list");
  return names.join(",");
}
