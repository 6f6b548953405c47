/**
 * Ships the objects of one backup to every destination, and keeps the account of what arrived where. A
 * destination that fails for good is left behind; the backup goes on as long as one is left.
 */
import { createHash } from "node:crypto";
import { asFault, type Fault, type Finding } from "../fault.ts";
import type { ManifestObject } from "../seal/manifest.ts";
import type { Retention, Sink } from "../store/object-store.ts";
import { tee } from "../concurrency/tee.ts";

export interface Destination {
  sink: Sink;
  country: string;
  /** Who keeps the bytes, and on which legal basis: for the record of transfers. */
  recipient: string;
  legalBasis: string;
  retention: Retention | undefined;
}

/** One object's place in the backup, before it has a size. */
export type Label = Omit<ManifestObject, "size" | "sha256">;

export class Shipment {
  readonly #folder: string;
  #live: Destination[];
  readonly #versions = new Map<string, Record<string, string>>();
  readonly #findings = new Map<string, Finding>();
  readonly failed = new Map<string, Fault>();

  /** `folder`: key prefix of the backup, without a slash at the end. */
  constructor(folder: string, destinations: Destination[]) {
    this.#folder = folder;
    this.#live = destinations;
  }

  get live(): readonly Destination[] {
    return this.#live;
  }

  /** What the stores did not keep, each said once for each destination. */
  get findings(): Finding[] {
    return [...this.#findings.values()];
  }

  /** Object name → version, of what this destination has taken so far; empty where it keeps none. */
  versionsAt(destination: string): Record<string, string> {
    return this.#versions.get(destination) ?? {};
  }

  /**
   * Sends one object everywhere; gives back its label with its size in bytes and its SHA-256 in hex. `progress` is told of bytes as they leave. Throws what the body threw, or,
   * when no destination took the object, the first one's fault.
   */
  async send<Named extends { name: string }>(
    label: Named,
    body: AsyncIterable<Buffer>,
    signal: AbortSignal,
    progress: (bytes: number) => void,
  ): Promise<Named & Pick<ManifestObject, "size" | "sha256">> {
    const hash = createHash("sha256");
    let size = 0;
    let broken: unknown;
    async function* measured(): AsyncGenerator<Buffer> {
      try {
        for await (const chunk of body) {
          hash.update(chunk);
          size += chunk.length;
          progress(chunk.length);
          yield chunk;
        }
      } catch (error) {
        broken = error;
        throw error;
      }
    }
    const destinations = this.#live;
    const [lastHope] = this.failed.values();
    if (destinations.length === 0 && lastHope !== undefined) throw lastHope;
    const copies = tee(measured(), destinations.length);
    const key = `${this.#folder}/${label.name}`;
    const results = await Promise.allSettled(
      destinations.map(async ({ sink, retention }, i) => {
        const copy = copies[i];
        if (copy === undefined) throw new Error("tee gave too few copies");
        try {
          return await sink.put({ key, body: copy, retention, signal });
        } finally {
          // A sink that refuses before it reads would otherwise hold up the others for ever.
          await copy.leave();
        }
      }),
    );
    signal.throwIfAborted();
    if (broken !== undefined) throw asFault(broken);
    const refusals = results.map((result) =>
      result.status === "rejected" ? asFault(result.reason) : undefined,
    );
    const firstRefusal = refusals.find((fault) => fault !== undefined);
    if (firstRefusal !== undefined && refusals.every((fault) => fault !== undefined)) throw firstRefusal;
    destinations.forEach(({ sink }, i) => {
      const result = results[i];
      const fault = refusals[i];
      if (fault !== undefined) this.#leave(sink.name, fault);
      else if (result?.status === "fulfilled") {
        for (const finding of result.value.findings) this.#findings.set(finding.code + finding.what, finding);
        const versions = this.#versions.get(sink.name) ?? {};
        if (result.value.versionId !== undefined) versions[label.name] = result.value.versionId;
        this.#versions.set(sink.name, versions);
      }
    });
    return { ...label, size, sha256: hash.digest("hex") };
  }

  #leave(name: string, fault: Fault): void {
    this.failed.set(name, fault);
    this.#live = this.#live.filter((destination) => destination.sink.name !== name);
    this.#findings.set(`DESTINATION_FAILED${name}`, destinationFailed(name, fault));
  }
}

/** Says of a destination that it is left behind, and why. */
export function destinationFailed(name: string, { code, message, todo }: Fault): Finding {
  return { code: "DESTINATION_FAILED", what: `destination ${name} got no backup: ${code}: ${message}`, todo };
}
