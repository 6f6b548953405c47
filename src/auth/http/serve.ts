/** Adapter: one node of the gateway, from what it was told to a process that answers, and to its graceful end. */
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { asFault, type Finding } from "../../fault.ts";
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
import type { HashParameters } from "../password-hash.ts";
import { judgePassword, type PasswordRules } from "../password-rules.ts";
import type { Pepper } from "../password.ts";
import { openSealer, type SealingKey } from "../sealed.ts";
import type { Settings } from "../settings.ts";
import { watchChanges } from "../store/change-watch.ts";
import type { Pool } from "../store/database.ts";
import { lanesOn } from "../store/lanes.ts";
import { MESSAGE_CHANNEL } from "../store/messages.ts";
import { hearNotices } from "../store/notices.ts";
import { openStore } from "../store/postgres.ts";
import { authzListener } from "./authz.ts";
import type { PasswordJudge } from "./choose-password.ts";
import { Desk } from "./desk.ts";
import { internalListener, openTally, type Metric } from "./internal.ts";
import { listen } from "./listener.ts";
import { pagesListener, type PagesOptions } from "./pages.ts";

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
  senders: Senders;
  /** Tests look at the listener for browsers before it has a route. */
  more?: PagesOptions["more"];
  now: () => Date;
  passwords: Pick<PasswordRules, "least" | "words" | "breached">;
  log: NodeLog;
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

/** Housekeeping: writing down what was used, and sweeping what is over. */
const USED_EVERY_MS = 2000;
const SWEEP_EVERY_MS = 60_000;
/** Kept for the page of sign-ins of an account, then removed. */
const SESSION_KEPT_MS = 30 * 86_400_000;

/** Starts a node. Throws LISTEN_FAILED, HASHER_FAILED, CONFIG_INVALID, KEY_FILE_INVALID; then nothing is left running. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { settings, pool, lanePool, secretKey, now, log } = options;
  const tick = (): number => performance.now();
  const proxies = trustedProxies(options.trustedProxies);
  const keys = openAssertionKeys(options.assertionPems);
  const sealer = openSealer(options.encryptionKeys);
  const store = openStore(pool, sealer);
  const derived = derivedKeys(secretKey);
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
      tell: (fault) => log.error({ code: fault.code }, fault.message),
    });
    stops.push(() => hasher.close());
    const gateway: Gateway = {
      settings,
      store,
      lanes: lanesOn(lanePool, derived.lanes, options.rules),
      hasher,
      sealer,
      smsKey: derived.sms,
    };

    const cache = openAccessCache<Entry>();
    const watch = watchChanges(pool, cache, tick);
    stops.push(() => watch.stop());
    await watch.look();
    const gatekeeper = openGatekeeper(settings, store.read.access, cache, keys);
    const postman = openPostman({
      messages: store.read.messages,
      senders: options.senders,
      now,
      random: Math.random,
      log: (finding: Finding, about) => log.warn({ code: finding.code, ...about }, finding.what),
    });
    stops.push(() => postman.stop());
    const notices = hearNotices(pool, MESSAGE_CHANNEL, () => postman.wake());
    stops.push(() => notices.stop());

    const writeUsed = async (): Promise<void> => {
      const { sessions, apps } = gatekeeper.takeUsed();
      // What cannot be written now is used again soon, and noted then.
      if (sessions.size + apps.size > 0)
        await store.read.sessions.touch(sessions, apps).catch(() => undefined);
    };
    stops.push(every(USED_EVERY_MS, writeUsed), writeUsed);
    const sweep = async (): Promise<void> => {
      const at = now();
      await store.read.signIns.sweep(at);
      await store.read.sessions.sweep(at, SESSION_KEPT_MS);
      await store.read.factors.sweep(at);
      await gateway.lanes.sweep(at);
    };
    stops.push(every(SWEEP_EVERY_MS, () => sweep().catch(() => undefined)));

    const concurrent = options.hashing.concurrent ?? availableParallelism();
    const admission = openAdmission(2 * concurrent + options.hashing.waiting);
    const desk = new Desk({
      gateway,
      proxies,
      formTokens: openFormTokens(derived.forms),
      evenTime: openEvenTime(),
      admission,
      now,
      tick,
      sleep: (ms) => sleep(ms),
    });
    const failed = (error: unknown): void => {
      const said =
        error instanceof Error
          ? { name: error.name, code: "code" in error ? String(error.code) : undefined }
          : {};
      log.error(said, "a request could not be answered");
    };
    const unchecked = (error: unknown): void =>
      log.error({ code: "BREACHED_UNKNOWN" }, asFault(error).message);
    const tally = openTally();
    const authz = authzListener({
      gatekeeper,
      proxies,
      now,
      tick,
      counted: tally.count,
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
    });
    const internal = internalListener({
      ready: async () => {
        const asked = tick();
        try {
          await pool.query("SELECT 1 FROM account LIMIT 1");
        } catch {
          return { ok: false, why: "the database does not answer" };
        }
        return { ok: true, why: `ready, the database answered in ${Math.round(tick() - asked)} ms` };
      },
      metrics: async (): Promise<Metric[]> => [
        {
          name: "lakat_gateway_authz_answers_total",
          help: "Answers to the proxies",
          type: "counter",
          values: tally.values(),
        },
        {
          name: "lakat_gateway_cached_sessions",
          help: "Sessions held in memory",
          type: "gauge",
          values: [{ value: cache.size }],
        },
        {
          name: "lakat_gateway_sign_ins_under_way",
          help: "Sign-ins looked at now",
          type: "gauge",
          values: [{ value: admission.under }],
        },
        {
          name: "lakat_gateway_hashes_pending",
          help: "Passwords being hashed or waiting",
          type: "gauge",
          values: [{ value: hasher.pending() }],
        },
        ...(await messageMetrics(postman.counts(), store.read.messages.waiting(), now())),
      ],
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

async function messageMetrics(
  counts: ReturnType<ReturnType<typeof openPostman>["counts"]>,
  waiting: Promise<Record<"mail" | "sms", { count: number; oldest: Date | undefined }>>,
  now: Date,
): Promise<Metric[]> {
  const kinds = ["mail", "sms"] as const;
  const wait = await waiting.catch(() => undefined);
  return [
    {
      name: "lakat_gateway_messages_total",
      help: "Mails and SMS by what became of them on this node",
      type: "counter",
      values: kinds.flatMap((kind) =>
        (["sent", "failed", "gaveUp"] as const).map((outcome) => ({
          labels: { kind, outcome },
          value: counts[kind][outcome],
        })),
      ),
    },
    {
      name: "lakat_gateway_messages_oldest_seconds",
      help: "Age of the oldest message that waits",
      type: "gauge",
      values:
        wait === undefined
          ? []
          : kinds.map((kind) => ({
              labels: { kind },
              value:
                wait[kind].oldest === undefined
                  ? 0
                  : Math.max(0, (now.getTime() - wait[kind].oldest.getTime()) / 1000),
            })),
    },
  ];
}

/** Runs `work` again and again with a pause between; the result ends it and waits for the one under way. */
function every(ms: number, work: () => Promise<void>): () => Promise<void> {
  const end = new AbortController();
  const loop = (async (): Promise<void> => {
    for (;;) {
      await sleep(ms, undefined, { signal: end.signal, ref: false }).catch(() => undefined);
      if (end.signal.aborted) return;
      await work();
    }
  })();
  return async () => {
    end.abort();
    await loop;
  };
}
