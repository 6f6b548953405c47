/** What the pages of administration say, in each language. Names of events and reasons are codes, and stay as they are. */
import type { Refusal } from "../administer.ts";
import type { Language } from "../settings.ts";
import { en } from "./admin-en.ts";
import { hu } from "./admin-hu.ts";
import { ro } from "./admin-ro.ts";

export type AdminRefusal = Refusal | "name-differs" | "not-owner" | "grant-over" | "no-grant";

/** What can have been done. */
export type AdminDone =
  | "create"
  | "details"
  | "roles"
  | "end"
  | "invite"
  | "disable"
  | "enable"
  | "lock"
  | "unlock"
  | "require-reset"
  | "reset-factors"
  | "delete"
  | "end-session"
  | "forget-device"
  | "unlock-lane"
  | "unlock-all"
  | "check"
  | "revoke-grant";

export type AdminWords = typeof en;

const WORDS: Record<Language, AdminWords> = { en, hu, ro };

export function adminWords(language: Language): AdminWords {
  return WORDS[language];
}
