/** Secrets that a browser or a mail carries: 256 random bits, kept by us as their SHA-256 only. */
import { hash, randomBytes } from "node:crypto";

export interface Token {
  /** base64url, 43 characters: the secret itself. */
  text: string;
  /** What lies in the database. */
  hash: Buffer;
}

/** A fresh token. Randomness for secrets is no argument: nothing may make it predictable. */
export function newToken(): Token {
  const text = randomBytes(32).toString("base64url");
  return { text, hash: hashOf(text) };
}

/** The hash of a token as a stranger sent it; undefined for what no token of ours looks like. */
export function tokenHash(text: string | undefined): Buffer | undefined {
  return text !== undefined && TOKEN.test(text) ? hashOf(text) : undefined;
}

/** As `tokenHash`, in base64url: for what is looked up in memory at every request. */
export function tokenKey(text: string | undefined): string | undefined {
  return text !== undefined && TOKEN.test(text) ? hash("sha256", text, "base64url") : undefined;
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

const hashOf = (text: string): Buffer => hash("sha256", text, "buffer");
