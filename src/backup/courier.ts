/** Sends the streams of one run, and starts one that died anew, from the dump on, while its snapshot is held. */
import { asFault, type Code } from "../fault.ts";
import type { ManifestObject } from "../seal/manifest.ts";
import { bodyOf } from "../store/object-store.ts";
import type { BackupRequest } from "./backup-request.ts";
import type { Label, Shipment } from "./shipment.ts";

/** Faults of the world rather than of the call: another try may meet a better one. */
const WORTH_ANOTHER_TRY: ReadonlySet<Code> = new Set<Code>([
  "DUMP_FAILED",
  "COMPRESS_FAILED",
  "PG_UNREACHABLE",
  // Of pg_dump's own session; when the snapshot's is lost, the signal says so and nothing is tried again.
  "PG_CONNECTION_LOST",
  "STORE_UNREACHABLE",
  "STORE_FAILED",
  "STORE_CHECKSUM",
]);

export class Courier {
  readonly #shipment: Shipment;
  readonly #request: Pick<BackupRequest, "attempts" | "pause" | "watch">;

  /** `request`: how often a stream is tried, what happens between two tries, and who is told. */
  constructor(shipment: Shipment, request: Pick<BackupRequest, "attempts" | "pause" | "watch">) {
    this.#shipment = shipment;
    this.#request = request;
  }

  /**
   * Sends what `begin` begins, which is called once for each attempt; `bytes` is its estimated size. Throws the
   * first fault that another attempt could not mend, or the last one, or the signal's reason.
   */
  async send(
    label: Label,
    bytes: number,
    begin: () => AsyncIterable<Buffer>,
    signal: AbortSignal,
  ): Promise<ManifestObject> {
    const { attempts, pause, watch } = this.#request;
    const { name } = label;
    for (let attempt = 1; ; attempt++) {
      watch.stream(name, bytes);
      try {
        return await this.#shipment.send(label, begin(), signal, (sealed) => watch.shipped(name, sealed));
      } catch (error) {
        signal.throwIfAborted();
        const fault = asFault(error);
        if (!WORTH_ANOTHER_TRY.has(fault.code) || attempt >= attempts) throw fault;
        watch.again(name, fault);
        await pause(attempt, signal);
      } finally {
        watch.streamEnded(name);
      }
    }
  }

  /** Sends what is small enough to be held; throws as `send` does. */
  sendBytes(label: Label, bytes: Buffer, signal: AbortSignal): Promise<ManifestObject> {
    return this.send(label, bytes.length, () => bodyOf(bytes), signal);
  }
}
