/** A scratch server that broke off says nothing about the backup: the same one is tested again by the next run. */
import { Fault } from "../fault.ts";

/** `meanwhile`: what was being done; `crash`: what the server said of it. */
export function crashFault(meanwhile: string, crash: string, cause?: Fault): Fault {
  return new Fault(
    "PG_CONNECTION_LOST",
    `the scratch server broke off while ${meanwhile}: ${crash}`,
    "Look why it ended (out of memory: `journalctl -k`), give the host more memory or lower scratch.memory and scratch.jobs, then run the restore test again.",
    { cause },
  );
}
