/**
 * Whether what a passkey answered is right (WebAuthn Level 3, 7.1 and 7.2). Pure.
 *
 * The person must have been verified by the passkey (user verification), and it must have been asked by a page of
 * ours. What it says of its own make (attestation) is not looked at: we ask for none, and to check one would mean to
 * follow certificates that a stranger sent.
 */
import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import { decodeAttestationObject, isoCBOR } from "@simplewebauthn/server/helpers";
import { z } from "zod";
import { ALGORITHMS, userHandle, type RelyingParty } from "./passkey-options.ts";
import type { Passkey } from "./store/passkeys.ts";

/** What a page sends of one at most, in characters. */
export const MOST_ANSWER = 12_000;

const bytes = z
  .string()
  .max(MOST_ANSWER)
  .regex(/^[A-Za-z0-9_-]+$/);
const credentialId = z
  .string()
  .max(1364)
  .regex(/^[A-Za-z0-9_-]{22,}$/);
const credential = { id: credentialId, rawId: credentialId, type: z.literal("public-key") };
const REGISTRATION = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes,
    attestationObject: bytes,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .catch([]),
  }),
});
const ASSERTION = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
    userHandle: bytes.optional(),
  }),
});

export type Registration = z.infer<typeof REGISTRATION>;
export type Assertion = z.infer<typeof ASSERTION>;

/** What a page sent of a new passkey; undefined for what can be none. */
export function readRegistration(text: string): Registration | undefined {
  return REGISTRATION.safeParse(parsed(text)).data;
}

/** What a page sent of one that signed. */
export function readAssertion(text: string): Assertion | undefined {
  return ASSERTION.safeParse(parsed(text)).data;
}

export function credentialOf({ id }: Registration | Assertion): Buffer {
  return Buffer.from(id, "base64url");
}

/** The new passkey, or undefined when anything about it is not right. */
export async function judgeRegistration(
  registration: Registration,
  relyingParty: RelyingParty,
  challenge: Buffer,
): Promise<Pick<Passkey, "credentialId" | "publicKey" | "counter" | "transports"> | undefined> {
  if (isFramed(registration)) return undefined;
  const { response } = registration;
  try {
    const attestationObject = withoutAttestation(response.attestationObject);
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        ...registration,
        response: { clientDataJSON: response.clientDataJSON, attestationObject },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge.toString("base64url"),
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified || registrationInfo.credential.id !== registration.id) return undefined;
    const { publicKey, counter } = registrationInfo.credential;
    return {
      credentialId: credentialOf(registration),
      publicKey: Buffer.from(publicKey),
      counter,
      transports: response.transports,
    };
  } catch {
    // The library says by throwing what is wrong, in words that hold what was sent.
    return undefined;
  }
}

/**
 * The count of the signature, when it is right and by this passkey; the caller compares it with the last one. Undefined
 * when anything about it is not right.
 */
export async function judgeAssertion(
  assertion: Assertion,
  { accountId, credentialId, publicKey }: Pick<Passkey, "accountId" | "credentialId" | "publicKey">,
  relyingParty: RelyingParty,
  challenge: Buffer,
): Promise<{ counter: number } | undefined> {
  if (isFramed(assertion)) return undefined;
  const { clientDataJSON, authenticatorData, signature, userHandle: handle } = assertion.response;
  if (handle !== undefined && handle !== userHandle(accountId).toString("base64url")) return undefined;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        ...assertion,
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge.toString("base64url"),
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.id,
      requireUserVerification: true,
      credential: {
        id: credentialId.toString("base64url"),
        publicKey: new Uint8Array(publicKey),
        // Compared in the database, by the statement that notes it.
        counter: 0,
      },
    });
    return verified && assertion.id === authenticationInfo.credentialID
      ? { counter: authenticationInfo.newCounter }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Asked by a page inside somebody else's, which no page of ours ever is. */
function isFramed({ response: { clientDataJSON } }: Registration | Assertion): boolean {
  const said = parsed(Buffer.from(clientDataJSON, "base64url").toString("utf8"));
  return typeof said === "object" && said !== null && "crossOrigin" in said && said.crossOrigin !== false;
}

/** As if the browser had taken it away, as nearly all do when they are asked for none. */
function withoutAttestation(attestationObject: string): string {
  const authData = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, "base64url"))).get(
    "authData",
  );
  const bare = new Map<string, unknown>([
    ["fmt", "none"],
    ["attStmt", new Map()],
    ["authData", authData],
  ]);
  return Buffer.from(isoCBOR.encode(bare as never)).toString("base64url");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
