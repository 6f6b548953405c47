import fc from "fast-check";
import t from "tap";
import { decodeEntry, encodeEntry } from "../../src/auth/audit-entry.ts";
import { HISTORY_EVENTS, historyEntry } from "../../src/auth/own-history.ts";
import { anyEvent } from "../fixtures/audit-events.ts";

const ID = "6c1c4d3e-6d5c-4d6b-8f0e-0a4b6a1f2c3d";
const account = { id: ID, name: "anna" };

t.test("an entry is of this account alone, and says nothing of others who acted", (t) => {
  fc.assert(
    fc.property(anyEvent, fc.boolean(), (any, isOwn) => {
      const event = decodeEntry(encodeEntry({ ...any, ...(isOwn && { account }) }));
      const entry = historyEntry(event, ID);
      const belongs = isOwn && HISTORY_EVENTS.some((name) => name === event.event);
      if (entry === undefined) return !belongs;
      const { actor } = event;
      const byOthers = actor.kind === "operator" || (actor.kind === "account" && actor.id !== ID);
      const names = Object.keys(entry).filter((name) => entry[name as keyof typeof entry] !== undefined);
      return (
        belongs &&
        entry.byOthers === byOthers &&
        !(byOthers && (names.includes("address") || names.includes("userAgent"))) &&
        !names.some((name) => ["actor", "details", "reason", "sessionId", "application"].includes(name))
      );
    }),
  );
  t.end();
});

t.test("why something was refused, as far as its owner is told", (t) => {
  const at = new Date("2026-03-02T10:00:00Z");
  for (const [event, reason, why] of [
    ["sign-in", "wrong-password", "password"],
    ["sign-in", "lane-locked", "too-many"],
    ["sign-in", "account-disabled", "other"],
    ["sign-in.code", "code-replayed", "code"],
    ["sign-in.code", "lane-locked", "too-many"],
    ["sign-in.code-sent", "sms-cap", "too-many"],
    ["factor.added", "code-wrong", "code"],
  ] as const) {
    const failed = decodeEntry(
      encodeEntry({ at, event, reason, outcome: "failure", actor: { kind: "stranger" }, account }),
    );
    t.equal(historyEntry(failed, ID)?.why, why, `${event} ${reason}`);
  }
  t.end();
});
