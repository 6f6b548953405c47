/**
 * What an application can check for itself: a short-lived statement of who asks, signed by the gateway. JWT (RFC 7519)
 * in compact form (RFC 7515), EdDSA with Ed25519 (RFC 8037), keys published as JWKS (RFC 7517) under their thumbprint
 * (RFC 7638). Computes only.
 */
import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import { Fault } from "../fault.ts";
import type { Identity } from "./forward-auth.ts";

/** How long an assertion holds, in seconds. */
const ASSERTION_SECONDS = 60;
/** Explicit type (RFC 8725, 3.11), so that no other token of this issuer can ever be taken for an assertion. */
const ASSERTION_TYPE = "lakat-assertion+jwt";

interface PublicJwk {
  kty: "OKP";
  crv: "Ed25519";
  x: string;
  kid: string;
  alg: "EdDSA";
  use: "sig";
}

export interface AssertionKeys {
  /** Of the key that signs. */
  kid: string;
  jwks: { keys: PublicJwk[] };
  /**
   * States who asks. `issuer` is the gateway's public address, `audience` the application's, `now` the time it counts
   * from. Out: the compact form.
   */
  assertion(identity: Identity, issuer: string, audience: string, now: Date): string;
}

/**
 * Opens the gateway's keys, PKCS#8 in PEM (`openssl genpkey -algorithm ed25519`). The first signs and all are published:
 * put a new one last, wait until applications have fetched it, then put it first. Throws KEY_FILE_INVALID, or
 * CONFIG_INVALID when there is none or one stands there twice.
 */
export function openAssertionKeys(pems: readonly string[]): AssertionKeys {
  const keys = pems.map(openKey);
  const [first] = keys;
  if (first === undefined || new Set(keys.map(({ jwk }) => jwk.kid)).size !== keys.length)
    throw new Fault(
      "CONFIG_INVALID",
      "assertion_keys: there must be at least one key, and none twice",
      "Make a key with `openssl genpkey -algorithm ed25519` and list its file under assertion_keys.",
    );
  const { kid } = first.jwk;
  const header = encode({ alg: "EdDSA", typ: ASSERTION_TYPE, kid });
  return {
    kid,
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    assertion(identity, issuer, audience, now) {
      const iat = Math.floor(now.getTime() / 1000);
      const { id, user, name, email, groups, scopes, sessionId } = identity;
      const amr = METHODS[identity.secondFactor ?? "device"];
      const who = { sub: id, preferred_username: user, name, email, groups, scopes, sid: sessionId, amr };
      const body = encode({ iss: issuer, aud: audience, iat, exp: iat + ASSERTION_SECONDS, ...who });
      const signature = sign(null, Buffer.from(`${header}.${body}`), first.key).toString("base64url");
      return `${header}.${body}.${signature}`;
    },
  };
}

/** Authentication methods by their registered names (RFC 8176). A device that is trusted already is no method there. */
const METHODS = {
  totp: ["pwd", "otp", "mfa"],
  sms: ["pwd", "sms", "mfa"],
  "recovery-code": ["pwd", "mfa"],
  passkey: ["pwd", "pop", "user", "mfa"],
  device: ["pwd"],
} as const;

function openKey(pem: string, index: number): { key: KeyObject; jwk: PublicJwk } {
  const invalid = new Fault(
    "KEY_FILE_INVALID",
    `assertion_keys: key ${index + 1} is not an Ed25519 private key in PEM`,
    "Make one with `openssl genpkey -algorithm ed25519`, readable for the gateway alone.",
  );
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== "ed25519") throw invalid;
    const { x = "" } = createPublicKey(key).export({ format: "jwk" });
    const kid = createHash("sha256").update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest("base64url");
    return { key, jwk: { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" } };
  } catch {
    // What the library says may quote the key.
    throw invalid;
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
