/** Providers of OpenID Connect: what a flow asks of one, and whom it believes. Pure. */

/** What an ID token says, after every check of its signature, issuer, audience, nonce and time. */
export interface Claims {
  iss: string;
  sub: string;
  email?: unknown;
  email_verified?: unknown;
  hd?: unknown;
}

export interface ProviderSecrets {
  state: string;
  nonce: string;
  /** Of PKCE (RFC 7636). */
  verifier: string;
}

export interface Provider {
  /** Of the configuration; part of the callback's address. */
  name: string;
  label: string;
  issuer: string;
  /** Only e-mail addresses of these may come in; of none, all may. */
  domains: readonly string[];
  /** Origins that its pages for signing in are known to have. */
  origins(): string[];
  /** Asks it for its addresses, so that the first sign-in need not wait; never rejects. */
  warm(): Promise<void>;
  /** Where to send the browser. Rejects when the provider cannot be asked. */
  authorize(secrets: ProviderSecrets): Promise<URL>;
  /** @param query of the callback, as it came. Rejects for whatever is not right with the answer. */
  exchange(query: string, secrets: ProviderSecrets): Promise<Claims>;
}

const GOOGLE = "https://accounts.google.com";

/** Why these claims are not believed, in words of ours for the audit; undefined when they are. */
export function claimsTrouble(
  { iss, sub, email, email_verified, hd }: Claims,
  { issuer, domains }: Pick<Provider, "issuer" | "domains">,
): string | undefined {
  if (iss !== issuer) return "provider-issuer";
  if (sub.length === 0 || sub.length > 255 || /\p{Cc}/u.test(sub)) return "provider-subject";
  if (domains.length === 0) return undefined;
  if (email_verified !== true || typeof email !== "string") return "provider-email";
  // Of two @ one program would read the first domain and another the second.
  const parts = email.split("@");
  const [local = "", domain = ""] = parts;
  if (parts.length !== 2 || local === "" || !domains.includes(domain.toLowerCase())) return "provider-domain";
  // Anybody can have a Google account with an address of another domain; hd says who runs the account.
  if (issuer === GOOGLE && !(typeof hd === "string" && domains.includes(hd.toLowerCase())))
    return "provider-domain";
  return undefined;
}
