/** The gateway's mails in English. Pure. */
import type { Fact, MailFactor, MailWords } from "./mail.ts";

const FACTORS: Record<MailFactor, string> = {
  totp: "authenticator app",
  sms: "codes by SMS",
  passkey: "passkey",
};
const NOT_YOU = "If it was not you, tell an administrator at once.";
const ONCE = "The link works once.";
const address = (at: string | undefined): Fact => ["Address", at];

export const mailEn: MailWords = {
  locale: "en-GB",
  greeting: (name) => `Hello ${name},`,
  automatic: (organisation) =>
    `This message was sent by the sign-in of ${organisation}. Please do not reply to it.`,
  letters: {
    invitation: ({ account, link, until }, { time }) => ({
      subject: "Set up your account",
      lead: "An account was made for you. To use it, choose a password and set up an authenticator app.",
      facts: [
        ["Name to sign in with", account],
        ["The link is good until", time(until)],
      ],
      action: { label: "Set up the account", link },
      after: `${ONCE} If you did not expect this message, do nothing.`,
    }),
    "password-reset": ({ link, until }, { time }) => ({
      subject: "Choose a new password",
      lead: "A new password was asked for on your account.",
      facts: [["The link is good until", time(until)]],
      action: { label: "Choose a new password", link },
      after: `${ONCE} If it was not you, do nothing: your password stays as it is.`,
    }),
    "password-reset-required": ({ link, until }, { time }) => ({
      subject: "You have to choose a new password",
      lead: "An administrator asks you to choose a new password. You cannot sign in until you have done so.",
      facts: [["The link is good until", time(until)]],
      action: { label: "Choose a new password", link },
      after: ONCE,
    }),
    "password-changed": ({ at, ...from }, { time }) => ({
      subject: "Your password was changed",
      lead: "The password of your account was changed, and your other sessions were ended.",
      facts: [["Time", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "new-device": ({ at, browser, link, ...from }, { time }) => ({
      subject: "Signed in on a new device",
      lead: "Somebody signed in to your account on a device that was not known until now.",
      facts: [["Device", browser], address(from.address), ["Time", time(at)]],
      ask: "If it was you, there is nothing to do. If it was not, open this link: it ends the session, forgets the device and locks your account.",
      action: { label: "This was not me", link },
    }),
    "factor-added": ({ at, factor, ...from }, { time }) => ({
      subject: "A second factor was added",
      lead: "A second factor was added to your account.",
      facts: [["Second factor", FACTORS[factor]], ["Time", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "factor-removed": ({ at, factor, ...from }, { time }) => ({
      subject: "A second factor was removed",
      lead: "A second factor was removed from your account.",
      facts: [["Second factor", FACTORS[factor]], ["Time", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "factors-reset": ({ at }, { time }) => ({
      subject: "Your second factors were removed",
      lead: "An administrator removed the second factors of your account. You set up a new one when you sign in next.",
      facts: [["Time", time(at)]],
      after: "If you did not ask for this, tell an administrator at once.",
    }),
    "identity-linked": ({ at, provider, ...from }, { time }) => ({
      subject: "Single sign-on was linked",
      lead: "From now on you can sign in to your account with an account at another service.",
      facts: [["Service", provider], ["Time", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "identity-unlinked": ({ at, provider, ...from }, { time }) => ({
      subject: "Single sign-on was unlinked",
      lead: "An account at another service no longer signs in to your account.",
      facts: [["Service", provider], ["Time", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "passkey-copied": ({ at, passkey, ...from }, { time }) => ({
      subject: "A passkey was refused",
      lead: "Somebody tried to sign in to your account with a passkey that may be a copy of yours. It was refused.",
      facts: [["Passkey", passkey], ["Time", time(at)], address(from.address)],
      after: `Remove this passkey from your account, even if it was you, and add it anew. ${NOT_YOU}`,
    }),
    "recovery-codes-made": ({ at, ...from }, { time }) => ({
      subject: "New recovery codes were made",
      lead: "New recovery codes were made for your account. The earlier ones are no longer good.",
      facts: [["Time", time(at)], address(from.address)],
      after: NOT_YOU,
    }),
    "recovery-code-used": ({ at, left, ...from }, { time }) => ({
      subject: "A recovery code was used",
      lead: "A recovery code was used to sign in to your account.",
      facts: [["Time", time(at)], address(from.address), ["Codes left", String(left)]],
      after: NOT_YOU,
    }),
    "account-locked": ({ at }, { time }) => ({
      subject: "Your account is locked",
      lead: "You told us that a sign-in was not yours. The account is locked and its sessions were ended.",
      facts: [["Time", time(at)]],
      after: "Only an administrator can unlock it. Please get in touch with one.",
    }),
    "account-locked-staff": ({ account, browser, at, ...from }, { time }) => ({
      subject: `Account locked: ${account}`,
      lead: "The owner of an account said that a sign-in was not theirs. The account is locked and its sessions were ended.",
      facts: [["Account", account], ["Device", browser], address(from.address), ["Time", time(at)]],
      after: "Whoever signed in knew the password. Find out how before you unlock the account.",
    }),
    "passwords-locked": ({ at, until, ...from }, { time }) => ({
      subject: "Wrong passwords for your account",
      lead: "Someone tried several wrong passwords for your account. Devices that are not known are kept out for a while; your own still get in.",
      facts: [["Time", time(at)], address(from.address), ["Kept out until", time(until)]],
      after:
        "There is nothing you have to do. If it was not you and it happens again, tell an administrator.",
    }),
    "codes-locked": ({ at, until, ...from }, { time }) => ({
      subject: "Wrong codes for your account",
      lead: "Someone who gave the right password entered several wrong codes. No code is taken for a while.",
      facts: [["Time", time(at)], address(from.address), ["No code is taken until", time(until)]],
      after: "If it was not you, somebody knows your password: change it, and tell an administrator at once.",
    }),
    "grant-requested": (grant, { time, list }) => ({
      subject: `Access asked for: ${grant.application}`,
      lead: "Somebody asks for access that you may approve.",
      facts: [
        ["For", grant.account],
        ["Asked by", grant.requester],
        ["Application", grant.application],
        ["Scope", list(grant.scopes)],
        ["From", time(grant.from)],
        ["Until", time(grant.until)],
        ["Reason", grant.reason],
      ],
      action: { label: "Look at the request", link: grant.link },
      after: "Nobody gets in until it is approved.",
    }),
    "grant-approved": (grant, { time, list }) => ({
      subject: `Access approved: ${grant.application}`,
      lead: "You have been given access for a limited time.",
      facts: [
        ["Application", grant.application],
        ["Scope", list(grant.scopes)],
        ["From", time(grant.from)],
        ["Until", time(grant.until)],
      ],
    }),
    "grant-ended": ({ application, scopes, at }, { time, list }) => ({
      subject: `Access ended: ${application}`,
      lead: "Your access for a limited time has ended.",
      facts: [
        ["Application", application],
        ["Scope", list(scopes)],
        ["Time", time(at)],
      ],
    }),
  },
};
