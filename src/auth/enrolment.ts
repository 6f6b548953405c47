/**
 * Flow: a new authenticator. It counts for nothing until a code from it has been seen, and only the sign-in or session
 * that began it (its holder) can confirm it. The confirming code is used by that: it opens no sign-in.
 */
import { randomUUID } from "node:crypto";
import { Fault } from "../fault.ts";
import type { Sealer } from "./sealed.ts";
import { totpContext } from "./second-factor.ts";
import type { Confirmation, Factors } from "./store/factors.ts";
import { matchStep, newSecret, otpauthUri } from "./totp.ts";

export interface EnrolmentFor {
  accountId: string;
  /** What the authenticator shows for the account. */
  accountName: string;
  /** Id of the sign-in or session. */
  holder: string;
  /** Whom the authenticator names as the place to sign in at. */
  issuer: string;
  now: Date;
}

export interface Enrolment {
  label: string;
  /** Base32, to be typed where no camera is. */
  secret: string;
  /** For the QR code. */
  uri: string;
}

/**
 * What the person has to scan or type. Begun once: a page that is loaded again, or a second tab, shows the same secret
 * for 15 minutes. In a transaction.
 */
export async function enrol(
  factors: Factors,
  sealer: Sealer,
  { accountId, accountName, holder, issuer, now }: EnrolmentFor,
  label: string,
): Promise<Enrolment> {
  let begun = await factors.enrolmentOf(holder, accountId, now);
  if (begun === undefined) {
    const id = randomUUID();
    const sealed = sealer.seal(Buffer.from(newSecret(), "ascii"), totpContext(id));
    await factors.beginTotp({ id, accountId, label, secret: sealed, createdAt: now }, holder);
    begun = await factors.enrolmentOf(holder, accountId, now);
  }
  // Only a clock that was set back by many minutes in between, or a stranger's holder.
  if (begun === undefined)
    throw new Fault("INTERNAL", "an authenticator that was begun is not there", "Sign in once more.");
  const secret = openSecret(sealer, begun);
  return { label: begun.label, secret, uri: otpauthUri({ issuer, account: accountName, secret }) };
}

/**
 * Whether a code from it makes it count. `wrong`: no right code; `gone`: nothing is being enrolled, or no longer;
 * `full`: the account has two. The `codes` lane is consumed before. In a transaction.
 */
export async function confirmEnrolment(
  factors: Factors,
  sealer: Sealer,
  { accountId, holder, now }: Pick<EnrolmentFor, "accountId" | "holder" | "now">,
  code: string,
  tolerance: 0 | 1 = 0,
): Promise<Confirmation | "wrong"> {
  const begun = await factors.enrolmentOf(holder, accountId, now);
  if (begun === undefined) return "gone";
  const step = matchStep(openSecret(sealer, begun), code, now, undefined, tolerance);
  return step === undefined ? "wrong" : factors.confirmTotp(begun.id, accountId, step, now);
}

function openSecret(sealer: Sealer, { id, secret }: { id: string; secret: Buffer }): string {
  return sealer.open(secret, totpContext(id)).toString("ascii");
}
