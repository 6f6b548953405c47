/** Adapter: what all routes for browsers share: who asks, forms that count, and how pages are sent. */
import { randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { stillHolds, type Account } from "../account.ts";
import type { Admission } from "../admission.ts";
import type { TrustedProxies } from "../client-address.ts";
import type { EvenTime } from "../even-time.ts";
import type { FormTokens } from "../form-token.ts";
import type { Gateway } from "../gateway.ts";
import type { Page, Surroundings } from "../pages/page.ts";
import { messagePage } from "../pages/sign-in.ts";
import type { Language } from "../settings.ts";
import type { Session } from "../store/sessions.ts";
import { tokenHash } from "../token.ts";
import { signInWords } from "../words/sign-in.ts";
import { ClientError } from "./client-error.ts";
import { contentPolicy } from "./content-policy.ts";
import { SESSION_COOKIE } from "./cookies.ts";
import { field, formOf, type Form } from "./form.ts";
import type { SignInTally } from "./node-metrics.ts";
import { baseOf, choiceSubject, wayBack } from "./language-choice.ts";
import { visitOf, type Visit } from "./visit.ts";

export interface DeskOptions {
  gateway: Gateway;
  proxies: TrustedProxies;
  formTokens: FormTokens;
  evenTime: EvenTime;
  admission: Admission;
  /** Hears how each step of a sign-in came out. */
  counted: SignInTally["count"];
  now: () => Date;
  /** Milliseconds of a clock that never steps. */
  tick: () => number;
  sleep: (ms: number) => Promise<void>;
}

export interface SignedIn {
  visit: Visit;
  account: Account;
  session: Session;
  /** Form tokens of this session are bound to it. */
  subject: string;
  language: Language;
}

/** How long a session may be used before that is noted again, milliseconds. */
const NOTE_MS = 20_000;

export class Desk {
  readonly options: DeskOptions;
  readonly #formOrigins: string[];

  constructor(options: DeskOptions) {
    this.options = options;
    const { applications } = options.gateway.settings;
    this.#formOrigins = [...new Set(applications.all.map(({ origin }) => origin))];
  }

  get gateway(): Gateway {
    return this.options.gateway;
  }

  visit(request: FastifyRequest): Visit {
    const { proxies, now, gateway } = this.options;
    return visitOf(request, { proxies, now, fallback: gateway.settings.language });
  }

  /**
   * Whoever has an open session on this host and an account that still stands; undefined for everybody else.
   *
   * @param isUse false for what a page asks for by itself: it keeps no session open
   */
  async signedIn(request: FastifyRequest, isUse = true): Promise<SignedIn | undefined> {
    const visit = this.visit(request);
    const hash = tokenHash(visit.cookie(SESSION_COOKIE));
    const { read } = this.gateway.store;
    const session = hash && (await read.sessions.byToken(hash, visit.now));
    const account = session && (await read.accounts.byId(session.accountId));
    if (hash === undefined || session === undefined || account === undefined) return undefined;
    if (!stillHolds(account, session.epoch, visit.now)) return undefined;
    if (isUse && visit.now.getTime() - session.lastSeenAt.getTime() > NOTE_MS)
      await read.sessions.touch(new Map([[session.id, visit.now]]), new Map());
    return { visit, account, session, subject: hash.toString("base64url"), language: account.language };
  }

  token(subject: string): string {
    return this.options.formTokens.make(subject, this.options.now());
  }

  /**
   * The form of a POST, when it comes from a page of ours. Throws ClientError 403 when the browser says that it comes
   * from elsewhere. `isFresh` is false for a token that is old or of another session: then show the page again.
   */
  form(
    request: FastifyRequest,
    subject: string,
    origin = this.gateway.settings.publicUrl,
  ): { form: Form; isFresh: boolean } {
    const { headers } = request.raw;
    const site = headers["sec-fetch-site"];
    const sent = headers.origin;
    // Every browser of today sends Origin with a POST; what sends neither is no browser, or hides where it comes from.
    if (sent !== origin || (site !== undefined && site !== "same-origin"))
      throw new ClientError(403, "this form was not sent from a page of this site");
    const form = formOf(request);
    return {
      form,
      isFresh: this.options.formTokens.isRight(field(form, "token"), subject, this.options.now()),
    };
  }

  page(reply: FastifyReply, page: Page, status = 200, cookies: string[] = []): FastifyReply {
    if (cookies.length > 0) reply.header("Set-Cookie", cookies);
    const providers = (this.gateway.providers ?? []).flatMap((provider) => provider.origins());
    const formOrigins = [...this.#formOrigins, ...providers];
    const nonce = randomBytes(16).toString("base64");
    return reply
      .code(status)
      .header("Content-Type", "text/html; charset=utf-8")
      .header("Content-Security-Policy", contentPolicy({ formOrigins, nonce }))
      .send(page(nonce, this.#surroundings(reply.request)));
  }

  #surroundings(request: FastifyRequest): Surroundings {
    const base = baseOf(request);
    return {
      base,
      choice: { token: this.token(choiceSubject(request, base)), back: wayBack(request, base) },
    };
  }

  notFound(reply: FastifyReply, language: Language): FastifyReply {
    const words = signInWords(language);
    const { organisation } = this.gateway.settings;
    return this.page(
      reply,
      messagePage({ language, organisation }, { title: words.notFoundTitle, text: words.notFound }),
      404,
    );
  }

  /**
   * A "no" to a sign-in goes out on a grid of times that does not tell why.
   *
   * @param began tick at which the request came
   */
  async evenOut(began: number, hashed: boolean): Promise<void> {
    const { evenTime, tick, sleep } = this.options;
    const elapsed = tick() - began;
    if (hashed) evenTime.note(elapsed);
    await sleep(evenTime.wait(elapsed, hashed));
  }
}
