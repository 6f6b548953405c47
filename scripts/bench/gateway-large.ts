/** What housekeeping costs those who sign in meanwhile. */
import { sessionsOn } from "../../src/auth/store/sessions.ts";
import type { World } from "./gateway-world.ts";

/** Removes sessions, as a node does once a minute, while others begin. */
export async function sweepWhileSigningIn(world: World, say: (text: string) => void): Promise<void> {
  const began = performance.now();
  const removed = await sessionsOn(world.pool).sweep(new Date(Date.now() + 3 * 86_400_000), 86_400_000);
  say(`swept ${removed} sessions in ${Math.round(performance.now() - began)} ms`);
}
