/**
 * Flow: a screen on a wall is paired once. An administrator makes it and gets eight digits, good for ten minutes and
 * once; whoever stands before the screen types them there, and the screen gets a cookie for a year that opens the wall
 * page alone. Tries are counted before a code is looked at.
 */
import { createHmac, randomInt, randomUUID } from "node:crypto";
import type { Actor, AuditEvent } from "../auth/audit-event.ts";
import { laneAddress } from "../auth/client-address.ts";
import type { Origin } from "../auth/gateway.ts";
import type { Language } from "../auth/settings.ts";
import { newToken, tokenHash } from "../auth/token.ts";
import type { Display, Displays } from "./store/displays.ts";

export const CODE_DIGITS = 8;
export const CODE_MINUTES = 10;
export const DISPLAY_SECONDS = 365 * 86_400;

const MINUTE = 60_000;
/** Tries from one network, and from all together, in that time. 100 of 10^8 codes: one in a million finds one. */
const TRIES = { minutes: 15, network: 10, all: 100 };
/** How long a display may go on before that is noted again, milliseconds. */
const NOTE_MS = MINUTE;

export interface DisplayTransaction {
  displays: Displays;
  audit: { append(event: AuditEvent): Promise<unknown> };
}

export interface DisplayStore {
  read: Displays;
  /** Commits when `work` resolves, rolls back when it rejects. */
  transact<T>(work: (tx: DisplayTransaction) => Promise<T>): Promise<T>;
}

/** Who does it and from where, for the audit. */
export interface DisplayBy extends Origin {
  actor: Actor;
  sessionId?: string;
}

/** A name that may stand on a list; undefined: it may not. */
export function displayName(text: string): string | undefined {
  const name = text.trim().normalize("NFC");
  return /^[^\p{C}\p{Zl}\p{Zp}]{1,60}$/u.test(name) ? name : undefined;
}

/** Makes a display that waits for its code. `code`: eight digits, told once. */
export async function createDisplay(
  store: DisplayStore,
  key: Buffer,
  of: { name: string; language: Language },
  by: DisplayBy,
  now: Date,
): Promise<{ code: string; until: Date }> {
  const code = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, "0");
  const until = new Date(now.getTime() + CODE_MINUTES * MINUTE);
  const id = randomUUID();
  await store.transact(async ({ displays, audit }) => {
    await displays.sweepTries(new Date(now.getTime() - 2 * TRIES.minutes * MINUTE));
    await displays.insert({ id, ...of }, codeHash(key, code), now, until);
    const details = { display: id, name: of.name };
    await audit.append({ at: now, event: "display.created", outcome: "success", ...by, details });
  });
  return { code, until };
}

export type Pairing = { token: string } | "refused" | "too-many";

/** Pairs the screen that typed `typed`: its token, for a cookie. Every refusal costs a try. */
export async function pairDisplay(
  store: DisplayStore,
  key: Buffer,
  typed: string,
  { address, userAgent }: Origin,
  now: Date,
): Promise<Pairing> {
  const since = new Date(now.getTime() - TRIES.minutes * MINUTE);
  const refused = async (reason: string): Promise<void> =>
    store.transact(async ({ audit }) => {
      const actor = { kind: "stranger" } as const;
      await audit.append({
        at: now,
        event: "display.paired",
        outcome: "failure",
        actor,
        address,
        userAgent,
        reason,
      });
    });
  // Asked first, so that who has many addresses cannot fill the table with them.
  if ((await store.read.triesOf("all", since)) >= TRIES.all) return "too-many";
  const own = await store.read.countTry(laneAddress(address), now, since);
  if (own > TRIES.network) {
    if (own === TRIES.network + 1) await refused("too-many-tries");
    return "too-many";
  }
  const all = await store.read.countTry("all", now, since);
  if (all > TRIES.all) return "too-many";
  const code = typed.replace(/[\s-]/g, "");
  const token = newToken();
  const paired =
    new RegExp(`^[0-9]{${CODE_DIGITS}}$`).test(code) &&
    (await store.transact(async ({ displays, audit }) => {
      const until = new Date(now.getTime() + DISPLAY_SECONDS * 1000);
      const display = await displays.pair(codeHash(key, code), token.hash, now, until);
      if (display === undefined) return false;
      await audit.append({
        at: now,
        event: "display.paired",
        outcome: "success",
        actor: { kind: "stranger" },
        address,
        userAgent,
        details: { display: display.id, name: display.name },
      });
      return true;
    }));
  if (paired) return { token: token.text };
  await refused("wrong-code");
  return "refused";
}

/** The display that shows this cookie, while it is good; it is noted that it was seen. */
export async function displayOf(
  { read }: Pick<DisplayStore, "read">,
  cookie: string | undefined,
  now: Date,
): Promise<Display | undefined> {
  const hash = tokenHash(cookie);
  const display = hash && (await read.byToken(hash, now));
  if (display === undefined) return undefined;
  if (display.seenAt === undefined || now.getTime() - display.seenAt.getTime() > NOTE_MS)
    await read.touch(display.id, now);
  return display;
}

/** It sees nothing from now on. False: there is none with this id. */
export async function revokeDisplay(
  store: DisplayStore,
  id: string,
  by: DisplayBy,
  now: Date,
): Promise<boolean> {
  return store.transact(async ({ displays, audit }) => {
    const name = await displays.remove(id);
    if (name === undefined) return false;
    const details = { display: id, name };
    await audit.append({ at: now, event: "display.revoked", outcome: "success", ...by, details });
    return true;
  });
}

/** A code is so short that its bare hash would give it away. */
function codeHash(key: Buffer, code: string): Buffer {
  return createHmac("sha256", key).update(`display\n${code}`).digest();
}
