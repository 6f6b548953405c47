/** Adapter: the listener for monitoring: whether the process lives, whether it can work, and what it counted. */
import { OUTCOMES, type Outcome } from "./authz.ts";
import { newListener, type Listener } from "./listener.ts";

export interface InternalOptions {
  /** Resolves when this node can answer: database reached and at the right state, news of changes fresh. */
  ready: () => Promise<{ ok: boolean; why: string }>;
  metrics: () => Promise<Metric[]>;
}

export interface Metric {
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram";
  /** `part` is what a histogram adds to the name: _bucket, _sum or _count. */
  values: { part?: string; labels?: Record<string, string>; value: number }[];
}

export function internalListener({ ready, metrics }: InternalOptions): Listener {
  const listener = newListener();
  listener.get("/healthz", (_request, reply) => reply.header("Content-Type", "text/plain").send("ok\n"));
  listener.get("/readyz", async (_request, reply) => {
    const { ok, why } = await ready();
    return reply
      .code(ok ? 200 : 503)
      .header("Content-Type", "text/plain")
      .send(`${why}\n`);
  });
  listener.get("/metrics", async (_request, reply) =>
    reply.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8").send(render(await metrics())),
  );
  return listener;
}

/** Prometheus' text format 0.0.4. Label values are words of ours. */
function render(metrics: Metric[]): string {
  return metrics
    .map(({ name, help, type, values }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...values.map(({ part = "", labels = {}, value }) => {
          const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text}"`);
          return `${name}${part}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
        }),
        "",
      ].join("\n"),
    )
    .join("");
}

/** Counts of answers by outcome, and how long they took, for /metrics. */
export interface AnswerTally {
  count: (outcome: Outcome, ms: number) => void;
  outcomes(): Metric["values"];
  /** A histogram in seconds. */
  times(): Metric["values"];
}

/** Upper ends of the buckets, milliseconds: around the 5 ms that an answer may take, and far beyond. */
const BUCKETS_MS = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000, 5000];

export function openAnswerTally(): AnswerTally {
  // All are there from the start, so that the first of one is seen as a rise.
  const outcomes = new Map(OUTCOMES.map((outcome) => [outcome, 0]));
  const buckets = BUCKETS_MS.map((end) => ({ end, count: 0 }));
  const all = { count: 0, ms: 0 };
  return {
    count(outcome, ms) {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const bucket = buckets.find(({ end }) => ms <= end);
      if (bucket !== undefined) bucket.count++;
      all.count++;
      all.ms += ms;
    },
    outcomes: () => [...outcomes].map(([outcome, value]) => ({ labels: { outcome }, value })),
    times() {
      let sum = 0;
      const counted = buckets.map(({ end, count }) => ({ le: String(end / 1000), value: (sum += count) }));
      return [
        ...[...counted, { le: "+Inf", value: all.count }].map(({ le, value }) => ({
          part: "_bucket",
          labels: { le },
          value,
        })),
        { part: "_sum", value: all.ms / 1000 },
        { part: "_count", value: all.count },
      ];
    },
  };
}
