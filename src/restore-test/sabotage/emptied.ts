/** The backup with one table's rows gone from the archive: everything fits the manifest, which is signed well. */
import { MANIFEST_NAME, type ManifestObject } from "../../seal/manifest.ts";
import { partsOf } from "../load-database.ts";
import type { Broken } from "./copies.ts";
import { seen } from "./copies.ts";
import { becomes, keyOf, signedManifest, type Changes, type Kit } from "./kit.ts";
import type { EmptiedPart } from "./workshop.ts";

/** The emptied part stands for all data parts of its database. */
export function withEmptied(kit: Kit, { database, size, sha256, bytes }: EmptiedPart): Broken | string {
  const [first, ...others] = partsOf(kit.backup, database, "data").map(({ name }) => name);
  if (first === undefined) return "the backup has no data parts";
  const kept = (name: string): boolean => !others.includes(name);
  const signed = signedManifest(kit, ({ objects, source, copies }) => ({
    objects: objects.flatMap((object): ManifestObject[] => {
      if (!kept(object.name)) return [];
      return [object.name === first ? { ...object, size, sha256 } : object];
    }),
    source: {
      ...source,
      databases: source.databases.map((one) => ({ ...one, parts: one.parts.filter(kept) })),
    },
    copies: copies.map((copy) => ({
      ...copy,
      versions: Object.fromEntries(Object.entries(copy.versions).filter(([name]) => kept(name))),
    })),
  }));
  const changes: Changes = new Map([
    [keyOf(kit, MANIFEST_NAME), becomes(signed)],
    [keyOf(kit, first), bytes],
  ]);
  return { change: { source: seen(kit, changes) } };
}
