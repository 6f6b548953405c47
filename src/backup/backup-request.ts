/** What a backup is made of and with: everything the flow is handed. */
import type { Fault, Finding } from "../fault.ts";
import type { OpenedDayKey } from "../seal/day-key.ts";
import type { RecoveryKey } from "../seal/recovery-key.ts";
import type { SigningKey } from "../seal/signing-key.ts";
import type { ClusterSource } from "./cluster-source.ts";
import type { Destination } from "./shipment.ts";

/** What a run tells whoever watches. */
export interface Watcher {
  phase(name: "snapshot" | "dump" | "seal" | "manifest"): void;
  /** A stream begins: its name, and its estimated size before compression in bytes. */
  stream(name: string, bytes: number): void;
  /** Sealed bytes that left in a stream. */
  shipped(name: string, bytes: number): void;
  streamEnded(name: string): void;
  /** A stream failed and is started again. */
  again(name: string, fault: Fault): void;
}

export interface BackupRequest {
  /** From newBackupId. */
  backupId: string;
  cluster: string;
  source: ClusterSource;
  destinations: Destination[];
  recoveryKeys: RecoveryKey[];
  dayKey: OpenedDayKey | undefined;
  signingKey: SigningKey;
  /** Streams at once. */
  jobs: number;
  compressionLevel: number;
  /** How often one stream is started before the run fails. */
  attempts: number;
  dataCategories: string[];
  /** Known before the run; written into the manifest with the run's own. */
  findings: Finding[];
  /** Filled by the source while it dumps. */
  warnings: Finding[];
  lakatVersion: string;
  watch: Watcher;
  now: () => Date;
  /** Waits between attempts. */
  pause: (attempt: number, signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
}
