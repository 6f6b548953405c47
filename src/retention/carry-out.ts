/** Carries out what was decided, one thing after the other; what fails is remembered and keeps nothing else from going. */
import { asFault, Fault, type Finding } from "../fault.ts";
import type { Hold, Remover } from "../store/object-store.ts";
import type { Leaving } from "./leaving.ts";
import { removeFolder } from "./remove.ts";
import { isManifestOf } from "./survey.ts";

/** gone: removed, or would be, and what that frees. */
export type Outcome =
  { is: "gone"; bytes: number } | { is: "locked"; hold: Hold } | { is: "failed"; fault: Fault };

export interface Settled {
  leaving: Leaving;
  outcome: Outcome;
}

export interface CarryOutOptions {
  /** False: only looks. */
  remove: boolean;
  /** What has no manifest goes only when nothing in it is younger. */
  limit: Date;
  signal: AbortSignal;
}

/** Settles one thing; undefined when it has turned out not to be due. Throws nothing but the signal's reason. */
export type CarryOut = (leaving: Leaving) => Promise<Outcome | undefined>;

/** After the store could not be reached once, nothing more is tried: each try would wait for minutes. */
export function carryOut(remover: Remover, { remove, limit, signal }: CarryOutOptions): CarryOut {
  let unreachable: Fault | undefined;
  return async ({ kind, name, upload }) => {
    if (unreachable !== undefined) return { is: "failed", fault: unreachable };
    try {
      if (upload !== undefined) {
        if (remove) await remover.abort(upload, signal);
        return { is: "gone", bytes: 0 };
      }
      const removal = await removeFolder(remover, name, {
        remove,
        signal,
        // A run may have committed since, or have come back to life.
        ...(kind !== "unfinished"
          ? {}
          : {
              due: (pieces) => pieces.every((piece) => piece.modified <= limit && !isManifestOf(name, piece)),
            }),
      });
      if (removal === undefined) return undefined;
      const { hold, bytes } = removal;
      return hold === undefined ? { is: "gone", bytes } : { is: "locked", hold };
    } catch (error) {
      signal.throwIfAborted();
      const fault = asFault(error);
      if (fault.code === "STORE_UNREACHABLE") unreachable = fault;
      return { is: "failed", fault };
    }
  };
}

/** One finding for all that is due and locked. */
export function lockedFindings(settled: Settled[]): Finding[] {
  const locked = settled.flatMap(({ leaving, outcome }) =>
    outcome.is === "locked" ? [{ name: leaving.name, until: outcome.hold.until }] : [],
  );
  const [first] = locked;
  if (first === undefined) return [];
  const dates = locked.flatMap(({ until }) => until ?? []).sort((a, b) => a.getTime() - b.getTime());
  const until = dates[0] === undefined ? "by a legal hold" : `the first until ${dates[0].toISOString()}`;
  return [
    {
      code: "PRUNE_LOCKED",
      what: `${locked.length} things that are due are locked, ${until} (${first.name}); they stay`,
      todo: "Nothing, if you meant to lock for so long; else lower lock.days on the backup host, which counts for new backups only.",
    },
  ];
}

/** PRUNE_FAILED when something could not be removed although nothing locks it; undefined when nothing failed. */
export function failure(settled: Settled[]): Fault | undefined {
  const failed = settled.flatMap(({ leaving, outcome }) =>
    outcome.is === "failed" ? [{ name: leaving.name, fault: outcome.fault }] : [],
  );
  const [first] = failed;
  if (first === undefined) return undefined;
  const { code, message, todo } = first.fault;
  return new Fault(
    "PRUNE_FAILED",
    `${failed.length} of ${settled.length} things that are due could not be removed, first ${first.name} (${code}: ${message})`,
    todo,
    { cause: first.fault },
  );
}
