/** Why something was not done to an account or a grant, as a fault with what to do about it. */
import type { Refusal } from "../auth/administer.ts";
import type { GrantRefusal } from "../auth/grant.ts";
import { Fault, type Code } from "../fault.ts";

type Word = Refusal | GrantRefusal | "no-grant";

const SAID: Record<Word, [code: Code, what: string, todo: string]> = {
  "not-permitted": ["ACCOUNT_INVALID", "this may be done by administrators only", "Ask one of them."],
  "no-account": [
    "ACCOUNT_NOT_FOUND",
    "there is no such account, or it is disabled, locked or over",
    "See `lakat staff list`.",
  ],
  "grant-too-many": ["ACCOUNT_INVALID", "too much was asked for in the last hour", "Wait for an hour."],
  "own-account": ["ACCOUNT_INVALID", "nobody does this to the own account", "Ask another administrator."],
  "last-administrator": [
    "ACCOUNT_INVALID",
    "nobody could administer accounts afterwards, now or after the end dates that are set",
    "Give somebody else the role administrator first, or add --leave-no-administrator.",
  ],
  "nothing-to-change": ["ACCOUNT_INVALID", "the account is so already", "See `lakat staff show NAME`."],
  "not-invited": [
    "ACCOUNT_INVALID",
    "the owner of this account has chosen a password already, or it is disabled",
    "Use `lakat staff reset-password` or `lakat staff enable`.",
  ],
  "name-invalid": [
    "ACCOUNT_INVALID",
    "a name is 2 to 64 of a-z, 0-9, dot, hyphen and underscore, with a letter or digit at both ends",
    "Choose such a name, for instance anna.k.",
  ],
  "name-taken": ["ACCOUNT_EXISTS", "there is an account of this name", "Choose another name."],
  "email-invalid": [
    "ACCOUNT_INVALID",
    "this is no e-mail address",
    "Give one such as anna@example.hu, without a display name.",
  ],
  "email-taken": [
    "ACCOUNT_EXISTS",
    "another account has this e-mail address",
    "Each account needs an address of its own.",
  ],
  "display-name-invalid": [
    "ACCOUNT_INVALID",
    "a display name is 1 to 100 characters that can be seen, with a letter or digit",
    "Give it with --display-name.",
  ],
  "phone-invalid": [
    "ACCOUNT_INVALID",
    "a phone number begins with + and the country",
    "Write it in full, such as +36201234567.",
  ],
  "language-unknown": ["ACCOUNT_INVALID", "there are no texts in this language", "Use en, hu or ro."],
  "role-unknown": [
    "ACCOUNT_INVALID",
    "the configuration knows no such role",
    "Add it under roles, or use one that is there; administrator always is.",
  ],
  "end-invalid": [
    "ACCOUNT_INVALID",
    "this is no date that is still to come",
    "Give a day such as 2026-12-31, or a time such as 2026-12-31T12:00Z.",
  ],
  "reason-invalid": [
    "ACCOUNT_INVALID",
    "a reason of 1 to 300 characters is needed",
    "Give it with --reason.",
  ],
  "application-unknown": [
    "GRANT_INVALID",
    "the configuration has no such application",
    "Name one of its applications.",
  ],
  "scope-unknown": [
    "GRANT_INVALID",
    "the application declares no such scope",
    "Name scopes that the application has in the configuration.",
  ],
  "grant-times": [
    "GRANT_INVALID",
    "a grant begins now or later and ends after that",
    "Give --until, and perhaps --from, as a day such as 2026-12-31.",
  ],
  "grant-too-long": [
    "GRANT_INVALID",
    "this is longer, or further ahead, than a grant may be",
    "Ask for less, or raise grant_days in the configuration.",
  ],
  "not-owner": [
    "GRANT_INVALID",
    "only an owner of the application does this",
    "Ask somebody with one of its owners' roles.",
  ],
  "own-grant": [
    "GRANT_INVALID",
    "nobody approves what they asked for, or what is for them",
    "Ask another owner of the application.",
  ],
  "grant-over": ["GRANT_INVALID", "the grant is approved, revoked or over already", "Ask for another one."],
  "no-grant": ["GRANT_INVALID", "there is no such grant", "See `lakat staff grant list`."],
};

/** The fault of a refusal. */
export function refusedFault(word: Word): Fault {
  return new Fault(...SAID[word]);
}
