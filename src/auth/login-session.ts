/** A session begins: its row, the device it comes from, and the mail that tells the owner of a new device. */
import { randomUUID } from "node:crypto";
import type { Account } from "./account.ts";
import { browserName } from "./browser-name.ts";
import type { Gateway, Origin } from "./gateway.ts";
import { announceDevice } from "./new-device.ts";
import { sessionLimits } from "./settings.ts";
import type { Device } from "./store/devices.ts";
import type { Transaction } from "./store/postgres.ts";
import type { Session, SessionFactor } from "./store/sessions.ts";
import { newToken } from "./token.ts";

/** What the browser gets; the tokens exist nowhere else. */
export interface Begun {
  session: Session;
  sessionToken: string;
  /** Of the device cookie, when the device is trusted from now on. */
  deviceToken: string | undefined;
}

export interface Beginning extends Origin {
  account: Account;
  /** The trusted device it comes from. */
  device: Device | undefined;
  /** Undefined when the trusted device stands in for it. */
  factor: SessionFactor | undefined;
  now: Date;
}

/** Begins a session inside the transaction that allowed it. The audit event is the caller's. */
export async function beginSession(gateway: Gateway, tx: Transaction, beginning: Beginning): Promise<Begun> {
  const { account, factor, address, now } = beginning;
  const { idleSeconds, absoluteMs } = sessionLimits(gateway.settings, account.roles);
  const trusted = beginning.device === undefined ? await trustDevice(gateway, tx, beginning) : undefined;
  const token = newToken();
  const session: Session = {
    id: randomUUID(),
    accountId: account.id,
    epoch: account.epoch,
    deviceId: beginning.device?.id ?? trusted?.device.id,
    address,
    userAgent: beginning.userAgent.slice(0, 500),
    createdAt: now,
    authenticatedAt: now,
    secondFactor: factor,
    secondFactorAt: factor === undefined ? undefined : now,
    lastSeenAt: now,
    idleSeconds,
    expiresAt: new Date(now.getTime() + absoluteMs),
  };
  await tx.sessions.insert(session, token.hash);
  if (trusted !== undefined) {
    const { device } = trusted;
    await announceDevice(tx, gateway.settings, { account, device, sessionId: session.id, address, now });
  }
  return { session, sessionToken: token.text, deviceToken: trusted?.token };
}

/** A device earns its trust by a second factor, and by nothing else. */
async function trustDevice(
  { settings }: Gateway,
  tx: Transaction,
  { account, factor, address, userAgent, now }: Beginning,
): Promise<{ device: Device; token: string } | undefined> {
  if (factor === undefined) return undefined;
  const token = newToken();
  const device: Device = {
    id: randomUUID(),
    accountId: account.id,
    ...browserName(userAgent),
    address,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: new Date(now.getTime() + settings.deviceMs),
  };
  await tx.devices.insert(device, token.hash);
  return { device, token: token.text };
}
