/** Adapter: the listener for monitoring: whether the process lives, whether it can work, and what it counted. */
import type { Outcome } from "./authz.ts";
import { newListener, type Listener } from "./listener.ts";

export interface InternalOptions {
  /** Resolves when this node can answer: database reached and at the right state, news of changes fresh. */
  ready: () => Promise<{ ok: boolean; why: string }>;
  metrics: () => Promise<Metric[]>;
}

export interface Metric {
  name: string;
  help: string;
  type: "counter" | "gauge";
  values: { labels?: Record<string, string>; value: number }[];
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
        ...values.map(({ labels = {}, value }) => {
          const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text}"`);
          return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
        }),
        "",
      ].join("\n"),
    )
    .join("");
}

/** Counts by outcome, for /metrics. */
export function openTally(): { count: (outcome: Outcome) => void; values: () => Metric["values"] } {
  const counts = new Map<Outcome, number>();
  return {
    count: (outcome) => void counts.set(outcome, (counts.get(outcome) ?? 0) + 1),
    values: () => [...counts].map(([outcome, value]) => ({ labels: { outcome }, value })),
  };
}
