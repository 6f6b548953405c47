/** Adapter: one HTTP listener of the gateway, with limits that a stranger meets before any of our code. */
import fastify, { type FastifyInstance } from "fastify";
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

export type Listener = FastifyInstance;

/**
 * A listener without routes. It takes no body but forms, trusts no forwarded header by itself (who may speak for a
 * client is decided by src/auth/client-address.ts), and parses no query twice.
 */
export function newListener(): Listener {
  const listener = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    requestTimeout: LIMITS.requestTimeout,
    keepAliveTimeout: LIMITS.keepAliveTimeout,
    connectionTimeout: 0,
    forceCloseConnections: "idle",
    return503OnClosing: true,
    exposeHeadRoutes: false,
    routerOptions: {
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      maxParamLength: 100,
    },
    http: {
      maxHeaderSize: LIMITS.maxHeaderSize,
      headersTimeout: LIMITS.headersTimeout,
      insecureHTTPParser: false,
      requireHostHeader: true,
      joinDuplicateHeaders: false,
    },
  });
  listener.removeAllContentTypeParsers();
  return listener;
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
