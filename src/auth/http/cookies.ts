/**
 * Cookies by RFC 6265bis, all of ours with the prefix __Host-: Secure, Path=/, no Domain, so that no other host,
 * not even a sub-domain, can set or read them.
 */

export const SESSION_COOKIE = "__Host-lakat";
export const DEVICE_COOKIE = "__Host-lakat-device";
export const SIGN_IN_COOKIE = "__Host-lakat-sign-in";
/** Binds the way to a provider and back to one browser. */
export const WITH_COOKIE = "__Host-lakat-with";
/** Of somebody whom a provider vouched for and who has no link yet. */
export const LINK_COOKIE = "__Host-lakat-link";
/** What was chosen in the footer of a page; on every host its own. */
export const LANGUAGE_COOKIE = "__Host-lakat-language";
/** On the protected hosts. */
export const APP_COOKIE = "__Host-lakat-app";
export const STATE_COOKIE = "__Host-lakat-state";

/**
 * The value of one cookie in a Cookie header. Undefined when it is not there, and also when it is there twice: a
 * browser sends a __Host- cookie once, and which of two would count is what an attacker may want to choose.
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  let found: string | undefined;
  let at = 0;
  for (;;) {
    at = header.indexOf(name, at);
    if (at < 0) return found;
    const end = at + name.length;
    if (header.charCodeAt(end) === EQUALS && isStart(header, at)) {
      if (found !== undefined) return undefined;
      const stop = header.indexOf(";", end);
      found = header.slice(end + 1, stop < 0 ? undefined : stop).trim();
    }
    at = end;
  }
}

const EQUALS = "=".charCodeAt(0);
const SEMICOLON = ";".charCodeAt(0);

function isStart(header: string, at: number): boolean {
  for (let i = at - 1; i >= 0; i--) {
    const char = header.charCodeAt(i);
    if (char === SEMICOLON) return true;
    if (char !== 32 && char !== 9) return false;
  }
  return true;
}

/** A Set-Cookie value. Without `maxAge` (seconds) the browser forgets it when it closes. */
export function setCookie(name: string, value: string, maxAge?: number): string {
  const age = maxAge === undefined ? "" : `; Max-Age=${maxAge}`;
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax${age}`;
}

export function clearCookie(name: string): string {
  return setCookie(name, "", 0);
}
