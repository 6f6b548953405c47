/** Adapter: the listener that proxies ask. It sets no cookie, reads no body, and says yes in one way only. */
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
  counted: (outcome: Outcome) => void;
}

export type Outcome = "allow" | "sign-in" | "forbidden" | "malformed" | "stranger" | "failed";

const ENVOY = "/authz/envoy";

export function authzListener(options: AuthzOptions): Listener {
  const { gatekeeper, proxies, counted } = options;
  const listener = newListener();
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
    (redirect: 302 | 401, read: (request: FastifyRequest) => RequestTarget | RefusedTarget) =>
    (request: FastifyRequest, reply: FastifyReply): unknown => {
      if (!isProxy(request.raw.socket.remoteAddress ?? "")) {
        counted("stranger");
        return send(reply, 403, NOBODY, "only the proxies of the configuration may ask here\n");
      }
      const target = aliasIn(request.raw.rawHeaders) === undefined ? read(request) : MALFORMED;
      if ("refused" in target) {
        counted("malformed");
        return send(reply, 401, NOBODY, "the request could not be understood\n");
      }
      const cookie = readCookie(request.raw.headers.cookie, APP_COOKIE);
      const give = (answer: Answer): unknown => {
        counted(answer.kind);
        switch (answer.kind) {
          case "allow":
            return send(reply, 200, answer.headers, "");
          case "sign-in": {
            if (!isNavigation(request, target)) return send(reply, 401, NOBODY, "sign in first\n");
            const to = encodeURIComponent(target.path + target.query);
            const location = `${answer.application.origin}/.lakat/start?to=${to}`;
            return send(reply, redirect, { ...NOBODY, Location: location }, "sign in first\n");
          }
          case "forbidden":
            options.refused(answer, target);
            return send(reply, 403, NOBODY, "this account may not open this\n");
        }
      };
      const fail = (): unknown => {
        counted("failed");
        return send(reply, 503, { ...NOBODY, "Retry-After": "1" }, "try again in a moment\n");
      };
      try {
        const answer = gatekeeper.ask(target, cookie, options.now(), options.tick());
        return answer instanceof Promise ? answer.then(give).catch(fail) : give(answer);
      } catch {
        return fail();
      }
    };

  const onNginx = ask(401, ({ raw }) => targetFromNginx(raw.rawHeaders));
  const onForward = ask(302, ({ raw }) => targetFromForwarded(raw.rawHeaders));
  const onEnvoy = ask(302, ({ raw }) =>
    targetFromEnvoy(raw.method ?? "", raw.url ?? "", ENVOY, raw.rawHeaders),
  );
  listener.get("/authz/nginx", onNginx);
  listener.get("/authz/forward", onForward);
  listener.all(`${ENVOY}/*`, onEnvoy);
  // The router answers 404 for a method and 400 for a path that it cannot read; no proxy may take either for a yes.
  listener.setNotFoundHandler((request, reply) =>
    request.raw.url?.startsWith(`${ENVOY}/`) === true
      ? onEnvoy(request, reply)
      : send(reply, 404, NOBODY, ""),
  );
  listener.setErrorHandler((_error, _request, reply) => send(reply, 401, NOBODY, ""));
  return listener;
}

const MALFORMED: RefusedTarget = { refused: "host" };

/** Straight to Node.js: of what Fastify would add, nothing is needed here, and this is asked for every request. */
function send(
  reply: FastifyReply,
  status: number,
  headers: Record<string, string>,
  body: string,
): FastifyReply {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(status, {
    ...headers,
    "Cache-Control": "no-store",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
  });
  raw.end(body);
  return reply;
}

/** A person who opens a page, and not a program, an image or a form: only they can be sent to the sign-in. */
function isNavigation({ raw: { headers } }: FastifyRequest, { method }: RequestTarget): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  const mode = headers["sec-fetch-mode"];
  if (mode !== undefined) return mode === "navigate";
  return headers.accept?.includes("text/html") === true && headers["x-requested-with"] === undefined;
}
