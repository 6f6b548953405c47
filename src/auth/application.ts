/** The applications behind the gateway: which one a request is for, what is public in it, what it demands. Pure. */
import { Fault } from "../fault.ts";
import type { RequestTarget } from "./request-target.ts";

/** An application as the configuration declares it. */
export interface DeclaredApplication {
  name: string;
  /** `https://crm.example.hu`, or with a path prefix, `https://intranet.example.hu/reports`. */
  url: string;
  /** Who has any of them may enter. None: nobody enters by a role. */
  roles: readonly string[];
  /** What an approved grant can open in it for a time. None: nobody enters by a grant. */
  scopes: readonly string[];
  second_factor: "new-device" | "always";
  sms: boolean;
  clear_data: boolean;
  /** Paths of the host that need no sign-in: a whole path, or a prefix that ends in a slash and a star. */
  public: readonly string[];
  /** Roles that approve grants for it. */
  owners: readonly string[];
}

/** What has to be true of a session before something opens. */
export interface Policy {
  secondFactor: "new-device" | "always";
  sms: boolean;
  idleSeconds: number;
  absoluteSeconds: number;
}

/** For administrators and for whatever reaches clear data. */
export const STRICT_POLICY: Policy = {
  secondFactor: "always",
  sms: false,
  idleSeconds: 15 * 60,
  absoluteSeconds: 12 * 3600,
};

export const USUAL_POLICY: Policy = {
  secondFactor: "new-device",
  sms: true,
  idleSeconds: 3600,
  absoluteSeconds: 24 * 3600,
};

export interface Application {
  name: string;
  host: string;
  /** `https://crm.example.hu`, with a port where the configuration has one. */
  origin: string;
  /** Empty, or `/reports`. */
  prefix: string;
  /** Whom an assertion is meant for: origin and prefix. */
  audience: string;
  roles: readonly string[];
  scopes: readonly string[];
  owners: readonly string[];
  policy: Policy;
  isPublic(path: string): boolean;
}

export interface Applications {
  all: readonly Application[];
  /** The applications of a host, the longest prefix first. */
  on(host: string): readonly Application[];
}

/** Where a request leads: an application, none that is known, or more than one depending on who reads the path. */
export type Match = { application: Application; isPublic: boolean } | "unknown" | "ambiguous";

/**
 * The applications of the configuration, ready to be asked. Throws CONFIG_INVALID for an address that is not https, has
 * more than host, port and plain prefix, or stands there twice, and for a public rule that opens everything or lies
 * outside its application.
 *
 * @param strict what clear data demands: STRICT_POLICY, with limits as short as the configuration wants them
 */
export function openApplications(
  declared: readonly DeclaredApplication[],
  strict: Policy = STRICT_POLICY,
): Applications {
  const all = declared.map((one) => openApplication(one, strict));
  const places = new Set<string>();
  for (const { name, host, prefix } of all) {
    const place = `${host}${prefix.toLowerCase()}`;
    if (places.has(place)) throw invalid(name, `another application has ${place} as well`);
    places.add(place);
  }
  const byHost = Map.groupBy(
    all.toSorted((a, b) => b.prefix.length - a.prefix.length),
    ({ host }) => host,
  );
  return { all, on: (host) => byHost.get(host) ?? [] };
}

/**
 * Which application a request is for: the longest prefix on its host. Where the path can be read as another one's, or
 * matches another one's but for the case or the width of its letters, the answer is `ambiguous`, and nothing may open.
 */
export function applicationFor(applications: Applications, target: RequestTarget): Match {
  const there = applications.on(target.host);
  const [only] = there;
  if (only === undefined) return "unknown";
  // Alone on its host, an application gets whatever the path means.
  if (there.length === 1 && only.prefix === "")
    return { application: only, isPublic: !target.ambiguous && only.isPublic(target.path) };
  if (target.ambiguous) return "ambiguous";
  const folded = fold(target.path);
  const application = there.find(({ prefix }) => isUnder(target.path, prefix));
  const anyCase = there.find(({ prefix }) => isUnder(folded, prefix.toLowerCase()));
  if (application !== anyCase) return "ambiguous";
  return application === undefined ? "unknown" : { application, isPublic: application.isPublic(target.path) };
}

/** The strictest of several policies, taken point by point. None: the usual one. */
export function strictest(policies: readonly Policy[]): Policy {
  return policies.reduce(
    (a, b) => ({
      secondFactor: a.secondFactor === "always" || b.secondFactor === "always" ? "always" : "new-device",
      sms: a.sms && b.sms,
      idleSeconds: Math.min(a.idleSeconds, b.idleSeconds),
      absoluteSeconds: Math.min(a.absoluteSeconds, b.absoluteSeconds),
    }),
    USUAL_POLICY,
  );
}

function openApplication(declared: DeclaredApplication, strict: Policy): Application {
  const { name } = declared;
  const url = URL.canParse(declared.url) ? new URL(declared.url) : undefined;
  const [, authority, prefix = ""] =
    /^https:\/\/([a-z0-9_.-]+(?::\d{1,5})?)((?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*)\/?$/.exec(declared.url) ??
    [];
  // What was written is compared with what a browser makes of it: `https://EXAMPLE`, `:443`, `.%2e` are not the same.
  if (url?.protocol !== "https:" || authority !== url.host || url.hostname.endsWith("."))
    throw invalid(name, "url must be https://host in lower case, or with a plain path such as /reports");
  const rules = declared.public.map((rule) => openRule(name, rule, prefix));
  const usual = { ...USUAL_POLICY, secondFactor: declared.second_factor, sms: declared.sms };
  return {
    name,
    host: url.hostname,
    origin: url.origin,
    prefix,
    audience: `${url.origin}${prefix}`,
    roles: declared.roles,
    scopes: declared.scopes,
    owners: declared.owners,
    policy: declared.clear_data ? strict : usual,
    isPublic: (path) => rules.some((rule) => rule(path)),
  };
}

function openRule(name: string, rule: string, prefix: string): (path: string) => boolean {
  const [, whole = "", star] = /^((?:\/[A-Za-z0-9._~-]*)+?)(\/\*)?$/.exec(rule) ?? [];
  const plain = !/\/\/|\/\.{1,2}(\/|$)/.test(rule);
  if (whole === "" || !plain) throw invalid(name, `public: ${JSON.stringify(rule)} is no plain path`);
  if (!isUnder(whole, prefix))
    throw invalid(name, `public: ${JSON.stringify(rule)} lies outside of ${prefix}`);
  if (star === undefined) return (path) => path === whole;
  if (whole === prefix) throw invalid(name, `public: ${JSON.stringify(rule)} opens the whole application`);
  return (path) => path.startsWith(`${whole}/`);
}

function isUnder(path: string, prefix: string): boolean {
  return prefix === "" || path === prefix || path.startsWith(`${prefix}/`);
}

/** A path that is not ambiguous, as the most lenient program reads its letters: of any case, wide, long or dotless. */
function fold(path: string): string {
  if (!path.includes("%")) return path.toLowerCase();
  return decodeURIComponent(path).normalize("NFKC").toUpperCase().toLowerCase();
}

function invalid(name: string, what: string): Fault {
  return new Fault(
    "CONFIG_INVALID",
    `application ${JSON.stringify(name)}: ${what}`,
    "Correct this application in the gateway's configuration; docs/config.md describes each field.",
  );
}
