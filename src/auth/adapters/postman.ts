/**
 * Adapter: the loop in which each node sends what waits to go out. Any number of nodes share the work. A message is
 * sent once, and again only when the node that sent it was killed, or the database was away, before that was
 * written down; then a mail has the same Message-ID and an SMS the same idx.
 */
import { errno, type Finding } from "../../fault.ts";
import {
  afterTrouble,
  MESSAGE_KINDS,
  PACE,
  type Dispatch,
  type Message,
  type MessageKind,
  type Senders,
  type Trouble,
} from "../message.ts";
import type { Claimed, Messages } from "../store/messages.ts";

/** Of one kind, at the same time, by one node. */
const AT_ONCE = 4;
/** What a try again and a notice that got lost wait for at most. */
const POLL_MS = 2000;
/** The rows of what was done with. They hold no content. */
const KEEP_MS = 30 * 86_400_000;
const FORGET_EVERY_MS = 3_600_000;

export interface PostmanOptions {
  /** On the pool, not in a transaction. */
  messages: Messages;
  senders: Senders;
  now: () => Date;
  /** From 0 up to but not including 1. */
  random: () => number;
  /** MESSAGE_NOT_SENT, without addresses or content. */
  log(finding: Finding, about: { message?: string; kind?: MessageKind; tries?: number }): void;
  pollMs?: number;
}

/** Since this process began. failed: tries that failed; gaveUp: messages that nobody got. */
export type PostmanCounts = Record<MessageKind, { sent: number; failed: number; gaveUp: number }>;

export interface Postman {
  /** Something may be due. Returns at once. */
  wake(): void;
  /** Looks once for what is due, and resolves when all of it has been tried. Never rejects. */
  round(): Promise<void>;
  counts(): PostmanCounts;
  /** Takes nothing more, and resolves when what is being sent is through or has failed: after PACE's sendMs at most. */
  stop(): Promise<void>;
}

/** Starts to look for messages at once and then every `pollMs`; `wake` makes it look sooner. Never throws. */
export function openPostman(options: PostmanOptions): Postman {
  const postman = new Post(options);
  const timer = setInterval(() => postman.wake(), options.pollMs ?? POLL_MS);
  postman.wake();
  return {
    wake: () => postman.wake(),
    round: () => postman.round(),
    counts: () => structuredClone(postman.counts),
    stop: () => {
      clearInterval(timer);
      return postman.stop();
    },
  };
}

class Post {
  readonly counts: PostmanCounts = {
    mail: { sent: 0, failed: 0, gaveUp: 0 },
    sms: { sent: 0, failed: 0, gaveUp: 0 },
  };
  readonly #options: PostmanOptions;
  readonly #underWay: Record<MessageKind, Set<Promise<void>>> = { mail: new Set(), sms: new Set() };
  /** Sent, when the database was away: id → when. */
  readonly #unwritten = new Map<string, Date>();
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #stopped = false;
  #storeIsAway = false;
  #forgotAt: number | undefined;

  constructor(options: PostmanOptions) {
    this.#options = options;
  }

  wake(): void {
    void this.#look();
  }

  async round(): Promise<void> {
    await this.#look();
    while (this.#all().length > 0) {
      await Promise.all(this.#all());
      await this.#looking;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#looking;
    await Promise.all(this.#all());
  }

  #all(): Promise<void>[] {
    return MESSAGE_KINDS.flatMap((kind) => [...this.#underWay[kind]]);
  }

  /** One look at a time. Who asks meanwhile gets another one, that begins after they asked. */
  #look(): Promise<void> {
    this.#lookAgain = true;
    this.#looking ??= this.#lookOften().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookOften(): Promise<void> {
    while (this.#lookAgain && !this.#stopped) {
      this.#lookAgain = false;
      try {
        await this.#lookOnce();
        this.#storeIsAway = false;
      } catch (error) {
        this.#sayStoreIsAway(error);
      }
    }
  }

  async #lookOnce(): Promise<void> {
    const { messages, now } = this.#options;
    for (const [id, at] of this.#unwritten) {
      await messages.sent(id, at);
      this.#unwritten.delete(id);
    }
    for (const late of await messages.expire(now())) this.#gaveUp(late, "expired");
    await this.#forget(now());
    for (const kind of MESSAGE_KINDS) {
      const free = AT_ONCE - this.#underWay[kind].size;
      if (free <= 0 || this.#stopped) continue;
      for (const claimed of await messages.claim(kind, free, PACE[kind].leaseMs, now())) this.#start(claimed);
    }
  }

  #start(claimed: Claimed): void {
    const underWay = this.#underWay[claimed.kind];
    const work = this.#deliver(claimed)
      .catch((error: unknown) => this.#sayStoreIsAway(error))
      .finally(() => {
        underWay.delete(work);
        // What did not fit into this round.
        if (!this.#storeIsAway) this.wake();
      });
    underWay.add(work);
  }

  async #deliver(claimed: Claimed): Promise<void> {
    const { messages, now, random } = this.#options;
    // A node that was stopped for a while may find that its message is another's by now, or too late.
    const latest = Math.min(claimed.leaseEnds.getTime(), claimed.expiresAt.getTime());
    const left = latest - now().getTime();
    if (left <= 0 || this.#unwritten.has(claimed.id)) return;
    const trouble = await this.#try(claimed, Math.min(left, PACE[claimed.kind].sendMs));
    if (trouble === undefined) {
      this.counts[claimed.kind].sent++;
      const at = now();
      this.#unwritten.set(claimed.id, at);
      await messages.sent(claimed.id, at);
      this.#unwritten.delete(claimed.id);
      return;
    }
    this.counts[claimed.kind].failed++;
    const next = afterTrouble(claimed, trouble, now(), random());
    if ("tryAt" in next) {
      this.#say(claimed, `${trouble.word}; it is tried again at ${next.tryAt.toISOString()}`);
      await messages.tryAgain(claimed, trouble, next.tryAt);
    } else {
      this.#gaveUp(claimed, trouble.word);
      await messages.giveUp(claimed, trouble, now());
    }
  }

  async #try(claimed: Claimed, withinMs: number): Promise<Trouble | undefined> {
    let message: Message;
    try {
      message = this.#options.messages.open(claimed);
    } catch (error) {
      // A key that is missing here may be put back; what is damaged stays so.
      const isMissing = errno(error) === "SECRET_MISSING";
      return { word: isMissing ? "key-missing" : "seal-broken", final: !isMissing };
    }
    const { id, createdAt, expiresAt } = claimed;
    const signal = AbortSignal.timeout(withinMs);
    try {
      return await orAborted(this.#send(message, { id, createdAt, expiresAt }, signal), signal);
    } catch {
      return { word: signal.aborted ? "timeout" : "failed", final: false };
    }
  }

  #send(message: Message, dispatch: Dispatch, signal: AbortSignal): Promise<Trouble | undefined> {
    const { senders } = this.#options;
    return message.kind === "mail"
      ? senders.mail(message, dispatch, signal)
      : senders.sms(message, dispatch, signal);
  }

  async #forget(now: Date): Promise<void> {
    if (this.#forgotAt !== undefined && Math.abs(now.getTime() - this.#forgotAt) < FORGET_EVERY_MS) return;
    this.#forgotAt = now.getTime();
    await this.#options.messages.forget(new Date(now.getTime() - KEEP_MS));
  }

  #gaveUp(about: { id: string; kind: MessageKind; tries: number }, word: string): void {
    this.counts[about.kind].gaveUp++;
    this.#say(about, `${word}; it was given up`);
  }

  #say({ id, kind, tries }: { id: string; kind: MessageKind; tries: number }, what: string): void {
    this.#options.log(
      {
        code: "MESSAGE_NOT_SENT",
        what: `${kind === "mail" ? "a mail" : "an SMS"} was not sent (try ${tries}): ${what}`,
        todo:
          kind === "mail"
            ? "Check mail in the configuration, and that this host reaches the mail server."
            : "Check sms in the configuration, and that this host reaches SMSAPI.",
      },
      { message: id, kind, tries },
    );
  }

  /** Once for each time that it goes away: the poll would say it every two seconds. */
  #sayStoreIsAway(error: unknown): void {
    if (this.#storeIsAway) return;
    this.#storeIsAway = true;
    this.#options.log(
      {
        code: "MESSAGE_NOT_SENT",
        what: `the messages that wait could not be read or written (${errno(error) ?? "no code"})`,
        todo: "Check that PostgreSQL runs and is reached; messages wait until then.",
      },
      {},
    );
  }
}

/** A sender that hangs in spite of its signal must hold neither its place nor the end of the process. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}
