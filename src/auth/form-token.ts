/**
 * Tokens that forms carry against cross-site requests (CSRF). They hold nothing of their own, so two tabs, a page
 * that was reloaded and a button that was pressed twice all work. A second guard is the Origin header.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export interface FormTokens {
  /** `subject` is the hash of the session's or the sign-in's cookie, or "" where nobody is known yet. */
  make(subject: string, now: Date): string;
  isRight(token: string | undefined, subject: string, now: Date): boolean;
}

/** How long a page may lie open before its form is sent. */
const LASTS_MS = 24 * 3_600_000;

export function openFormTokens(key: Buffer): FormTokens {
  const tag = (subject: string, time: string): Buffer =>
    createHmac("sha256", key).update(`form\0${time}\0${subject}`).digest();
  return {
    make(subject, now) {
      const time = now.getTime().toString(36);
      return `${time}.${tag(subject, time).toString("base64url")}`;
    },
    isRight(token, subject, now) {
      const [, time = "", given = ""] = /^([0-9a-z]{6,10})\.([A-Za-z0-9_-]{43})$/.exec(token ?? "") ?? [];
      const age = now.getTime() - Number.parseInt(time, 36);
      // A clock that was put back makes tokens from the future: those of a day are taken too.
      if (given === "" || Math.abs(age) > LASTS_MS) return false;
      return timingSafeEqual(tag(subject, time), Buffer.from(given, "base64url"));
    },
  };
}
