/** What the gateway writes mails about, and what every language has to say for it. Pure. */

/** Each mail and what it is made of. Times are shown in the zone of the configuration. */
export interface MailData {
  /** To somebody who has an account as of now. */
  invitation: { account: string; link: string; until: Date };
  /** Somebody asked for it on the sign-in page. */
  "password-reset": { link: string; until: Date };
  /** An administrator demands it. */
  "password-reset-required": { link: string; until: Date };
  "password-changed": Occurrence;
  /** `link`: "this was not me". */
  "new-device": Occurrence & { browser: string; link: string };
  "factor-added": Occurrence & { factor: MailFactor };
  "factor-removed": Occurrence & { factor: MailFactor };
  /** By an administrator: the next sign-in enrols anew. */
  "factors-reset": { at: Date };
  /** An account at a provider signs in to it from now on. */
  "identity-linked": Occurrence & { provider: string };
  "identity-unlinked": Occurrence & { provider: string };
  /** Its count went back: somebody else may have a copy of it. It was refused. */
  "passkey-copied": Occurrence & { passkey: string };
  "recovery-codes-made": Occurrence;
  "recovery-code-used": Occurrence & { left: number };
  /** To the owner who said "this was not me". */
  "account-locked": { at: Date };
  /** To administrators, of the same. */
  "account-locked-staff": Occurrence & { account: string; browser: string };
  /** To the owner, once for each lock. */
  "passwords-locked": Occurrence & { until: Date };
  /** As above, but whoever tried knew the password. */
  "codes-locked": Occurrence & { until: Date };
  /** To those who may approve it. `requester` is the name it was asked by, `account` whom it is for. */
  "grant-requested": Grant & { requester: string; account: string; reason: string; link: string };
  "grant-approved": Grant;
  /** It was revoked, or its time is over. */
  "grant-ended": { application: string; scopes: string[]; at: Date };
}

interface Occurrence {
  at: Date;
  /** Undefined when it was done on a gateway host. */
  address: string | undefined;
}

interface Grant {
  application: string;
  scopes: string[];
  from: Date;
  until: Date;
}

export type MailKind = keyof MailData;
export type MailFactor = "totp" | "sms" | "passkey";

/** What a mail says, in its order. */
export interface Letter {
  /** May hold names of ours, never a link, a code or a reason. */
  subject: string;
  lead: string;
  facts: Fact[];
  /** Between the facts and the link. */
  ask?: string;
  action?: { label: string; link: string };
  after?: string;
}

/** A label and its value; left out when there is none. */
export type Fact = [label: string, value: string | undefined];

/** What letters use to say times and lists in their language. */
export interface Spoken {
  time: (at: Date) => string;
  list: (items: string[]) => string;
}

export interface MailWords {
  /** Of the language, for times: BCP 47. */
  locale: string;
  greeting: (name: string) => string;
  /** Under each mail. */
  automatic: (organisation: string) => string;
  letters: { [K in MailKind]: (data: MailData[K], spoken: Spoken) => Letter };
}
