/**
 * What attempts are counted against. Who guesses is either a stranger to the account (an unknown device: counted
 * against the address and the account) or comes from a device that the account trusts (counted against that device
 * alone). So a stranger can lock out strangers, never the owner on their own device: neither a locked account lane
 * nor the locked address lane of an office they share stops a trusted device. Pure.
 */
import { createHmac, type KeyObject } from "node:crypto";

/** An account, or what somebody typed that is none: its canonical form, which only its HMAC is kept of. */
export type Whom = { accountId: string } | { unknownName: string };

/**
 * A lane. `network` is what `laneAddress` of client-address.ts gives: an IPv4 address or an IPv6 /64. The kinds that
 * end in `-run` count all attempts since the last success, however far apart.
 */
export type Lane =
  | { kind: "address" | "reset-address"; network: string }
  | ({ kind: "account" | "reset-account" } & Whom)
  | { kind: "account-run" | "codes" | "codes-run"; accountId: string }
  | { kind: "device" | "device-run"; accountId: string; deviceId: string }
  /** `accountId` is told to administrators and is no part of the lane: a number has one, whoever's it is. */
  | { kind: "sms"; number: string; accountId: string };

export type LaneKind = Lane["kind"];

/**
 * The lanes of an attempt with a password by an unknown device, in the order in which they are consumed. The address
 * comes first, so that one address that is locked cannot go on to lock account after account.
 */
export function lanesOfStranger(network: string, whom: Whom): Lane[] {
  const lanes: Lane[] = [
    { kind: "address", network },
    { kind: "account", ...whom },
  ];
  // A run is kept for long; for made-up names it would let anybody fill the table.
  if ("accountId" in whom) lanes.push({ kind: "account-run", accountId: whom.accountId });
  return lanes;
}

/** The lanes of an attempt with a password by a device that this account trusts. */
export function lanesOfDevice(accountId: string, deviceId: string): Lane[] {
  return [
    { kind: "device", accountId, deviceId },
    { kind: "device-run", accountId, deviceId },
  ];
}

/** The lanes of an attempt with a second factor, whichever and in whatever sign-in. */
export function lanesOfCode(accountId: string): Lane[] {
  return [
    { kind: "codes", accountId },
    { kind: "codes-run", accountId },
  ];
}

/** The lanes of a request for a reset mail. They are not given back: what counts is the mails. */
export function lanesOfReset(network: string, whom: Whom): Lane[] {
  return [
    { kind: "reset-address", network },
    { kind: "reset-account", ...whom },
  ];
}

/** The lanes of one SMS. Not given back either. */
export function lanesOfSms(number: string, accountId: string): Lane[] {
  return [{ kind: "sms", number, accountId }];
}

/**
 * What a full sign-in clears beside giving back its own attempt: it ends the runs of failures, also that of
 * strangers, when it came from a trusted device; and the mistakes of before on that device.
 */
export function lanesClearedBy(accountId: string, trustedDeviceId?: string): Lane[] {
  const runs: Lane[] = [
    { kind: "account-run", accountId },
    { kind: "codes-run", accountId },
  ];
  return trustedDeviceId === undefined ? runs : [...lanesOfDevice(accountId, trustedDeviceId), ...runs];
}

/** The lane and the run beside it: an administrator who unlocks one means both. */
export function laneAndRun(lane: Lane): Lane[] {
  if ("deviceId" in lane) return lanesOfDevice(lane.accountId, lane.deviceId);
  if (lane.kind === "codes" || lane.kind === "codes-run") return lanesOfCode(lane.accountId);
  if ((lane.kind === "account" && "accountId" in lane) || lane.kind === "account-run")
    return [
      { kind: "account", accountId: lane.accountId },
      { kind: "account-run", accountId: lane.accountId },
    ];
  return [lane];
}

/**
 * The name under which a lane lies in the database, 43 characters: HMAC-SHA-256 (RFC 2104) under a key of the
 * configuration, so that the table does not tell whose attempts it counts.
 *
 * @throws TypeError for an IPv6 address that is not a /64: each of its 2^64 neighbours would have a lane of its own
 */
export function laneId(key: KeyObject, lane: Lane): string {
  return createHmac("sha256", key)
    .update(JSON.stringify(["lakat lane", lane.kind, ...subject(lane)]))
    .digest("base64url");
}

function subject(lane: Lane): string[] {
  if ("network" in lane) {
    if (lane.network.includes(":") && !lane.network.endsWith("/64"))
      throw new TypeError("a lane of an IPv6 address is that of its /64");
    return [lane.network];
  }
  if ("deviceId" in lane) return [lane.accountId, lane.deviceId];
  if ("number" in lane) return [lane.number];
  return "unknownName" in lane ? ["name", lane.unknownName] : ["id", lane.accountId];
}
