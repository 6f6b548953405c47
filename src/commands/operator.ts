/** Adapter: who runs this command on the host, for the audit. */
import { userInfo } from "node:os";
import type { Actor } from "../auth/audit-event.ts";

/** What is asked of the operating system. */
export interface OperatingSystem {
  uid: number | undefined;
  /** The user's name; throws for a number that has none. */
  name: () => string;
}

const HERE: OperatingSystem = { uid: process.geteuid?.(), name: () => userInfo().username };

/**
 * The operating-system user as an actor, with the person who called by sudo. For root that is sudo's word; any other
 * user may set SUDO_USER at will, so there it is told as what it says. An installation runs its commands as the
 * gateway's own user, and without it no event would name a person.
 */
export function operatorOf(env: NodeJS.ProcessEnv, { uid, name }: OperatingSystem = HERE): Actor {
  const by = env["SUDO_USER"] ?? "";
  const isTold = by !== "" && by !== "root";
  if (uid === 0 && isTold) return { kind: "operator", user: `${by} (root by sudo)` };
  const user = nameOr(name, `uid ${uid ?? "unknown"}`);
  return { kind: "operator", user: isTold && by !== user ? `${user} (says it is ${by})` : user };
}

function nameOr(name: () => string, other: string): string {
  try {
    return name();
  } catch {
    return other;
  }
}
