/** Adapter: what a node counts, under the names that docs/metrics.md explains. */
import type { Postman } from "../adapters/postman.ts";
import type { LaneKind } from "../lane.ts";
import type { TroubleLog } from "../trouble-log.ts";
import type { AnswerTally, Metric } from "./internal.ts";

export interface MetricSources {
  /** Answers to the proxies. */
  answers: Pick<AnswerTally, "outcomes" | "times">;
  signIns: SignInTally;
  cached: () => number;
  newsAgeMs: () => number;
  underWay: () => number;
  hashesPending: () => number;
  busy: () => number;
  troubles: Pick<TroubleLog, "counts">;
  /** These two ask the database. What it does not tell is left out. */
  lanesLocked: () => Promise<Map<LaneKind, number>>;
  waiting: () => Promise<Record<"mail" | "sms", { count: number; oldest: Date | undefined }>>;
  postman: Pick<Postman, "counts">;
  now: () => Date;
}

/** `right` is what was right at this step; what comes after may still say no. */
export type SignInOutcome = "right" | "refused" | "busy" | "failed";
export interface SignInTally {
  count(step: "password" | "code", outcome: SignInOutcome): void;
  values(): Metric["values"];
}

/** All outcomes are there from the start, so that the first of one is seen as a rise. */
export function openSignInTally(): SignInTally {
  const counts = new Map(
    (["password", "code"] as const).flatMap((step) =>
      (["right", "refused", "busy", "failed"] as const).map((outcome) => [
        `${step} ${outcome}`,
        { labels: { step, outcome }, value: 0 },
      ]),
    ),
  );
  return {
    count(step, outcome) {
      const counted = counts.get(`${step} ${outcome}`);
      if (counted !== undefined) counted.value++;
    },
    values: () => [...counts.values()],
  };
}

const KINDS = ["mail", "sms"] as const;

export async function nodeMetrics(sources: MetricSources): Promise<Metric[]> {
  const [locked, wait] = await Promise.all([
    sources.lanesLocked().catch(() => undefined),
    sources.waiting().catch(() => undefined),
  ]);
  const sent = sources.postman.counts();
  const now = sources.now().getTime();
  const age = (oldest: Date | undefined): number =>
    oldest === undefined ? 0 : Math.max(0, (now - oldest.getTime()) / 1000);
  return [
    counter("lakat_gateway_authz_answers_total", "Answers to the proxies", sources.answers.outcomes()),
    {
      name: "lakat_gateway_authz_seconds",
      help: "How long an answer to a proxy took",
      type: "histogram",
      values: sources.answers.times(),
    },
    counter("lakat_gateway_sign_ins_total", "Passwords and codes looked at", sources.signIns.values()),
    counter("lakat_gateway_busy_total", "Told to come again for load", [{ value: sources.busy() }]),
    counter(
      "lakat_gateway_troubles_total",
      "Faults by code",
      sources.troubles.counts().map(({ code, count }) => ({ labels: { code }, value: count })),
    ),
    gauge("lakat_gateway_news_age_seconds", "Since changes were last looked for", [
      { value: seconds(sources.newsAgeMs()) },
    ]),
    gauge("lakat_gateway_cached_sessions", "Sessions held in memory", [{ value: sources.cached() }]),
    gauge("lakat_gateway_sign_ins_under_way", "Sign-ins looked at now", [{ value: sources.underWay() }]),
    gauge("lakat_gateway_hashes_pending", "Passwords being hashed or waiting", [
      { value: sources.hashesPending() },
    ]),
    gauge(
      "lakat_gateway_lanes_locked",
      "Lanes that are locked, in the database of all nodes",
      [...(locked ?? [])].map(([kind, value]) => ({ labels: { kind }, value })),
    ),
    counter(
      "lakat_gateway_messages_total",
      "Mails and SMS by what became of them on this node",
      KINDS.flatMap((kind) =>
        (["sent", "failed", "gaveUp"] as const).map((outcome) => ({
          labels: { kind, outcome },
          value: sent[kind][outcome],
        })),
      ),
    ),
    gauge(
      "lakat_gateway_messages_oldest_seconds",
      "Age of the oldest message that waits",
      wait === undefined ? [] : KINDS.map((kind) => ({ labels: { kind }, value: age(wait[kind].oldest) })),
    ),
  ];
}

/** Prometheus writes infinity in its own way. */
function seconds(ms: number): number {
  return Number.isFinite(ms) ? Math.round(ms) / 1000 : Number.MAX_SAFE_INTEGER;
}

function counter(name: string, help: string, values: Metric["values"]): Metric {
  return { name, help, type: "counter", values };
}

function gauge(name: string, help: string, values: Metric["values"]): Metric {
  return { name, help, type: "gauge", values };
}
