/** Repository: mails and SMS that wait to go out, shared by all nodes. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { MESSAGE_KINDS, type Dispatch, type Message, type MessageKind, type Trouble } from "../message.ts";
import type { Sealer } from "../sealed.ts";
import type { Queryable } from "./database.ts";

/** Postmen listen on this channel; `enqueue` speaks on it when its transaction commits. */
export const MESSAGE_CHANNEL = "lakat_message";

const content = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("mail"),
    to: z.string(),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
  }),
  z.strictObject({ kind: z.literal("sms"), to: z.string(), text: z.string() }),
]);

/** A message that this node has to itself until `leaseEnds`. */
export interface Claimed extends Dispatch {
  kind: MessageKind;
  /** This one too. */
  tries: number;
  leaseEnds: Date;
  sealed: Buffer;
}

export interface NewMessage {
  message: Message;
  accountId: string | null;
  createdAt: Date;
  /** Never sent after this: as long as its link or code is good. */
  expiresAt: Date;
}

export interface Waiting {
  count: number;
  oldest: Date | undefined;
}

/** A message that did not reach its owner. */
export interface Undelivered {
  kind: MessageKind;
  since: Date;
  /** It is not tried again. */
  gaveUp: boolean;
  /** Why, such as `smtp-550`. */
  word: string;
}

export type Messages = ReturnType<typeof messagesOn>;

const IS_WAITING = "sealed IS NOT NULL";
const ROW =
  'm.id, m.kind, m.created_at AS "createdAt", m.expires_at AS "expiresAt", m.tries, m.next_try_at AS "leaseEnds", m.sealed';

/** Messages in a transaction (`enqueue`) or on the pool (everything else). */
export function messagesOn(db: Queryable, sealer: Sealer) {
  return {
    /** Puts a message into the caller's transaction: it goes out when that commits, and never otherwise. Its id. */
    async enqueue({ message, accountId, createdAt, expiresAt }: NewMessage): Promise<string> {
      const id = randomUUID();
      const plain = Buffer.from(JSON.stringify(message), "utf8");
      await db.query(
        `WITH put AS (
           INSERT INTO message (id, kind, sealed, account_id, created_at, expires_at, next_try_at)
           VALUES ($1, $2, $3, $4, $5, $6, $5) RETURNING id)
         SELECT pg_notify('${MESSAGE_CHANNEL}', '') FROM put`,
        [id, message.kind, sealer.seal(plain, contextOf(id, message.kind)), accountId, createdAt, expiresAt],
      );
      return id;
    },

    /**
     * Takes up to `most` messages that are due, for `leaseMs`. No other node gets them before that has passed; then
     * any may, since this one must have been killed.
     */
    async claim(kind: MessageKind, most: number, leaseMs: number, now: Date): Promise<Claimed[]> {
      const { rows } = await db.query<Claimed>(
        `WITH due AS (
           SELECT id FROM message
           WHERE ${IS_WAITING} AND kind = $1 AND next_try_at <= $3 AND expires_at > $3
           ORDER BY next_try_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         UPDATE message m SET tries = m.tries + 1, next_try_at = $4 FROM due WHERE m.id = due.id
         RETURNING ${ROW}`,
        [kind, most, now, new Date(now.getTime() + leaseMs)],
      );
      return rows;
    },

    /** What a claimed message says. Throws SEAL_BROKEN and SECRET_MISSING as the sealer does. */
    open({ id, kind, sealed }: Claimed): Message {
      return content.parse(JSON.parse(sealer.open(sealed, contextOf(id, kind)).toString("utf8")));
    },

    /** Erases what it said. Also when another node has taken it since: it is out. */
    async sent(id: string, now: Date): Promise<void> {
      await db.query(
        `UPDATE message SET sent_at = $2, gave_up_at = NULL, sealed = NULL, last_error = NULL
         WHERE id = $1 AND sent_at IS NULL`,
        [id, now],
      );
    },

    /** Puts it back until `tryAt`; nothing happens when another node has taken it since. */
    async tryAgain({ id, tries }: Claimed, { word }: Trouble, tryAt: Date): Promise<void> {
      await db.query(
        `UPDATE message SET next_try_at = $3, last_error = $4 WHERE id = $1 AND tries = $2 AND ${IS_WAITING}`,
        [id, tries, tryAt, word],
      );
    },

    /** Erases what it said; nothing happens when another node has taken it since. */
    async giveUp({ id, tries }: Claimed, { word }: Trouble, now: Date): Promise<void> {
      await db.query(
        `UPDATE message SET gave_up_at = $3, sealed = NULL, last_error = $4
         WHERE id = $1 AND tries = $2 AND ${IS_WAITING}`,
        [id, tries, now, word],
      );
    },

    /** Gives up and erases whatever is too late by now; resolves to what it gave up. */
    async expire(now: Date): Promise<{ id: string; kind: MessageKind; tries: number }[]> {
      const { rows } = await db.query<{ id: string; kind: MessageKind; tries: number }>(
        `UPDATE message SET gave_up_at = $1, sealed = NULL, last_error = coalesce(last_error, 'expired')
         WHERE ${IS_WAITING} AND expires_at <= $1 RETURNING id, kind, tries`,
        [now],
      );
      return rows;
    },

    /** Deletes the rows of what was done with and is older than `before`; resolves to how many. */
    async forget(before: Date): Promise<number> {
      const { rowCount } = await db.query(`DELETE FROM message WHERE sealed IS NULL AND created_at < $1`, [
        before,
      ]);
      return rowCount ?? 0;
    },

    /** The newest message about an account, when it was tried in vain; undefined when it went out or is not due yet. */
    async undelivered(accountId: string): Promise<Undelivered | undefined> {
      const { rows } = await db.query<Omit<Undelivered, "word"> & { sent: boolean; word: string | null }>(
        `SELECT kind, created_at AS since, gave_up_at IS NOT NULL AS "gaveUp", last_error AS word, sent_at IS NOT NULL AS sent
         FROM message WHERE account_id = $1 ORDER BY created_at DESC LIMIT 1`,
        [accountId],
      );
      const [newest] = rows;
      if (newest === undefined || newest.sent || (newest.word === null && !newest.gaveUp)) return undefined;
      const { kind, since, gaveUp, word } = newest;
      return { kind, since, gaveUp, word: word ?? "unknown" };
    },

    /** How many wait, and since when the first of them does. */
    async waiting(): Promise<Record<MessageKind, Waiting>> {
      const { rows } = await db.query<{ kind: MessageKind; count: number; oldest: Date }>(
        `SELECT kind, count(*)::int AS count, min(created_at) AS oldest FROM message WHERE ${IS_WAITING} GROUP BY kind`,
      );
      const of = (kind: MessageKind): Waiting => {
        const row = rows.find((one) => one.kind === kind);
        return { count: row?.count ?? 0, oldest: row?.oldest };
      };
      return Object.fromEntries(MESSAGE_KINDS.map((kind) => [kind, of(kind)])) as Record<
        MessageKind,
        Waiting
      >;
    },
  };
}

/** A message cannot be moved to another row, nor a mail be made an SMS. */
function contextOf(id: string, kind: MessageKind): string {
  return `message:${kind}:${id}`;
}
