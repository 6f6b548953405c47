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
 * The operating-system user as an actor. Root by sudo is told with the person who called it; only then is SUDO_USER
 * looked at, since anybody else could set it.
 */
export function operatorOf(env: NodeJS.ProcessEnv, { uid, name }: OperatingSystem = HERE): Actor {
  const by = env["SUDO_USER"];
  if (uid === 0 && by !== undefined && by !== "" && by !== "root")
    return { kind: "operator", user: `${by} (root by sudo)` };
  try {
    return { kind: "operator", user: name() };
  } catch {
    return { kind: "operator", user: `uid ${uid ?? "unknown"}` };
  }
}
