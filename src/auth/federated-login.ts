/**
 * Flow: signing in at a provider of OpenID Connect. What comes back counts as a right password and never as more: the
 * account is found by issuer and subject alone, a device that is not trusted owes the second factor as always, and
 * whoever the provider vouches for and we do not know proves an account of ours once. Every no is the same no.
 */
import { standing } from "./account.ts";
import { actorOf, type AuditEvent } from "./audit-event.ts";
import { laneAddress } from "./client-address.ts";
import type { Gateway, Origin } from "./gateway.ts";
import { lockEvents, lanesOfPassword, passed } from "./login.ts";
import { lanesOfDevice, type Lane } from "./lane.ts";
import { beginSession, type Begun } from "./login-session.ts";
import { claimsTrouble, type Claims, type Provider } from "./provider.ts";
import { policiesOf, SIGN_IN_MS } from "./settings.ts";
import type { Device } from "./store/devices.ts";
import { newToken, tokenHash } from "./token.ts";
import { beginSignIn } from "./under-way.ts";

export interface Leaving extends Origin {
  provider: Provider;
  deviceToken: string | undefined;
  next: string | undefined;
  now: Date;
}

export interface Returning extends Origin {
  provider: Provider;
  /** Of the callback's address, with its question mark. */
  query: string;
  state: string | undefined;
  /** Of the cookie that the browser got when it left. */
  browserToken: string | undefined;
  deviceToken: string | undefined;
  now: Date;
}

export type ReturnResult =
  | { kind: "refused" }
  | { kind: "code"; token: string; next: string | undefined }
  | { kind: "session"; begun: Begun; next: string | undefined }
  /** `token`: of the cookie of who waits to be linked. */
  | { kind: "unlinked"; token: string; next: string | undefined };

const contextOf = (stateHash: Buffer): string => `provider-attempt:${stateHash.toString("hex")}`;

/** Where to send the browser, and the token of its cookie. Undefined: the address is locked, or the provider is away. */
export async function leaveFor(
  gateway: Gateway,
  { provider, next, deviceToken, address, userAgent, now }: Leaving,
): Promise<{ location: string; browserToken: string } | undefined> {
  const { store, lanes, sealer } = gateway;
  const said = { provider, address, userAgent, now };
  const counted = lanesThere(await deviceOf(gateway, deviceToken, now), address);
  const consumed = await lanes.consume(counted);
  if (!consumed.allowed) {
    await store.transact(async ({ audit }) => {
      await audit.append(failure(said, "lane-locked"));
      for (const event of lockEvents(consumed, undefined, { address, now })) await audit.append(event);
    });
    return undefined;
  }
  const [state, nonce, verifier, browser] = [newToken(), newToken(), newToken(), newToken()];
  const secrets = { state: state.text, nonce: nonce.text, verifier: verifier.text };
  const location = await provider.authorize(secrets).catch(() => undefined);
  if (location === undefined) {
    // While it is away people come again and again, and passwords count in the same lane.
    await lanes.refund(counted).catch(() => undefined);
    await store.transact(({ audit }) => audit.append(failure(said, "provider-away")));
    return undefined;
  }
  await store.read.identities.begin({
    stateHash: state.hash,
    browserHash: browser.hash,
    provider: provider.name,
    secrets: sealer.seal(
      Buffer.from(JSON.stringify({ nonce: nonce.text, verifier: verifier.text })),
      contextOf(state.hash),
    ),
    next,
    expiresAt: new Date(now.getTime() + SIGN_IN_MS),
  });
  return { location: location.href, browserToken: browser.text };
}

/** Judges what came back. Rejects when the store fails: then nobody gets in. */
export async function comeBack(gateway: Gateway, returning: Returning): Promise<ReturnResult> {
  const { store, lanes, sealer, settings } = gateway;
  const { provider, address, userAgent, now } = returning;
  const refuse = async (reason: string, events: AuditEvent[] = []): Promise<ReturnResult> => {
    await store.transact(async ({ audit }) => {
      await audit.append(failure(returning, reason));
      for (const event of events) await audit.append(event);
    });
    return { kind: "refused" };
  };
  const [stateHash, browserHash] = [tokenHash(returning.state), tokenHash(returning.browserToken)];
  if (stateHash === undefined || browserHash === undefined) return refuse("provider-state");
  const key = { stateHash, browserHash, provider: provider.name };
  const attempt = await store.read.identities.take(key, now);
  if (attempt === undefined) return refuse("provider-state");
  const { next } = attempt;
  const device = await deviceOf(gateway, returning.deviceToken, now);
  /** Of the way there: it has done its work once the provider has answered, be it that the person said no. */
  const giveBack = (): Promise<void> => lanes.refund(lanesThere(device, address)).catch(() => undefined);
  const { nonce, verifier } = JSON.parse(sealer.open(attempt.secrets, contextOf(stateHash)).toString()) as {
    nonce: string;
    verifier: string;
  };
  let claims: Claims;
  try {
    claims = await provider.exchange(returning.query, { state: returning.state ?? "", nonce, verifier });
  } catch {
    if (new URLSearchParams(returning.query).has("error")) await giveBack();
    return refuse("provider-answer");
  }
  const trouble = claimsTrouble(claims, provider);
  if (trouble !== undefined) return refuse(trouble);
  const { iss: issuer, sub: subject } = claims;
  const identity = await store.read.identities.bySubject(issuer, subject);
  if (identity === undefined) {
    const token = newToken();
    const expiresAt = new Date(now.getTime() + SIGN_IN_MS);
    await store.read.identities.hold(token.hash, { issuer, subject, provider: provider.name }, expiresAt);
    await giveBack();
    return { kind: "unlinked", token: token.text, next };
  }

  const { accountId } = identity;
  const known = device?.accountId === accountId ? device : undefined;
  const counted = lanesOfPassword({ id: accountId }, "", known?.id, address);
  const consumed = await lanes.consume(counted);
  if (!consumed.allowed) return refuse("lane-locked", lockEvents(consumed, undefined, returning));
  const result = await store.transact(async (tx): Promise<ReturnResult | { kind: "no"; reason: string }> => {
    const account = await tx.accounts.byId(accountId, { lock: true });
    if (account === undefined) return { kind: "no", reason: "unknown-name" };
    const stands = standing(account, now);
    if (stands !== "active") return { kind: "no", reason: `account-${stands}` };
    if (account.mustReset) return { kind: "no", reason: "reset-required" };
    // Unlinking holds the account as well: whatever was unlinked meanwhile counts.
    if ((await tx.identities.bySubject(issuer, subject))?.accountId !== accountId)
      return { kind: "no", reason: "account-changed" };
    if (known !== undefined && (await tx.devices.byId(known.id, now)) === undefined)
      return { kind: "no", reason: "device-forgotten" };
    const event = (name: AuditEvent["event"], more: Partial<AuditEvent>): AuditEvent => ({
      at: now,
      event: name,
      outcome: "success",
      actor: actorOf(account),
      account: { id: account.id, name: account.name },
      address,
      userAgent,
      deviceId: known?.id,
      details: { provider: provider.name },
      ...more,
    });
    const always = policiesOf(settings, account.roles).some(({ secondFactor }) => secondFactor === "always");
    if (known !== undefined && !always) {
      await tx.devices.touch(known.id, address, now);
      const beginning = { account, device: known, factor: undefined, address, userAgent, now };
      const begun = await beginSession(gateway, tx, beginning);
      await tx.audit.append(event("sign-in", { factor: "device", sessionId: begun.session.id }));
      return { kind: "session", begun, next };
    }
    const token = await beginSignIn(tx, {
      account,
      deviceId: known?.id,
      sessionId: undefined,
      full: true,
      address,
      userAgent,
      now,
    });
    await tx.audit.append(event("sign-in.provider", {}));
    return { kind: "code", token, next };
  });
  if (result.kind === "no") return refuse(result.reason);
  await giveBack();
  if (result.kind === "session") await passed(gateway, accountId, counted, known?.id);
  return result;
}

/** Before it is known who comes: a device that is trusted has lanes of its own, so that no stranger locks its owner out. */
function lanesThere(device: Device | undefined, address: string): Lane[] {
  return device === undefined
    ? [{ kind: "address", network: laneAddress(address) }]
    : lanesOfDevice(device.accountId, device.id);
}

async function deviceOf(
  { store }: Pick<Gateway, "store">,
  token: string | undefined,
  now: Date,
): Promise<Device | undefined> {
  const hash = tokenHash(token);
  return hash && store.read.devices.byToken(hash, now);
}

function failure(
  { provider, address, userAgent, now }: Origin & { provider: Provider; now: Date },
  reason: string,
): AuditEvent {
  return {
    at: now,
    event: "sign-in.provider",
    outcome: "failure",
    actor: { kind: "stranger" },
    address,
    userAgent,
    reason,
    details: { provider: provider.name },
  };
}
