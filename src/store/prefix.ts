/** Puts every key of a store below the configured prefix, so that nothing else has to know it. */
import type { Remover, Sink, Source } from "./object-store.ts";

/** `sink`, with all its keys below `prefix`. Uploads in a journal already carry it. */
export function sinkBelow(sink: Sink, prefix: string | undefined): Sink {
  if (prefix === undefined) return sink;
  const below = (key: string): string => `${prefix}/${key}`;
  return {
    name: sink.name,
    country: (signal) => sink.country(signal),
    probe: (key, signal) => sink.probe(below(key), signal),
    put: (request) => sink.put({ ...request, key: below(request.key) }),
    read: (key, maxBytes, signal) => sink.read(below(key), maxBytes, signal),
    discard: (upload, signal) => sink.discard(upload, signal),
    ...(sink.discardUnfinished === undefined
      ? {}
      : {
          discardUnfinished: (folder, commit, signal) =>
            sink.discardUnfinished?.(below(folder), commit, signal) ?? Promise.resolve(true),
        }),
  };
}

/** `source`, with all its keys below `prefix`, and listed without it. */
export function sourceBelow(source: Source, prefix: string | undefined): Source {
  if (prefix === undefined) return source;
  const below = (key: string): string => `${prefix}/${key}`;
  return {
    name: source.name,
    async *list(listed, signal) {
      for await (const object of source.list(below(listed), signal))
        yield { ...object, key: object.key.slice(prefix.length + 1) };
    },
    get: (key, options) => source.get(below(key), options),
    ...(source.versions === undefined
      ? {}
      : { versions: (key, signal) => source.versions?.(below(key), signal) ?? nothing() }),
    retention: (key, options) => source.retention(below(key), options),
    ...(source.clock === undefined
      ? {}
      : { clock: (signal) => source.clock?.(signal) ?? Promise.resolve(undefined) }),
  };
}

/** `remover`, with all its keys below `prefix`, and listed without it. */
export function removerBelow(remover: Remover, prefix: string | undefined): Remover {
  if (prefix === undefined) return remover;
  const below = <T extends { key: string }>(one: T): T => ({ ...one, key: `${prefix}/${one.key}` });
  const without = <T extends { key: string }>(one: T): T => ({
    ...one,
    key: one.key.slice(prefix.length + 1),
  });
  return {
    name: remover.name,
    now: (signal) => remover.now(signal),
    async *pieces(listed, signal) {
      for await (const piece of remover.pieces(`${prefix}/${listed}`, signal)) yield without(piece);
    },
    hold: (piece, signal) => remover.hold(below(piece), signal),
    remove: (piece, signal) => remover.remove(below(piece), signal),
    async *uploads(listed, signal) {
      for await (const upload of remover.uploads(`${prefix}/${listed}`, signal)) yield without(upload);
    },
    abort: (upload, signal) => remover.abort(below(upload), signal),
  };
}

async function* nothing(): AsyncGenerator<never> {
  // The method is there whenever the source's own is.
}
