/** Every command of `lakat` by its name. Each is loaded only when called: a nightly run starts faster. */
import type { Command } from "./command.ts";

export const CATALOGUE: Record<string, { summary: string; load: () => Promise<{ command: Command }> }> = {
  "backup run": { summary: "make a backup now", load: () => import("./backup-run.ts") },
  "backup list": { summary: "list the backups in a store", load: () => import("./backup-list.ts") },
  "backup show": { summary: "show one backup's manifest", load: () => import("./backup-show.ts") },
  "backup verify": {
    summary: "check signatures, sizes and hashes, without any private key",
    load: () => import("./backup-verify.ts"),
  },
  "backup transfers": {
    summary: "print the register of data transfers",
    load: () => import("./backup-transfers.ts"),
  },
  "backup prune": {
    summary: "remove backups that have been outlived, or say which they are",
    load: () => import("./backup-prune.ts"),
  },
  "backup role": { summary: "print the SQL of the dump role", load: () => import("./backup-role.ts") },
  restore: { summary: "restore a backup with a recovery key", load: () => import("./restore.ts") },
  "drill run": {
    summary: "restore the newest backup of each cluster for a test, check it, and report",
    load: () => import("./drill-run.ts"),
  },
  "drill sabotage": {
    summary: "test the alarm with broken copies of a backup that passed",
    load: () => import("./drill-sabotage.ts"),
  },
  "drill list": { summary: "list the restore tests made here", load: () => import("./drill-list.ts") },
  "drill show": {
    summary: "show one report, its signature and chain checked",
    load: () => import("./drill-show.ts"),
  },
  "report daily": {
    summary: "make and send the day's report of all clusters",
    load: () => import("./report-daily.ts"),
  },
  "evidence push": {
    summary: "tell the board at the gateway what it does not know yet",
    load: () => import("./evidence-push.ts"),
  },
  "report verify": {
    summary: "check the chain of all reports kept here",
    load: () => import("./report-verify.ts"),
  },
  "keys recovery new": {
    summary: "make a recovery key (offline machine)",
    load: () => import("./keys-recovery-new.ts"),
  },
  "keys recovery check": {
    summary: "prove that a private key and a certificate belong together",
    load: () => import("./keys-recovery-check.ts"),
  },
  "keys host new": { summary: "make a host's signing key", load: () => import("./keys-host-new.ts") },
  "keys day publish": {
    summary: "make and publish the coming days' keys (restore-test host)",
    load: () => import("./keys-day-publish.ts"),
  },
  "keys day list": { summary: "list the day keys this host holds", load: () => import("./keys-day-list.ts") },
  "keys day destroy": {
    summary: "destroy day keys that have passed",
    load: () => import("./keys-day-destroy.ts"),
  },
  "gateway serve": {
    summary: "let staff in, and answer the proxies, until told to stop",
    load: () => import("./gateway-serve.ts"),
  },
  "gateway secrets": {
    summary: "make the secrets of a gateway",
    load: () => import("./gateway-secrets.ts"),
  },
  "gateway migrate": {
    summary: "bring the gateway's database up to date",
    load: () => import("./gateway-migrate.ts"),
  },
  "audit list": { summary: "list the newest events of the gateway", load: () => import("./audit-list.ts") },
  "audit export": {
    summary: "write the gateway's events as JSON lines or CSV",
    load: () => import("./audit-export.ts"),
  },
  "audit verify": {
    summary: "check that the audit trail is what was written",
    load: () => import("./audit-verify.ts"),
  },
  "audit purge": {
    summary: "remove events that have been kept long enough",
    load: () => import("./audit-purge.ts"),
  },
  "staff create": {
    summary: "make an account and invite its owner",
    load: () => import("./staff-create.ts"),
  },
  "staff invite": { summary: "send another invitation", load: () => import("./staff-invite.ts") },
  "staff list": { summary: "list accounts", load: () => import("./staff-list.ts") },
  "staff show": { summary: "show an account and what it has", load: () => import("./staff-show.ts") },
  "staff change": { summary: "change what is known of a person", load: () => import("./staff-change.ts") },
  "staff roles": { summary: "give and take roles", load: () => import("./staff-roles.ts") },
  "staff end-date": {
    summary: "set when an account is over by itself",
    load: () => import("./staff-end-date.ts"),
  },
  "staff disable": { summary: "disable an account, at once", load: () => import("./staff-disable.ts") },
  "staff enable": { summary: "enable a disabled account", load: () => import("./staff-enable.ts") },
  "staff reset-password": {
    summary: "demand another password of its owner",
    load: () => import("./staff-reset-password.ts"),
  },
  "staff reset-factors": {
    summary: "remove all second factors of an account",
    load: () => import("./staff-reset-factors.ts"),
  },
  "staff lock": { summary: "lock an account until it is unlocked", load: () => import("./staff-lock.ts") },
  "staff unlock": { summary: "unlock an account or a lane", load: () => import("./staff-unlock.ts") },
  "staff locks": { summary: "list what is locked", load: () => import("./staff-locks.ts") },
  "staff delete": { summary: "delete an account for good", load: () => import("./staff-delete.ts") },
  "staff grant request": {
    summary: "ask for a right for a time",
    load: () => import("./staff-grant-request.ts"),
  },
  "staff grant list": { summary: "list rights for a time", load: () => import("./staff-grant-list.ts") },
  "staff grant revoke": { summary: "end a right at once", load: () => import("./staff-grant-revoke.ts") },
  "config check": { summary: "check a configuration file", load: () => import("./config-check.ts") },
  "config schema": {
    summary: "print the configuration's JSON Schema, for editors",
    load: () => import("./config-schema.ts"),
  },
  "demo gateway": {
    summary: "try the gateway, with nginx and a sample application, on this machine",
    load: () => import("./demo-gateway.ts"),
  },
  "demo data": { summary: "fill a database with a sample CRM", load: () => import("./demo-data.ts") },
};
