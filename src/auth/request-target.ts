/**
 * What a browser asked for, from what its proxy tells of it. The proxy, the gateway and the application each read a
 * request in their own way, and what one of them reads differently is an open door: so the path stays as raw as it came,
 * whatever cannot be read in exactly one way is refused or marked `ambiguous`, and nothing is ever put right. Pure.
 */

export interface RequestTarget {
  method: string;
  /** Lower case, without port and without the dot of the root. */
  host: string;
  /** As it came, with every percent sign. */
  path: string;
  /** With its question mark, or empty. */
  query: string;
  /** Whether programs differ about which path this is: never public, and no one of several applications of a host. */
  ambiguous: boolean;
}

/** Why a request cannot be judged. The answer to it is no. */
export interface RefusedTarget {
  refused: "header-missing" | "header-repeated" | "not-https" | "method" | "host" | "path" | "too-long";
}

/** Names and values in turn, as `rawHeaders` of a request of Node.js has them. */
export type RawHeaders = readonly string[];

const LONGEST = 8192;

/** nginx `auth_request`: X-Original-Method and X-Original-URL (`https://$host$request_uri`), and no other header. */
export function targetFromNginx(headers: RawHeaders): RequestTarget | RefusedTarget {
  const found = singles(headers, ["x-original-method", "x-original-url"]);
  if ("refused" in found) return found;
  const [method = "", url = ""] = found.values;
  if (url.length > LONGEST) return { refused: "too-long" };
  const [, scheme, authority, uri] = /^([a-zA-Z]+):\/\/([^/?#\\]*)(.*)$/s.exec(url) ?? [];
  if (scheme === undefined || authority === undefined || uri === undefined) return { refused: "path" };
  return targetOf(method, scheme, authority, uri);
}

/** Caddy, Traefik, HAProxy: X-Forwarded-Method, -Proto, -Host and -Uri, all four, and no other header. */
export function targetFromForwarded(headers: RawHeaders): RequestTarget | RefusedTarget {
  const names = ["method", "proto", "host", "uri"].map((name) => `x-forwarded-${name}`);
  const found = singles(headers, names);
  if ("refused" in found) return found;
  const [method = "", scheme = "", authority = "", uri = ""] = found.values;
  return targetOf(method, scheme, authority, uri);
}

/**
 * Envoy's HTTP check: the request line itself, its path behind `prefix` (such as `/authz/envoy`), and Host; the scheme
 * from X-Forwarded-Proto, which Envoy sets.
 */
export function targetFromEnvoy(
  method: string,
  url: string,
  prefix: string,
  headers: RawHeaders,
): RequestTarget | RefusedTarget {
  const found = singles(headers, ["host", "x-forwarded-proto"]);
  if ("refused" in found) return found;
  const [authority = "", scheme = ""] = found.values;
  if (!url.startsWith(`${prefix}/`)) return { refused: "path" };
  return targetOf(method, scheme, authority, url.slice(prefix.length));
}

function singles(headers: RawHeaders, names: string[]): { values: string[] } | RefusedTarget {
  const values: (string | undefined)[] = names.map(() => undefined);
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const at = names.indexOf(headers[i]?.toLowerCase() ?? "");
    if (at < 0) continue;
    if (values[at] !== undefined) return { refused: "header-repeated" };
    values[at] = headers[i + 1];
  }
  const given = values.filter((value) => value !== undefined && value !== "") as string[];
  return given.length === names.length ? { values: given } : { refused: "header-missing" };
}

function targetOf(
  method: string,
  scheme: string,
  authority: string,
  uri: string,
): RequestTarget | RefusedTarget {
  if (uri.length > LONGEST) return { refused: "too-long" };
  // Traefik calls the scheme of a websocket wss.
  if (!/^(https|wss)$/i.test(scheme)) return { refused: "not-https" };
  if (!/^[A-Z][A-Z-]{0,31}$/.test(method) || method === "CONNECT") return { refused: "method" };
  const host = hostOf(authority);
  if (host === undefined) return { refused: "host" };
  const mark = uri.indexOf("?");
  const path = mark < 0 ? uri : uri.slice(0, mark);
  const query = mark < 0 ? "" : uri.slice(mark);
  // Visible ASCII without # and, in the path, without what browsers turn into a slash.
  if (!/^\/[!-"$-[\]-~]*$/.test(path) || !/^[!-"$-~]*$/.test(query)) return { refused: "path" };
  return { method, host, path, query, ambiguous: isAmbiguous(path) };
}

/** The host of an authority, lower case; undefined for user names, several hosts, addresses in brackets, garbage. */
function hostOf(authority: string): string | undefined {
  const name = AUTHORITY.exec(authority)?.[1];
  return name === undefined || name.length > 253 ? undefined : name.toLowerCase();
}

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
const AUTHORITY = new RegExp(`^(${LABEL}(?:\\.${LABEL})*)\\.?(?::\\d{1,5})?$`, "i");

/**
 * Whether two programs may read this path as two different ones: empty and dotted segments, parameters, percent signs
 * that hide what needs no hiding (letters, dots, slashes, `%` itself, controls) or that are no UTF-8, and letters that
 * some program folds to a dot or a slash.
 */
function isAmbiguous(path: string): boolean {
  if (/\/\/|;|\/\.{1,2}(?:\/|$)/.test(path)) return true;
  if (!path.includes("%")) return false;
  if (/%(?![0-9a-fA-F]{2})/.test(path)) return true;
  for (const [, hex = ""] of path.matchAll(/%(..)/g))
    if (/[\0-\x1f\x7fA-Za-z0-9._~/\\#?;%-]/.test(String.fromCharCode(parseInt(hex, 16)))) return true;
  try {
    const decoded = decodeURIComponent(path);
    return (
      /[\u2044\u2215\u29f8]/.test(decoded) || separators(decoded.normalize("NFKC")) !== separators(decoded)
    );
  } catch {
    return true;
  }
}

function separators(text: string): number {
  return text.match(/[./\\;?#%]/g)?.length ?? 0;
}
