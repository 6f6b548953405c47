/** Adapter: the listener that proxies ask. It sets no cookie, reads no body, and says yes in one way only. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Answer, Gatekeeper } from "../gatekeeper.ts";
import { aliasIn, NOBODY } from "../identity-headers.ts";
import type { TrustedProxies } from "../client-address.ts";
import {
  targetFromEnvoy,
  targetFromForwarded,
  targetFromNginx,
  type RefusedTarget,
  type RequestTarget,
} from "../request-target.ts";
import { APP_COOKIE, readCookie } from "./cookies.ts";
import { newListener, type Listener } from "./listener.ts";

export interface AuthzOptions {
  gatekeeper: Gatekeeper;
  proxies: TrustedProxies;
  now: () => Date;
  /** Milliseconds of a clock that never steps. */
  tick: () => number;
  /** Told of what was refused to somebody who is signed in. */
  refused: (answer: Extract<Answer, { kind: "forbidden" }>, target: RequestTarget) => void;
  /** With how long the answer took, milliseconds. */
  counted: (outcome: Outcome, ms: number) => void;
  /** Told of what kept it from answering. */
  failed: (error: unknown) => void;
}

export const OUTCOMES = ["allow", "sign-in", "forbidden", "malformed", "stranger", "failed"] as const;
export type Outcome = (typeof OUTCOMES)[number];

const ENVOY = "/authz/envoy";

export function authzListener(options: AuthzOptions): Listener {
  const { gatekeeper, proxies, tick } = options;
  // Addresses of proxies are few: parsed once each.
  const peers = new Map<string, boolean>();
  const isProxy = (peer: string): boolean => {
    const known = peers.get(peer);
    if (known !== undefined) return known;
    const is = proxies.includes(peer);
    if (peers.size < 1000) peers.set(peer, is);
    return is;
  };

  const ask =
    (redirect: 302 | 401, read: (request: IncomingMessage) => RequestTarget | RefusedTarget) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      const began = tick();
      const counted = (outcome: Outcome): void => options.counted(outcome, tick() - began);
      if (!isProxy(request.socket.remoteAddress ?? "")) {
        counted("stranger");
        send(response, 403, NOBODY, "only the proxies of the configuration may ask here\n");
        return;
      }
      const target = aliasIn(request.rawHeaders) === undefined ? read(request) : MALFORMED;
      if ("refused" in target) {
        counted("malformed");
        send(response, 401, NOBODY, "the request could not be understood\n");
        return;
      }
      const cookie = readCookie(request.headers.cookie, APP_COOKIE);
      const give = (answer: Answer): void => {
        counted(answer.kind);
        if (answer.kind === "allow") send(response, 200, answer.headers, "");
        else if (answer.kind === "forbidden") {
          options.refused(answer, target);
          send(response, 403, NOBODY, "this account may not open this\n");
        } else if (isNavigation(request, target)) {
          const to = encodeURIComponent(target.path + target.query);
          const location = `${answer.application.origin}/.lakat/start?to=${to}`;
          send(response, redirect, { ...NOBODY, Location: location }, "sign in first\n");
        } else send(response, 401, NOBODY, "sign in first\n");
      };
      const fail = (error: unknown): void => {
        counted("failed");
        options.failed(error);
        send(response, 503, { ...NOBODY, "Retry-After": "1" }, "try again in a moment\n");
      };
      try {
        const answer = gatekeeper.ask(target, cookie, options.now(), began);
        if (answer instanceof Promise) void answer.then(give).catch(fail);
        else give(answer);
      } catch (error) {
        fail(error);
      }
    };

  const onEnvoy = ask(302, ({ method, url, rawHeaders }) =>
    targetFromEnvoy(method ?? "", url ?? "", ENVOY, rawHeaders),
  );
  const direct = new Map([
    ["/authz/nginx", ask(401, ({ rawHeaders }) => targetFromNginx(rawHeaders))],
    ["/authz/forward", ask(302, ({ rawHeaders }) => targetFromForwarded(rawHeaders))],
  ]);
  // Every request of every application asks here, and what Fastify does for a route costs as much as our answer.
  const listener = newListener((request, response) => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    const answer = request.method === "GET" ? direct.get(path) : undefined;
    answer?.(request, response);
    return answer !== undefined;
  });
  const throughFastify = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    reply.hijack();
    onEnvoy(request.raw, reply.raw);
    return reply;
  };
  listener.all(`${ENVOY}/*`, throughFastify);
  // The router answers 404 for a method and 400 for a path that it cannot read; no proxy may take either for a yes.
  listener.setNotFoundHandler((request, reply) => {
    if (request.raw.url?.startsWith(`${ENVOY}/`) === true) return throughFastify(request, reply);
    reply.hijack();
    send(reply.raw, 404, NOBODY, "");
    return reply;
  });
  listener.setErrorHandler((_error, _request, reply) => {
    reply.hijack();
    send(reply.raw, 401, NOBODY, "");
    return reply;
  });
  return listener;
}

const MALFORMED: RefusedTarget = { refused: "host" };

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, {
    ...headers,
    "Cache-Control": "no-store",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
}

/** A person who opens a page, and not a program, an image or a form: only they can be sent to the sign-in. */
function isNavigation({ headers }: IncomingMessage, { method }: RequestTarget): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  const mode = headers["sec-fetch-mode"];
  if (mode !== undefined) return mode === "navigate";
  return headers.accept?.includes("text/html") === true && headers["x-requested-with"] === undefined;
}
