/** Mails and SMS on their way out: what one holds, when it is tried again, and when it is given up. Pure. */

export interface Mail {
  kind: "mail";
  /** One bare address. */
  to: string;
  subject: string;
  text: string;
  html: string;
}

export interface Sms {
  kind: "sms";
  /** E.164, such as +36201234567. */
  to: string;
  text: string;
}

export type Message = Mail | Sms;
export type MessageKind = Message["kind"];
export const MESSAGE_KINDS = ["sms", "mail"] as const satisfies readonly MessageKind[];

/**
 * Whether this is one address and nothing else. In a header, a list or a name with an address inside would be read
 * as other recipients.
 */
export function isBareAddress(address: string): boolean {
  return address.length <= 254 && /^[^\s@,;:<>"()[\]\\\p{Cc}\p{Cf}]+@[A-Za-z0-9.-]+$/u.test(address);
}

/** What a sender is told beside the message itself. */
export interface Dispatch {
  /** Stays the same for each try: the Message-ID of a mail, the idx of an SMS. */
  id: string;
  createdAt: Date;
  expiresAt: Date;
}

/** Why a message was not sent. */
export interface Trouble {
  /** For the log and the database, such as `smtp-550`: 1 to 40 of a-z, 0-9 and -. Never text from outside. */
  word: string;
  /** No later try can succeed: the number or the address does not exist. */
  final: boolean;
}

/** Sends one kind of message. What it throws counts as a trouble that may pass. */
export type Sender<M extends Message> = (
  message: M,
  dispatch: Dispatch,
  signal: AbortSignal,
) => Promise<Trouble | undefined>;

export type Senders = { [K in MessageKind]: Sender<Extract<Message, { kind: K }>> };

export interface Pace {
  /** Upper bound of the pause after the first try; it doubles with each. */
  firstMs: number;
  /** Upper bound of any pause. */
  longestMs: number;
  /** For one try. */
  sendMs: number;
  /** How long a node that took a message has it to itself. More than sendMs, or two nodes would send it. */
  leaseMs: number;
  /** More than these are not made: a message that kills the node that sends it must not do so for ever. */
  tries: number;
}

/** A code by SMS is waited for; a mail may wait out the night of a mail server. */
export const PACE: Record<MessageKind, Pace> = {
  sms: { firstMs: 3000, longestMs: 60_000, sendMs: 20_000, leaseMs: 45_000, tries: 20 },
  mail: { firstMs: 10_000, longestMs: 900_000, sendMs: 60_000, leaseMs: 120_000, tries: 300 },
};

export type Next = { tryAt: Date } | { giveUp: string };

/**
 * What becomes of a message whose try failed.
 *
 * @param tries made so far, this one too
 * @param random from 0 up to but not including 1: messages that failed together are not tried together again
 */
export function afterTrouble(
  message: { kind: MessageKind; tries: number; expiresAt: Date },
  trouble: Trouble,
  now: Date,
  random: number,
): Next {
  const { firstMs, longestMs, tries: most } = PACE[message.kind];
  if (trouble.final || message.tries >= most) return { giveUp: trouble.word };
  const bound = Math.min(firstMs * 2 ** (message.tries - 1), longestMs);
  const tryAt = new Date(now.getTime() + Math.ceil(bound * (0.5 + random / 2)));
  return tryAt >= message.expiresAt ? { giveUp: trouble.word } : { tryAt };
}
