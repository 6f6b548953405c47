/**
 * Where backups go and where they are read from. Two tiny ports: the backup host is handed a Sink, which
 * cannot read a backup back; the restore side is handed a Source, which cannot write.
 *
 * Keys are `/`-separated, never begin with `/`, and already carry the configured prefix.
 */
import type { Finding } from "../fault.ts";

/** S3 Object Lock: until when no one, in mode COMPLIANCE not even the account's root, may delete a version. */
export interface Retention {
  mode: "COMPLIANCE" | "GOVERNANCE";
  until: Date;
}

export interface PutRequest {
  key: string;
  /**
   * Read once, in order; a buffer once yielded is not written to again by whoever made it. When it throws,
   * nothing of the object remains and `put` throws the same error.
   */
  body: AsyncIterable<Buffer>;
  /** Undefined: no lock is asked for. */
  retention: Retention | undefined;
  signal: AbortSignal;
}

/** The body of an object that is held in memory. */
export async function* bodyOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** What the store is known to hold after a put. */
export interface Receipt {
  key: string;
  /** Bytes stored. */
  size: number;
  /** Undefined where the store keeps no versions. */
  versionId: string | undefined;
  /** What was asked for and, read back, turned out not to be kept. */
  findings: Finding[];
}

/** An upload that was begun; remembered on the host so that a later run can discard it. */
export interface Upload {
  /** Name of the destination it was sent to. */
  destination: string;
  key: string;
  /** S3's UploadId; for a directory the temporary file's name. */
  uploadId: string;
}

/** Remembers begun uploads across a crash. Both methods return only when the note is on disk. */
export interface UploadJournal {
  begun(upload: Upload): Promise<void>;
  ended(upload: Upload): Promise<void>;
}

/** For small objects, which a later run sends again whole: there is nothing to discard or resume. */
export const NO_JOURNAL: UploadJournal = {
  begun: () => Promise.resolve(),
  ended: () => Promise.resolve(),
};

export interface Sink {
  /** The destination's name in the configuration. */
  readonly name: string;
  /** ISO 3166-1 alpha-2 country the objects will lie in; throws RESIDENCY_REFUSED, STORE_DENIED and the like. */
  country(signal: AbortSignal): Promise<string>;
  /**
   * Asks the store once whether it keeps write-once and checksums as promised, by means of one tiny object
   * at `probeKey`. Throws when the store cannot be used at all.
   */
  probe(probeKey: string, signal: AbortSignal): Promise<Finding[]>;
  /** Stores one object in constant memory. Never replaces: an existing key throws STORE_EXISTS. */
  put(request: PutRequest): Promise<Receipt>;
  /**
   * Reads one small object (a published day key), at most `maxBytes` + 1 bytes of it: one that is larger shows by
   * its length. Undefined when there is none. Throws STORE_DENIED etc.
   */
  read(key: string, maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Forgets an upload that never ended. No fault when it is already gone. */
  discard(upload: Upload, signal: AbortSignal): Promise<void>;
  /**
   * Removes everything below `folder` (a key without the last `/`) that a crashed run left, unless it holds an
   * object named `commitName`. True when nothing is left, false when the run had committed. Absent where
   * finished objects cannot be removed by the backup host, which is the point of a locked bucket.
   */
  discardUnfinished?(folder: string, commitName: string, signal: AbortSignal): Promise<boolean>;
}

export interface Listed {
  key: string;
  size: number;
  /** The store's own time, not ours. */
  modified: Date;
}

export interface StoredVersion {
  versionId: string;
  /** The store's own time, not ours. */
  modified: Date;
}

export interface GetOptions {
  signal: AbortSignal;
  /** Read exactly this version rather than the newest. */
  versionId?: string | undefined;
}

export interface Source {
  readonly name: string;
  /** Every current object below the prefix, in the order of keys. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<Listed>;
  /** The object's bytes. A connection that breaks midway is resumed. Throws STORE_NOT_FOUND when absent. */
  get(key: string, options: GetOptions): AsyncIterable<Buffer>;
  /** Every version of one object, newest first, delete markers left out. Absent where a store keeps none. */
  versions?(key: string, signal: AbortSignal): AsyncIterable<StoredVersion>;
  /** Lock of one object as the store reports it; undefined when not locked. */
  retention(key: string, options: GetOptions): Promise<Retention | undefined>;
  /** The store's own clock now; undefined when it does not tell. Absent where it is this machine's. */
  clock?(signal: AbortSignal): Promise<Date | undefined>;
}

/** One version of an object, or what the store keeps in the place of one that was hidden by a deletion. */
export interface StoredPiece {
  key: string;
  /** Undefined where the store keeps no versions. */
  versionId: string | undefined;
  /** Bytes; 0 for a delete marker. */
  size: number;
  /** The store's own time, not ours. */
  modified: Date;
  /** A delete marker: nothing but a note that the object is hidden. */
  marker: boolean;
}

/** Why a version may not be removed: a lock until then, or, with no end, a legal hold. */
export interface Hold {
  until: Date | undefined;
}

export interface OpenUpload {
  key: string;
  uploadId: string;
  /** The store's own time, not ours. */
  begun: Date;
}

/**
 * What removes old backups is handed this beside a Source. It never lifts a lock and never asks to have one lifted.
 */
export interface Remover {
  readonly name: string;
  /** The store's clock. */
  now(signal: AbortSignal): Promise<Date>;
  /** Every version and delete marker of every key that begins with `prefix`; the versions of a key newest first. */
  pieces(prefix: string, signal: AbortSignal): AsyncIterable<StoredPiece>;
  /** What keeps a version from being removed, asked without trying; undefined: nothing, or it is gone. */
  hold(piece: StoredPiece, signal: AbortSignal): Promise<Hold | undefined>;
  /**
   * Removes exactly this version for good. What is gone already is no fault; what is held after all comes back as the hold and
   * stays. Throws STORE_DENIED and the like.
   */
  remove(piece: StoredPiece, signal: AbortSignal): Promise<Hold | undefined>;
  /** Uploads that were begun and have not ended, for keys that begin with `prefix`. */
  uploads(prefix: string, signal: AbortSignal): AsyncIterable<OpenUpload>;
  /** Forgets such an upload and what came of it. No fault when it is already gone. */
  abort(upload: OpenUpload, signal: AbortSignal): Promise<void>;
}
