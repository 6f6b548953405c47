/** Adapter: one node of the gateway, from what it was told to a process that answers, and to its graceful end. */
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { asFault, errno, Fault, type Finding } from "../../fault.ts";
import { openAccessCache } from "../access-cache.ts";
import { startHasher } from "../adapters/hasher.ts";
import { openPostman } from "../adapters/postman.ts";
import { openAdmission } from "../admission.ts";
import { openAssertionKeys } from "../assertion.ts";
import type { TombstoneVerifier } from "../audit-tombstone.ts";
import { trustedProxies } from "../client-address.ts";
import { derivedKeys } from "../derived-keys.ts";
import { openEvenTime } from "../even-time.ts";
import { openFormTokens } from "../form-token.ts";
import { openGatekeeper, type Entry } from "../gatekeeper.ts";
import type { Gateway } from "../gateway.ts";
import type { LaneRules } from "../lockout.ts";
import type { Senders } from "../message.ts";
import { openOverload } from "../overload.ts";
import type { HashParameters } from "../password-hash.ts";
import { judgePassword, type PasswordRules } from "../password-rules.ts";
import { Busy, type PasswordHasher, type Pepper } from "../password.ts";
import type { Provider } from "../provider.ts";
import { openSealer, type SealingKey } from "../sealed.ts";
import type { Settings } from "../settings.ts";
import { watchChanges } from "../store/change-watch.ts";
import type { Pool } from "../store/database.ts";
import { lanesOn } from "../store/lanes.ts";
import { lockedOn } from "../store/locked.ts";
import { MESSAGE_CHANNEL } from "../store/messages.ts";
import { migrations } from "../store/migrate.ts";
import { hearNotices } from "../store/notices.ts";
import { openStore } from "../store/postgres.ts";
import { openTroubleLog, type TroubleLog } from "../trouble-log.ts";
import { authzListener } from "./authz.ts";
import type { PasswordJudge } from "./choose-password.ts";
import { Desk } from "./desk.ts";
import { keepHouse } from "./housekeeping.ts";
import { internalListener, openAnswerTally } from "./internal.ts";
import { listen } from "./listener.ts";
import { nodeMetrics, openSignInTally } from "./node-metrics.ts";
import { pagesListener, type PagesOptions } from "./pages.ts";
import { readiness } from "./readiness.ts";

export interface NodeOptions {
  settings: Settings;
  /** Two pools, since an attempt is counted while a transaction may hold a connection. */
  pool: Pool;
  lanePool: Pool;
  secretKey: Buffer;
  encryptionKeys: readonly SealingKey[];
  peppers: readonly Pepper[];
  assertionPems: readonly string[];
  /** Knows the signature of what stands for purged rows of the audit. */
  auditKey: TombstoneVerifier;
  trustedProxies: readonly string[];
  listen: Record<"pages" | "authz" | "internal", { host: string; port: number }>;
  hash: HashParameters;
  hashing: { concurrent?: number | undefined; waiting: number };
  rules: LaneRules;
  /** Where else people may sign in. */
  providers?: readonly Provider[];
  senders: Senders;
  /** Tests look at the listener for browsers before it has a route. */
  more?: PagesOptions["more"];
  /** Routes of other parts, on the login host. */
  areas?: PagesOptions["areas"];
  /** What other parts have to sweep now and then. */
  sweeps?: readonly ((now: Date) => Promise<void>)[];
  now: () => Date;
  passwords: Pick<PasswordRules, "least" | "words" | "breached">;
  log: NodeLog;
  /** Makes a fault of an error of the database, with the server's name in it; what it does not know stays as it is. */
  explain?: (error: unknown) => unknown;
}

export interface NodeLog {
  info(about: object, text: string): void;
  warn(about: object, text: string): void;
  error(about: object, text: string): void;
}

export interface RunningNode {
  ports: Record<"pages" | "authz" | "internal", number>;
  gateway: Gateway;
  /** Stops taking connections, finishes what is under way, and lets go of everything but the pools. */
  stop(): Promise<void>;
}

/** Starts a node. Throws LISTEN_FAILED, HASHER_FAILED, CONFIG_INVALID, KEY_FILE_INVALID; then nothing is left running. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { settings, pool, lanePool, secretKey, now, log } = options;
  const tick = (): number => performance.now();
  const proxies = trustedProxies(options.trustedProxies);
  const keys = openAssertionKeys(options.assertionPems);
  const sealer = openSealer(options.encryptionKeys);
  const store = openStore(pool, sealer);
  const derived = derivedKeys(secretKey);
  const explained = (error: unknown): Fault => unexpected(options.explain?.(error) ?? error);
  const troubles = openTroubleLog((about, text) => log.error(about, text), tick);
  const failed = (error: unknown): void => sayTrouble(troubles, explained(error), error);
  const known = await migrations();
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    // Last begun, first ended; one that fails keeps none of the others alive.
    for (const end of stops.splice(0).reverse())
      await end().catch((error: unknown) =>
        log.warn({ error: String(error) }, "could not be stopped in order"),
      );
  };
  try {
    const hasher = await startHasher({
      parameters: options.hash,
      peppers: options.peppers,
      concurrent: options.hashing.concurrent,
      waiting: options.hashing.waiting,
      tell: (fault) => troubles.say(fault),
    });
    stops.push(() => hasher.close());
    const overload = openOverload((refused) => {
      log.warn({ refused }, "more people sign in than can be looked at; some were told to come again");
      const details = { refused };
      store
        .transact(({ audit }) =>
          audit.append({
            at: now(),
            event: "gateway.overloaded",
            outcome: "failure",
            actor: { kind: "gateway" },
            details,
          }),
        )
        .catch(failed);
    }, tick);
    const gateway: Gateway = {
      settings,
      store,
      lanes: lanesOn(lanePool, derived.lanes, options.rules),
      hasher: tellingOfBusy(hasher, () => overload.refused()),
      sealer,
      smsKey: derived.sms,
      providers: options.providers ?? [],
    };

    for (const provider of options.providers ?? []) void provider.warm();
    const cache = openAccessCache<Entry>();
    const watch = watchChanges(pool, cache, tick, {
      failed,
      back: () => log.info({}, "the database answers again"),
    });
    stops.push(() => watch.stop());
    await watch.look();
    const gatekeeper = openGatekeeper(settings, store.read.access, cache, keys);
    const postman = openPostman({
      messages: store.read.messages,
      senders: options.senders,
      now,
      random: Math.random,
      log: (finding: Finding, about) =>
        log.warn({ code: finding.code, todo: finding.todo, ...about }, finding.what),
    });
    stops.push(() => postman.stop());
    const notices = hearNotices(pool, MESSAGE_CHANNEL, () => postman.wake());
    stops.push(() => notices.stop());

    stops.push(keepHouse(gateway, gatekeeper, { now, failed, sweeps: options.sweeps ?? [] }));

    const concurrent = options.hashing.concurrent ?? availableParallelism();
    const admission = openAdmission(2 * concurrent + options.hashing.waiting, () => overload.refused());
    const signIns = openSignInTally();
    const desk = new Desk({
      gateway,
      proxies,
      formTokens: openFormTokens(derived.forms),
      evenTime: openEvenTime(),
      admission,
      counted: (step, outcome) => signIns.count(step, outcome),
      now,
      tick,
      sleep: (ms) => sleep(ms),
    });
    const unchecked = (error: unknown): void => troubles.say(asFault(error));
    const tally = openAnswerTally();
    const authz = authzListener({
      gatekeeper,
      proxies,
      now,
      tick,
      counted: tally.count,
      failed,
      refused: ({ reason, application }) =>
        log.info({ reason, application: application?.name }, "access refused"),
    });
    const judge: PasswordJudge["judge"] = (password, owner) =>
      judgePassword(password, owner, { ...options.passwords, tell: unchecked });
    const access = { pool, auditKey: options.auditKey };
    const pages = pagesListener({
      desk,
      keys,
      failed,
      forget: () => watch.look(),
      judge,
      access,
      more: options.more ?? [],
      areas: options.areas ?? [],
    });
    const internal = internalListener({
      ready: () => readiness({ pool, hasher, known, explained, tick }),
      metrics: () =>
        nodeMetrics({
          answers: tally,
          signIns,
          cached: () => cache.size,
          newsAgeMs: () => watch.age(),
          underWay: () => admission.under,
          hashesPending: () => hasher.pending(),
          busy: () => overload.count,
          troubles,
          lanesLocked: () => lockedOn(pool).counts(now()),
          waiting: () => store.read.messages.waiting(),
          postman,
          now,
        }),
    });
    const ports = { pages: 0, authz: 0, internal: 0 };
    for (const [name, listener] of [
      ["internal", internal],
      ["pages", pages],
      ["authz", authz],
    ] as const) {
      stops.push(() => listener.close());
      ports[name] = await listen(listener, options.listen[name]);
    }
    return { ports, gateway, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Of an error that nobody expected, the name and the place in the program: its message may hold what somebody typed.
 */
function unexpected(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const name = error instanceof Error ? error.name : "something that is no error";
  const [, place = ""] = /^\s+at (.*)$/m.exec((error instanceof Error ? error.stack : undefined) ?? "") ?? [];
  return new Fault(
    "INTERNAL",
    `a request could not be answered: ${name} ${place}`.trim(),
    "Report this as a defect of lakat, with the log.",
    { cause: error },
  );
}

function sayTrouble(troubles: TroubleLog, fault: Fault, error: unknown): void {
  const state = errno(error);
  troubles.say(fault, state === undefined || state === fault.code ? {} : { cause: state });
}

/** The hasher, that says when it had too much to do. */
function tellingOfBusy(hasher: PasswordHasher, busy: () => void): PasswordHasher {
  const heard = (error: unknown): never => {
    if (error instanceof Busy) busy();
    throw error;
  };
  return {
    hash: (password) => hasher.hash(password).catch(heard),
    verify: (stored, password) => hasher.verify(stored, password).catch(heard),
  };
}
