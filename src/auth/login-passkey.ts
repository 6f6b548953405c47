/** Flow: a passkey as the second step of signing in, counted and opening as codes do (login-code.ts). */
import type { Gateway } from "./gateway.ts";
import { attemptFactor, type CodeResult, type FactorAttempt } from "./login-code.ts";
import { credentialOf, judgeAssertion, readAssertion } from "./passkey.ts";
import { relyingPartyOf } from "./passkey-options.ts";
import { mailTo } from "./people.ts";

export interface PasskeyAttempt extends FactorAttempt {
  /** What the browser got from it, as JSON. */
  answer: string;
}

/**
 * Judges what a passkey signed. The challenge of this sign-in is used up by it, right or wrong. One whose count went
 * back is refused, and its owner told: there is a copy of it.
 */
export function attemptPasskey(
  gateway: Gateway,
  { answer, ...attempt }: PasskeyAttempt,
): Promise<CodeResult> {
  const { settings } = gateway;
  const { now, address } = attempt;
  return attemptFactor(
    gateway,
    attempt,
    async (tx, { signIn, account, kinds }) => {
      const challenge = await tx.passkeys.takeChallenge(signIn.id, account.id, now);
      if (challenge === undefined) return { wrong: "passkey-challenge" };
      if (!kinds.includes("passkey")) return { wrong: "passkey-not-allowed" };
      const assertion = readAssertion(answer);
      if (assertion === undefined) return { wrong: "passkey-malformed" };
      const passkey = await tx.passkeys.byCredential(account.id, credentialOf(assertion));
      if (passkey === undefined) return { wrong: "passkey-unknown" };
      const judged = await judgeAssertion(assertion, passkey, relyingPartyOf(settings), challenge);
      if (judged === undefined) return { wrong: "passkey-wrong" };
      if (!(await tx.passkeys.use(passkey.id, judged.counter, now))) {
        const said = { at: now, address, passkey: passkey.name };
        await mailTo(tx, settings, account, ["passkey-copied", said], now);
        return { wrong: "passkey-copied" };
      }
      return { factor: "passkey" };
    },
    "passkey",
  );
}
