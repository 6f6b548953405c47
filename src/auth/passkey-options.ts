/**
 * What a browser is asked for a passkey, as the JSON of WebAuthn Level 3, 5.1.8 and 5.1.9. Beside the fresh challenge,
 * which lies in the database, it computes.
 */
import { randomBytes } from "node:crypto";
import type {
  PublicKeyCredentialCreationOptionsJSON as CreationOptions,
  PublicKeyCredentialDescriptorJSON as Descriptor,
  PublicKeyCredentialRequestOptionsJSON as RequestOptions,
} from "@simplewebauthn/server";
import type { Account } from "./account.ts";
import type { Settings } from "./settings.ts";
import type { Passkey, Passkeys } from "./store/passkeys.ts";

export type { CreationOptions, RequestOptions };

/** More than these an account cannot have. */
export const MOST_PASSKEYS = 10;
/** COSE: ES256, EdDSA, RS256. */
export const ALGORITHMS = [-7, -8, -257];
/** How long a browser waits for the person, milliseconds: less than a challenge lives. */
const TIMEOUT_MS = 120_000;

/** Whom the browser and its passkeys know us as. */
export interface RelyingParty {
  /** The login host. */
  id: string;
  origin: string;
  name: string;
}

export function relyingPartyOf({
  loginHost,
  publicUrl,
  organisation,
}: Pick<Settings, "loginHost" | "publicUrl" | "organisation">): RelyingParty {
  return { id: loginHost, origin: publicUrl, name: organisation };
}

export interface Asking {
  /** The sign-in or session that the challenge is good in. */
  holder: string;
  account: Pick<Account, "id" | "name" | "displayName">;
  now: Date;
}

type Held = Pick<{ passkeys: Passkeys }, "passkeys">;

/** Asks for one of the account's own. Only for whoever showed its password: it tells which ones there are. */
export async function askForPasskey(
  tx: Held,
  relyingParty: RelyingParty,
  { holder, account, now }: Asking,
): Promise<RequestOptions> {
  const challenge = await tx.passkeys.challengeFor(holder, account.id, randomBytes(32), now);
  return {
    challenge: challenge.toString("base64url"),
    rpId: relyingParty.id,
    allowCredentials: (await tx.passkeys.of(account.id)).map(descriptor),
    userVerification: "required",
    timeout: TIMEOUT_MS,
  };
}

/** Asks for a new one. An authenticator that holds one of this account already makes no other. */
export async function askForNewPasskey(
  tx: Held,
  { id, name }: RelyingParty,
  { holder, account, now }: Asking,
): Promise<CreationOptions> {
  const challenge = await tx.passkeys.challengeFor(holder, account.id, randomBytes(32), now);
  return {
    challenge: challenge.toString("base64url"),
    rp: { id, name },
    user: {
      id: userHandle(account.id).toString("base64url"),
      name: account.name,
      displayName: account.displayName,
    },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: (await tx.passkeys.of(account.id)).map(descriptor),
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
    attestation: "none",
    timeout: TIMEOUT_MS,
  };
}

/** An account as passkeys know it: its id, which says nothing about anybody. */
export function userHandle(accountId: string): Buffer {
  return Buffer.from(accountId.replaceAll("-", ""), "hex");
}

function descriptor({ credentialId, transports }: Passkey): Descriptor {
  // A hint for the browser, which passes over what it does not know.
  const hint = transports.length > 0 && { transports };
  return { id: credentialId.toString("base64url"), type: "public-key", ...hint };
}
