/** What the pages of one's own account say, in each language. */
import type { Language } from "../settings.ts";
import { accountEn } from "./account-en.ts";
import { accountHu } from "./account-hu.ts";
import { accountRo } from "./account-ro.ts";

/** What was done, as the address of the account page says it. */
export const DONE = [
  "password",
  "authenticator",
  "authenticator-removed",
  "phone",
  "phone-removed",
  "passkey",
  "passkey-removed",
  "language",
  "session",
  "sessions",
  "device",
  "grant",
  "grant-ended",
] as const;
export type Done = (typeof DONE)[number];

export interface AccountWords {
  /** BCP 47, for times. */
  locale: string;
  menu: { account: string; grants: string; administration: string; signOut: string };
  title: string;
  done: Record<Done, string>;
  formOld: string;
  applications: string;
  noApplications: string;
  until: (time: string) => string;
  askAccess: string;
  you: string;
  name: string;
  email: string;
  roles: string;
  none: string;
  detailsWrong: string;
  language: string;
  languages: Record<Language, string>;
  save: string;
  security: string;
  password: string;
  passwordChanged: (time: string) => string;
  change: string;
  authenticators: string;
  authenticatorsCount: (count: number) => string;
  recoveryCodes: string;
  recoveryCodesLeft: (count: number) => string;
  makeNew: string;
  phone: string;
  phoneConfirmed: (number: string) => string;
  phoneUnconfirmed: (number: string) => string;
  noPhone: string;
  setUp: string;
  sessions: string;
  sessionsLead: string;
  thisOne: string;
  signedInAt: (time: string) => string;
  lastUsed: (time: string) => string;
  address: (address: string) => string;
  endSession: string;
  endOthers: string;
  noOtherSessions: string;
  devices: string;
  devicesLead: string;
  noDevices: string;
  trustedUntil: (time: string) => string;
  forgetDevice: string;
  back: string;
  passwordTitle: string;
  authenticatorsTitle: string;
  authenticatorsLead: string;
  authenticatorSince: (time: string) => string;
  remove: string;
  lastStays: string;
  addAuthenticator: string;
  addWhy: string;
  label: string;
  labelHint: string;
  labelWrong: string;
  begin: string;
  full: string;
  gone: string;
  scan: string;
  typeKey: string;
  enrolCode: string;
  check: string;
  codeRefused: string;
  codesTitle: string;
  codesLead: string;
  makeCodes: string;
  phoneTitle: string;
  phoneLead: string;
  number: string;
  numberHint: string;
  numberWrong: string;
  sendCode: string;
  sendRefused: string;
  sentTo: (number: string) => string;
  smsCode: string;
  endsOthers: string;
}

const WORDS: Record<Language, AccountWords> = { en: accountEn, hu: accountHu, ro: accountRo };

export function accountWords(language: Language): AccountWords {
  return WORDS[language];
}
