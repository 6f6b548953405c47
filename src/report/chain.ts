/** The chain of reports: each names the hash of the one that this host made before it. Pure. */

/** A report as a link of the chain. */
export interface Link {
  id: string;
  /** SHA-256 of the signed report. */
  sha256: string;
  /** The same of the one before it. */
  previous: string | undefined;
}

/**
 * How many of the newest reports are looked at for the head. The last one made need not have the newest id: an id
 * tells when a report was begun, a restore test takes hours, and a clock may have been wrong.
 */
export const HEAD_AMONG = 30;

/**
 * The report that the next one follows. In: the newest reports, oldest id first. Among those that no other names,
 * the end of the longest chain: a report dated into the future stands alone as soon as others have followed it.
 */
export function chainHead(links: readonly Link[]): Link | undefined {
  const bySha = new Map(links.map((link) => [link.sha256, link]));
  const named = new Set(links.map((link) => link.previous));
  const length = (link: Link): number => {
    let steps = 0;
    for (let at: Link | undefined = link; at !== undefined && steps <= links.length; steps++)
      at = at.previous === undefined ? undefined : bySha.get(at.previous);
    return steps;
  };
  let head: Link | undefined;
  let longest = 0;
  for (const link of links) {
    if (named.has(link.sha256)) continue;
    const long = length(link);
    // On a tie the later id.
    if (long >= longest) [head, longest] = [link, long];
  }
  return head;
}
