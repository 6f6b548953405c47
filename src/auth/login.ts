/**
 * Signing in: lockout → password → device → second factor → session → audit.
 *
 * An attempt is counted before the password is looked at, on connections of its own: no rollback and no parallel
 * attempt takes a count back. Whatever says no says it in one way (`refused`), whether the name is unknown, the
 * password wrong, the lane locked or the account disabled; only the audit knows why. A right password from a device
 * that is not trusted opens nothing: it begins a sign-in that waits for the second factor (login-code.ts).
 */
import { standing, type Account } from "./account.ts";
import { canonicalIdentifier } from "./account-name.ts";
import { actorOf, type AuditEvent } from "./audit-event.ts";
import type { Gateway, Origin } from "./gateway.ts";
import { laneAddress } from "./client-address.ts";
import { lanesClearedBy, lanesOfDevice, lanesOfStranger, type Lane } from "./lane.ts";
import { tellOfLocks } from "./lock-notice.ts";
import { beginSession, type Begun } from "./login-session.ts";
import { Busy, type StoredPassword } from "./password.ts";
import { policiesOf } from "./settings.ts";
import type { Device } from "./store/devices.ts";
import type { Consumed } from "./store/lanes.ts";
import type { Session } from "./store/sessions.ts";
import { tokenHash } from "./token.ts";
import { beginSignIn } from "./under-way.ts";

export interface PasswordAttempt extends Origin {
  /** Name or e-mail as typed. */
  identifier: string;
  password: string;
  /** Of the device cookie. */
  deviceToken: string | undefined;
  /** The open session that is confirmed by it; then the second factor is always asked. */
  session: Session | undefined;
  /** Of the cookie of who waits to be linked, when the form was about that; then too the second factor is asked. */
  linkToken?: string | undefined;
  now: Date;
}

export type PasswordResult =
  /** `hashed`: whether a password was hashed for it, for the answer's time. */
  | { kind: "refused"; hashed: boolean }
  | { kind: "busy" }
  /** The token of a sign-in that waits for a code, or for the first authenticator. */
  | { kind: "code"; token: string }
  | { kind: "session"; begun: Begun };

/** Judges name and password. Rejects when the store fails: then nobody gets in. */
export async function attemptPassword(gateway: Gateway, attempt: PasswordAttempt): Promise<PasswordResult> {
  const { store, lanes, hasher } = gateway;
  const { now } = attempt;
  const identifier = canonicalIdentifier(attempt.identifier);
  const account = identifier === undefined ? undefined : await store.read.accounts.byIdentifier(identifier);
  const device = await trustedDevice(gateway, account, attempt);
  const counted = lanesOfPassword(account, identifier ?? "", device?.id, attempt.address);
  const refuse = async (reason: string, hashed: boolean, consumed?: Consumed): Promise<PasswordResult> => {
    await store.transact(async ({ audit, messages }) => {
      await tellOfLocks({ messages }, gateway.settings, account, consumed, attempt);
      await audit.append(eventOf(attempt, account, "failure", { reason }));
      for (const event of lockEvents(consumed, account, attempt)) await audit.append(event);
    });
    return { kind: "refused", hashed };
  };

  const consumed = await lanes.consume(counted);
  if (!consumed.allowed) return refuse("lane-locked", false, consumed);
  let judged: { right: boolean; rehash: boolean };
  try {
    judged = await hasher.verify(storedPassword(account), attempt.password);
  } catch (error) {
    if (!(error instanceof Busy)) throw error;
    // It was never looked at: it is no attempt.
    await lanes.refund(counted);
    return { kind: "busy" };
  }
  if (!judged.right || account === undefined)
    return refuse(account === undefined ? "unknown-name" : "wrong-password", true);
  if (attempt.session !== undefined && attempt.session.accountId !== account.id)
    return refuse("other-account", true);

  const rehashed = judged.rehash ? await hasher.hash(attempt.password).catch(() => undefined) : undefined;
  const always = policiesOf(gateway.settings, account.roles).some(
    ({ secondFactor }) => secondFactor === "always",
  );
  const linkHash = attempt.session === undefined ? tokenHash(attempt.linkToken) : undefined;
  const result = await store.transact(
    async (tx): Promise<PasswordResult | { kind: "no"; reason: string }> => {
      // Whatever was changed since the password was looked at counts: disabled, locked, another password.
      const current = await tx.accounts.byId(account.id, { lock: true });
      if (current === undefined) return { kind: "no", reason: "unknown-name" };
      const stands = standing(current, now);
      if (stands !== "active") return { kind: "no", reason: `account-${stands}` };
      if (current.mustReset) return { kind: "no", reason: "reset-required" };
      if (current.epoch !== account.epoch || current.passwordHash !== account.passwordHash)
        return { kind: "no", reason: "account-changed" };
      // Forgetting a device raises no epoch.
      if (device !== undefined && (await tx.devices.byId(device.id, now)) === undefined)
        return { kind: "no", reason: "device-forgotten" };
      if (rehashed !== undefined && account.passwordHash !== undefined)
        await tx.accounts.rehash(account.id, account.passwordHash, rehashed);
      if (device !== undefined && !always && attempt.session === undefined && linkHash === undefined) {
        await tx.devices.touch(device.id, attempt.address, now);
        const begun = await beginSession(gateway, tx, {
          account: current,
          device,
          factor: undefined,
          address: attempt.address,
          userAgent: attempt.userAgent,
          now,
        });
        await tx.audit.append(
          eventOf(attempt, account, "success", {
            factor: "device",
            sessionId: begun.session.id,
            deviceId: device.id,
          }),
        );
        return { kind: "session", begun };
      }
      const token = await beginSignIn(tx, {
        account: current,
        deviceId: device?.id,
        sessionId: attempt.session?.id,
        full: true,
        address: attempt.address,
        userAgent: attempt.userAgent,
        now,
      });
      const signInHash = tokenHash(token);
      if (linkHash !== undefined && signInHash !== undefined) await tx.identities.bind(linkHash, signInHash);
      await tx.audit.append(
        eventOf(attempt, account, "success", { deviceId: device?.id }, "sign-in.password"),
      );
      return { kind: "code", token };
    },
  );
  if (result.kind === "no") return refuse(result.reason, true);
  // With the second factor still to come the count stands: who knows only the password is no owner yet.
  if (result.kind === "session") await passed(gateway, account.id, counted, device?.id);
  return result;
}

/** After a full success: its own attempt is given back, and the failures before it are over. */
export async function passed(
  { lanes }: Pick<Gateway, "lanes">,
  accountId: string,
  counted: readonly Lane[],
  trustedDeviceId: string | undefined,
): Promise<void> {
  // Somebody is in: what could not be given back is no reason to put them out.
  await lanes.refund(counted).catch(() => undefined);
  await lanes.clear(lanesClearedBy(accountId, trustedDeviceId)).catch(() => undefined);
}

/** Strangers' attempts never count against a trusted device, nor the reverse. */
export function lanesOfPassword(
  account: Pick<Account, "id"> | undefined,
  unknownName: string,
  deviceId: string | undefined,
  address: string,
): Lane[] {
  if (account !== undefined && deviceId !== undefined) return lanesOfDevice(account.id, deviceId);
  return lanesOfStranger(
    laneAddress(address),
    account === undefined ? { unknownName } : { accountId: account.id },
  );
}

async function trustedDevice(
  { store }: Gateway,
  account: Account | undefined,
  { deviceToken, now }: PasswordAttempt,
): Promise<Device | undefined> {
  const hash = tokenHash(deviceToken);
  if (account === undefined || hash === undefined) return undefined;
  const device = await store.read.devices.byToken(hash, now);
  return device?.accountId === account.id ? device : undefined;
}

/** What is verified: never of an account that has none, such as one that was only invited. */
function storedPassword(account: Account | undefined): StoredPassword | undefined {
  const { passwordHash: hash, pepperId } = account ?? {};
  return hash === undefined || pepperId === undefined ? undefined : { hash, pepperId };
}

function eventOf(
  { address, userAgent, now }: PasswordAttempt,
  account: Account | undefined,
  outcome: AuditEvent["outcome"],
  more: Partial<AuditEvent>,
  event: AuditEvent["event"] = "sign-in",
): AuditEvent {
  const known = account && { id: account.id, name: account.name };
  return {
    at: now,
    event,
    outcome,
    // Whoever types a name is not yet the one who has it.
    actor: outcome === "success" && known !== undefined ? actorOf(known) : { kind: "stranger" },
    account: known,
    address,
    userAgent,
    factor: "password",
    ...more,
  };
}

/** One event for the lane that this attempt locked. */
export function lockEvents(
  consumed: Consumed | undefined,
  account: Pick<Account, "id" | "name"> | undefined,
  { address, now }: { address: string; now: Date },
): AuditEvent[] {
  if (consumed === undefined || consumed.allowed) return [];
  const { lockedUntil } = consumed;
  return consumed.newlyLocked.map((lane) => ({
    at: now,
    event: "lane.locked",
    outcome: "success",
    actor: { kind: "gateway" },
    account:
      account !== undefined && "accountId" in lane ? { id: account.id, name: account.name } : undefined,
    address,
    reason: lane.kind,
    details: { until: lockedUntil.toISOString() },
  }));
}
