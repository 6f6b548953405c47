/**
 * Checks what the gateway states in Remote-Assertion, with nothing but Node.js: a JWT (RFC 7519) signed with Ed25519
 * (RFC 8037), its keys published as JWKS (RFC 7517). Copy this file into your application.
 */
import { createPublicKey, verify } from "node:crypto";

/** Who asks. `scopes` is what grants open at this moment; who enters by a role is known by `groups`. */
export interface Claims {
  sub: string;
  preferred_username: string;
  name: string;
  email: string;
  groups: string[];
  scopes: string[];
  sid: string;
  amr: string[];
  iss: string;
  aud: string;
  iat: number;
  exp: number;
}

export interface Expected {
  /** The gateway's public address, such as https://login.example.hu. */
  issuer: string;
  /** Your own address as the gateway's configuration has it, such as https://crm.example.hu. */
  audience: string;
  /** How far two clocks may differ, in seconds. */
  skew?: number;
}

/** Gives the published key of that id, or undefined. It must ask the gateway anew for an id that it does not know. */
export type FindKey = (kid: string) => Promise<Record<string, unknown> | undefined>;

/**
 * The claims of a good assertion, undefined for any other. `now` in milliseconds. Order matters: nothing in the body is
 * looked at before the signature is known to be right, and the algorithm is ours to say, never the token's.
 */
export async function verifyAssertion(
  token: string,
  findKey: FindKey,
  { issuer, audience, skew = 10 }: Expected,
  now: number,
): Promise<Claims | undefined> {
  const [, header = "", body = "", signature = ""] =
    /^([A-Za-z0-9_-]{1,500})\.([A-Za-z0-9_-]{1,8000})\.([A-Za-z0-9_-]{86})$/.exec(token) ?? [];
  const head = read(header);
  if (head?.["alg"] !== "EdDSA" || head["typ"] !== "lakat-assertion+jwt" || "crit" in head) return undefined;
  const kid = head["kid"];
  const jwk = typeof kid === "string" ? await findKey(kid) : undefined;
  if (jwk?.["kty"] !== "OKP" || jwk["crv"] !== "Ed25519") return undefined;
  const key = createPublicKey({ key: jwk, format: "jwk" });
  if (!verify(null, Buffer.from(`${header}.${body}`), key, Buffer.from(signature, "base64url")))
    return undefined;
  const claims = read(body) as Partial<Claims> | undefined;
  const seconds = now / 1000;
  const isOurs = claims?.iss === issuer && claims.aud === audience && typeof claims.sub === "string";
  const isNow =
    typeof claims?.iat === "number" &&
    typeof claims.exp === "number" &&
    claims.iat <= seconds + skew &&
    seconds < claims.exp + skew;
  return isOurs && isNow ? (claims as Claims) : undefined;
}

/**
 * Fetches the gateway's keys and keeps them for `keep` milliseconds. For an id that is not among them it asks again,
 * but no more than once in ten seconds: the id comes from outside.
 */
export function keysFrom(url: string, keep = 300_000, clock: () => number = Date.now): FindKey {
  let keys: Record<string, unknown>[] = [];
  let asked = -Infinity;
  return async (kid) => {
    const find = (): Record<string, unknown> | undefined => keys.find((key) => key["kid"] === kid);
    const age = clock() - asked;
    if (age > keep || (find() === undefined && age > 10_000)) {
      asked = clock();
      const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(5000) });
      if (!response.ok) throw new Error(`the gateway's keys: ${response.status}`);
      ({ keys } = (await response.json()) as { keys: Record<string, unknown>[] });
    }
    return find();
  };
}

function read(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
