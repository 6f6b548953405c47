/** Where the chain of the reports kept on a host is broken. Pure. */
import type { Link } from "./chain.ts";

/** A report's file: a link of the chain, or why it is none. */
export type Entry = ({ kind: "link" } & Link & { previousId: string | undefined }) | Damaged;
export interface Damaged {
  kind: "damaged";
  id: string;
  /** Its content does not fit this host's signature, it is signed by another key, or it is no report at all. */
  what: "changed" | "stranger" | "unreadable";
  why: string;
}

export interface Break {
  /** The report at which it shows. */
  id: string;
  kind: Damaged["what"] | "removed" | "replaced" | "begun-anew" | "forked";
  what: string;
}

/**
 * The breaks, in the order of ids; none when every report follows the one before it up to the oldest one kept.
 * What is older than that was removed in its time; that the newest ones were removed cannot be seen here.
 */
export function brokenAt(entries: readonly Entry[]): Break[] {
  const links = entries.filter((entry) => entry.kind === "link");
  const bySha = new Map(links.map((link) => [link.sha256, link]));
  const ids = new Map(entries.map((entry) => [entry.id, entry]));
  const oldest = entries.map(({ id }) => id).sort()[0] ?? "";
  const breaks: Break[] = [];
  for (const entry of entries) {
    if (entry.kind === "damaged") {
      const { id, what, why } = entry;
      breaks.push({ id, kind: what, what: `report ${id} ${DAMAGE[what]} (${why})` });
      continue;
    }
    const { id, previous, previousId } = entry;
    if (previous === undefined || previousId === undefined) {
      if (links.some((link) => link.id < id))
        breaks.push({
          id,
          kind: "begun-anew",
          what: `report ${id} follows none, although there are earlier ones`,
        });
      continue;
    }
    if (bySha.has(previous)) continue;
    const there = ids.get(previousId);
    if (there === undefined && previousId >= oldest)
      breaks.push({
        id,
        kind: "removed",
        what: `report ${previousId}, which ${id} follows, is not here any more`,
      });
    // One that is damaged has been told already.
    if (there?.kind === "link")
      breaks.push({
        id: previousId,
        kind: "replaced",
        what: `report ${previousId} is signed, but is not the one that ${id} follows`,
      });
  }
  return [...breaks, ...forks(links)].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

const DAMAGE: Record<Damaged["what"], string> = {
  changed: "was changed after it was signed",
  stranger: "is signed by another key",
  unreadable: "cannot be read",
};

function forks(links: readonly (Link & { previousId: string | undefined })[]): Break[] {
  const followed = new Map<string, string>();
  const breaks: Break[] = [];
  for (const { id, previous, previousId } of [...links].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (previous === undefined) continue;
    const first = followed.get(previous);
    if (first === undefined) followed.set(previous, id);
    else
      breaks.push({
        id,
        kind: "forked",
        what: `reports ${first} and ${id} both follow ${previousId ?? previous}`,
      });
  }
  return breaks;
}
