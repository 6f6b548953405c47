/**
 * Flow: grants. Anybody asks for one, for themselves or for somebody else; an owner of the application approves it,
 * never whoever asked and never whoever gets it. What is active is judged against the clock at each use.
 */
import { randomUUID } from "node:crypto";
import { isAdministrator, standing, type Account } from "./account.ts";
import { grantState, isTooMany, judgeWish, MOST_WISHES, owns, refuseApproval, type Grant } from "./grant.ts";
import type { Grantable, GrantRefusal, GrantWish } from "./grant.ts";
import { doneBy, mailTo, type By, type People, type PeopleTransaction } from "./people.ts";

export type GrantAnswer = { grant: Grant } | { refused: GrantRefusal | "no-account" | "no-grant" };

/** Where grants are looked at and approved, on the login host. */
export const GRANTS_PATH = "/grants";

export interface GrantCall {
  by: By;
  now: Date;
}

/** Asks for a grant for this account; its owners hear of it by mail. */
export async function requestGrant(
  { store, settings }: People,
  { by, now }: GrantCall,
  accountId: string,
  wish: GrantWish,
): Promise<GrantAnswer> {
  const plain = judgeWish(wish, settings.applications.all, settings.grantMs, now);
  if ("refused" in plain) return plain;
  return store.transact(async (tx) => {
    const account = await tx.accounts.byId(accountId, { lock: true });
    if (!(await mayAct(tx, by, now)) || account === undefined || !mayHave(account, now))
      return { refused: "no-account" };
    const isPerson = by.actor.kind === "account";
    if (isPerson && isTooMany(await tx.grants.list({ accountId, limit: MOST_WISHES }), now))
      return { refused: "grant-too-many" };
    const grant: Grant = {
      ...plain,
      id: randomUUID(),
      accountId,
      requestedBy: doneBy(by),
      requestedAt: now,
      approvedBy: undefined,
      approvedAt: undefined,
      revokedBy: undefined,
      revokedAt: undefined,
    };
    await tx.grants.insert(grant);
    const application = settings.applications.all.find(({ name }) => name === grant.application);
    for (const owner of await approvers(tx, application, grant, now))
      await mailTo(
        tx,
        settings,
        owner,
        [
          "grant-requested",
          {
            ...shown(grant),
            requester: by.actor.kind === "account" ? by.actor.name : doneBy(by),
            account: account.name,
            reason: grant.reason,
            link: `${settings.publicUrl}${GRANTS_PATH}`,
          },
        ],
        now,
      );
    await audit(tx, "grant.requested", by, account, grant, now);
    return { grant };
  });
}

/** Approves it. Only a person may: on a host nobody owns an application. */
export async function approveGrant(
  { store, settings }: People,
  { by, now }: GrantCall,
  grantId: string,
): Promise<GrantAnswer> {
  return store.transact(async (tx) => {
    const found = await lockedGrant(tx, grantId);
    if (found === undefined) return { refused: "no-grant" };
    const { grant, account } = found;
    const approver = by.actor.kind === "account" ? await tx.accounts.byId(by.actor.id) : undefined;
    const application = settings.applications.all.find(({ name }) => name === grant.application);
    const refused =
      approver === undefined || standing(approver, now) !== "active"
        ? "not-owner"
        : refuseApproval(grant, application, approver, now);
    if (refused !== undefined) {
      await audit(tx, "grant.approved", by, account, grant, now, refused);
      return { refused };
    }
    await tx.grants.approve(grantId, doneBy(by), now);
    await mailTo(tx, settings, account, ["grant-approved", shown(grant)], now);
    const seq = await audit(tx, "grant.approved", by, account, grant, now);
    await tx.changes.record(seq, { accountId: account.id }, now);
    return { grant: { ...grant, approvedBy: doneBy(by), approvedAt: now } };
  });
}

/** Ends it, or the request for it: by an owner of the application, an administrator, an operator, or its holder. */
export async function revokeGrant(
  { store, settings }: People,
  { by, now }: GrantCall,
  grantId: string,
): Promise<GrantAnswer> {
  return store.transact(async (tx) => {
    const found = await lockedGrant(tx, grantId);
    if (found === undefined) return { refused: "no-grant" };
    const { grant, account } = found;
    const application = settings.applications.all.find(({ name }) => name === grant.application);
    const state = grantState(grant, now);
    const refused = !(await mayRevoke(tx, by, grant, application, now))
      ? "not-owner"
      : state === "revoked" || state === "ended"
        ? "grant-over"
        : undefined;
    if (refused !== undefined) {
      await audit(tx, "grant.revoked", by, account, grant, now, refused);
      return { refused };
    }
    await tx.grants.revoke(grantId, doneBy(by), now);
    const { application: name, scopes } = grant;
    if (state !== "requested")
      await mailTo(tx, settings, account, ["grant-ended", { application: name, scopes, at: now }], now);
    const seq = await audit(tx, "grant.revoked", by, account, grant, now);
    await tx.changes.record(seq, { accountId: account.id }, now);
    return { grant: { ...grant, revokedBy: doneBy(by), revokedAt: now } };
  });
}

async function lockedGrant(
  tx: PeopleTransaction,
  id: string,
): Promise<{ grant: Grant; account: Account } | undefined> {
  const grant = await tx.grants.byId(id, { lock: true });
  const account = grant && (await tx.accounts.byId(grant.accountId));
  return grant && account && { grant, account };
}

/** Who may approve this grant at this moment. */
async function approvers(
  { accounts }: PeopleTransaction,
  application: Grantable | undefined,
  grant: Grant,
  now: Date,
): Promise<Account[]> {
  const owners = await accounts.withAnyRole(application?.owners ?? []);
  return owners.filter(
    (owner) =>
      standing(owner, now) === "active" && refuseApproval(grant, application, owner, now) === undefined,
  );
}

async function mayRevoke(
  tx: PeopleTransaction,
  by: By,
  { accountId }: Grant,
  application: Grantable | undefined,
  now: Date,
): Promise<boolean> {
  if (by.actor.kind !== "account") return by.actor.kind === "operator";
  const doer = await tx.accounts.byId(by.actor.id);
  if (doer === undefined || standing(doer, now) !== "active") return false;
  return (
    doer.id === accountId || isAdministrator(doer) || (application !== undefined && owns(application, doer))
  );
}

async function mayAct({ accounts }: PeopleTransaction, { actor }: By, now: Date): Promise<boolean> {
  if (actor.kind !== "account") return actor.kind === "operator";
  const doer = await accounts.byId(actor.id);
  return doer !== undefined && standing(doer, now) === "active";
}

/** A grant may wait for whoever was invited; it opens nothing before. */
function mayHave(account: Account, now: Date): boolean {
  return ["active", "invited"].includes(standing(account, now));
}

function shown({ application, scopes, startsAt, endsAt }: Grant): {
  application: string;
  scopes: string[];
  from: Date;
  until: Date;
} {
  return { application, scopes, from: startsAt, until: endsAt };
}

function audit(
  tx: PeopleTransaction,
  event: "grant.requested" | "grant.approved" | "grant.revoked",
  by: By,
  { id, name }: Account,
  grant: Grant,
  now: Date,
  refused?: string,
): Promise<number> {
  return tx.audit.append({
    at: now,
    event,
    outcome: refused === undefined ? "success" : "failure",
    ...by,
    account: { id, name },
    application: grant.application,
    ...(refused !== undefined && { reason: refused }),
    details: {
      grant: grant.id,
      scopes: grant.scopes,
      from: grant.startsAt.toISOString(),
      until: grant.endsAt.toISOString(),
      ...(event === "grant.requested" && { why: grant.reason }),
    },
  });
}
