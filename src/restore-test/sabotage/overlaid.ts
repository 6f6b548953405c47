/** A store seen through changes: what lies there stays as it is, and is only read. */
import { Fault } from "../../fault.ts";
import type { Source } from "../../store/object-store.ts";

/** What an object is instead; undefined: it is missing. */
export type Change = ((signal: AbortSignal) => AsyncIterable<Buffer>) | undefined;

/**
 * One backup's folder with other bytes under some of its keys; of the rest of the store nothing is to be seen. Which
 * version of a changed object is asked for does not matter: all of them are changed. Its lock is still the store's.
 */
export function overlaid(source: Source, folder: string, changes: ReadonlyMap<string, Change>): Source {
  const versions = source.versions?.bind(source);
  return {
    name: source.name,
    async *list(prefix, signal) {
      for await (const object of source.list(`${folder}/`, signal)) {
        const missing = changes.has(object.key) && changes.get(object.key) === undefined;
        if (object.key.startsWith(prefix) && !missing) yield object;
      }
    },
    async *get(key, options) {
      if (!changes.has(key)) yield* source.get(key, options);
      else {
        const change = changes.get(key);
        if (change === undefined)
          throw new Fault("STORE_NOT_FOUND", `${source.name} holds no ${key}`, "Sabotage took it away.");
        yield* change(options.signal);
      }
    },
    ...(versions === undefined
      ? {}
      : {
          async *versions(key: string, signal: AbortSignal) {
            if (!changes.has(key)) yield* versions(key, signal);
          },
        }),
    retention: (key, options) => source.retention(key, options),
  };
}

/** The same objects in another folder, as if they had been shipped there. */
export function moved(source: Source, from: string, to: string): Source {
  const back = (key: string): string =>
    key.startsWith(`${to}/`) ? `${from}/${key.slice(to.length + 1)}` : key;
  const versions = source.versions?.bind(source);
  return {
    name: source.name,
    async *list(prefix, signal) {
      for await (const object of source.list(`${from}/`, signal)) {
        const key = `${to}/${object.key.slice(from.length + 1)}`;
        if (key.startsWith(prefix)) yield { ...object, key };
      }
    },
    get: (key, options) => source.get(back(key), options),
    ...(versions === undefined
      ? {}
      : { versions: (key: string, signal: AbortSignal) => versions(back(key), signal) }),
    retention: (key, options) => source.retention(back(key), options),
  };
}

/** A store that knows of no lock, whatever was asked of it when the backup was shipped. */
export function forgetful(source: Source): Source {
  return { ...source, retention: () => Promise.resolve(undefined) };
}
