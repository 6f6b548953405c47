/** Adapter: one HTTP listener of the gateway, with limits that a stranger meets before any of our code. */
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import fastify, { type FastifyInstance, type FastifyServerFactory } from "fastify";
import { Fault } from "../../fault.ts";

/** A form of ours has a name, a password of 128 characters, tokens. What is larger is no form of ours. */
const BODY_BYTES = 16 * 1024;

/** Node.js's own limits: milliseconds, and bytes of all headers. */
export const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 75_000,
  maxHeaderSize: 16 * 1024,
};

const HTTP: ServerOptions = {
  ...LIMITS,
  insecureHTTPParser: false,
  requireHostHeader: true,
  joinDuplicateHeaders: false,
};

export type Listener = FastifyInstance;

/**
 * A listener without routes. It takes no body but forms, trusts no forwarded header by itself (who may speak for a
 * client is decided by src/auth/client-address.ts), and parses no query twice.
 *
 * @param first sees every request before Fastify does, and says whether it answers it
 */
export function newListener(
  first?: (request: IncomingMessage, response: ServerResponse) => boolean,
): Listener {
  const serverFactory: FastifyServerFactory = (handle) => {
    const server = createServer(HTTP, (request, response) => {
      // Fastify does this for its own; a connection that stays busy would keep a node from stopping.
      if (first !== undefined && !server.listening) response.setHeader("Connection", "close");
      if (first?.(request, response) !== true) handle(request, response);
    });
    return server;
  };
  const listener = fastify({
    serverFactory,
    logger: false,
    bodyLimit: BODY_BYTES,
    forceCloseConnections: "idle",
    return503OnClosing: true,
    exposeHeadRoutes: false,
    // Left to itself, Fastify answers what it cannot read with its own name and code in JSON.
    frameworkErrors: (_error, _request, reply) => {
      reply.hijack();
      reply.raw.writeHead(400, { "Content-Type": "text/plain", "Cache-Control": "no-store" }).end(UNREADABLE);
    },
    clientErrorHandler: (error, socket) => sayUnreadable(error.code, socket),
    routerOptions: {
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      maxParamLength: 100,
    },
  });
  listener.removeAllContentTypeParsers();
  return listener;
}

const UNREADABLE = "the request could not be read\n";

/** To what is hardly HTTP, such as headers that are too long or a body that never ends (RFC 9110, 15.5). */
function sayUnreadable(code: string | undefined, socket: Socket): void {
  const status =
    code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${UNREADABLE.length}\r\nConnection: close\r\n`;
  if (socket.writable && code !== "ECONNRESET") socket.write(`${head}\r\n${UNREADABLE}`);
  socket.destroy();
}

/** Listens; throws LISTEN_FAILED. Resolves to the port, which differs from the asked one only for 0. */
export async function listen(
  listener: Listener,
  { host, port }: { host: string; port: number },
): Promise<number> {
  try {
    await listener.listen({ host, port });
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw new Fault(
      "LISTEN_FAILED",
      `cannot listen on ${host}:${port} (${why})`,
      why === "EADDRINUSE"
        ? "Another process has this port: stop it, or change `listen` in the configuration."
        : "Check `listen` in the configuration.",
      { cause: error },
    );
  }
  const address = listener.server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
