/**
 * Adapter: where hosts push what they signed. No cookie, no form and no Origin is looked at: only a signature of a
 * pinned key counts, and what is brought a second time changes nothing.
 */
import type { FastifyReply } from "fastify";
import type { Desk } from "../../auth/http/desk.ts";
import type { Listener } from "../../auth/http/listener.ts";
import { Fault } from "../../fault.ts";
import { CLOCK_TOLERANCE_MS } from "../../report/span.ts";
import { readEvidence, type Facts, type PinnedHosts } from "../evidence.ts";
import { EVIDENCE_PATH } from "../paths.ts";

export interface EvidenceRoutesOptions {
  hosts: PinnedHosts;
  /** Keeps it; false when it was there. */
  keep: (facts: Facts, envelope: Buffer, now: Date) => Promise<boolean>;
  /** Hears of what was refused. */
  refused: (fault: Fault, address: string) => void;
}

/** Reports of hundreds of tables have some hundred kilobytes. */
export const MOST_BYTES = 4 * 1024 * 1024;
/** Bodies held at the same time: strangers may send them too, up to their signature. */
const AT_ONCE = 2;

/** Route for the listener of pages. 201: new; 200: was there; 422: refused, with code and sentence. */
export function evidenceRoutes({
  hosts,
  keep,
  refused,
}: EvidenceRoutesOptions): (app: Listener, desk: Desk) => void {
  return (app, desk) => {
    void app.register((scope, _options, ready) => {
      let under = 0;
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        ["application/json", "application/vnd.dsse+json"],
        { parseAs: "buffer" },
        (_request, body, done) => done(null, body),
      );
      scope.post(
        EVIDENCE_PATH,
        {
          bodyLimit: MOST_BYTES,
          onRequest: (_request, reply, next) => {
            if (under >= AT_ONCE) {
              void say(reply.header("Retry-After", "5"), 503, { what: "others are pushing; try again" });
              return;
            }
            under++;
            // Also when the sender goes away in the middle.
            reply.raw.once("close", () => under--);
            next();
          },
        },
        async (request, reply) => {
          const { body } = request;
          const envelope: Buffer = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
          const { now, address } = desk.visit(request);
          let facts: Facts;
          try {
            ({ facts } = readEvidence(envelope, hosts));
            // It would be the newest of all when that time comes, and is swept by it.
            if (facts.at.getTime() > now.getTime() + CLOCK_TOLERANCE_MS)
              throw new Fault(
                "EVIDENCE_REFUSED",
                `${facts.kind} ${facts.id} is from ${facts.at.toISOString()}, which is later than now`,
                "Set the clock of that host, or of the gateway, and let a time service keep both.",
              );
          } catch (error) {
            if (!(error instanceof Fault)) throw error;
            refused(error, address);
            return say(reply, 422, { code: error.code, what: error.message, todo: error.todo });
          }
          const isNew = await keep(facts, envelope, now);
          const { kind, id } = facts;
          return say(reply, isNew ? 201 : 200, { kind, id });
        },
      );
      ready();
    });
  };
}

function say(reply: FastifyReply, status: number, answer: object): FastifyReply {
  return reply
    .code(status)
    .header("Content-Type", "application/json; charset=utf-8")
    .send(`${JSON.stringify(answer)}\n`);
}
