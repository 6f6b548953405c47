/** What an S3 server's answers mean: whether to ask again, and what to tell whom. */
import { S3ServiceException } from "@aws-sdk/client-s3";
import { Fault, firstLine } from "../fault.ts";

/** The status of the HTTP answer; undefined when none arrived. */
export function httpStatus(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** S3's error code (`NoSuchKey`), or the name of a network error (`ECONNRESET`, `TimeoutError`). */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error instanceof S3ServiceException) return error.name;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

const WORTH_RETRYING = new Set([
  "SlowDown",
  "RequestTimeout",
  "InternalError",
  "ServiceUnavailable",
  "Throttling",
  "ThrottlingException",
  "TooManyRequests",
  "RequestLimitExceeded",
  // AWS on a conditional write: "a conflicting operation occurs during the upload … retry".
  "ConditionalRequestConflict",
  "OperationAborted",
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "TimeoutError",
  "ERR_STREAM_PREMATURE_CLOSE",
  "UND_ERR_SOCKET",
]);

/** True for what may pass by itself: overload, server errors, broken or slow connections. Never for a refusal. */
export function isTransient(error: unknown): boolean {
  if (error instanceof Fault) return false;
  const status = httpStatus(error);
  // 501 and 507 are the server's final word: it cannot, or it is full.
  if (status !== undefined && status >= 500) return status !== 501 && status !== 507;
  return status === 429 || status === 408 || WORTH_RETRYING.has(errorCode(error));
}

/** True when the request may have been carried out although no good answer arrived. */
export function mayHaveLanded(error: unknown): boolean {
  const status = httpStatus(error);
  return status === undefined || status >= 500;
}

/** What was being done, for the message. */
export interface S3Deed {
  destination: string;
  bucket: string;
  endpoint: string;
  /** The right it needs, as IAM names it: `s3:PutObject`. */
  action: string;
  key?: string | undefined;
}

const DENIED_KEY = new Set(["InvalidAccessKeyId", "InvalidToken", "ExpiredToken", "InvalidClientTokenId"]);
const DENIED = new Set(["AccessDenied", "AllAccessDisabled", "AccountProblem", "Forbidden"]);
const DAMAGED = new Set([
  "BadDigest",
  "XAmzContentSHA256Mismatch",
  "XAmzContentChecksumMismatch",
  "InvalidDigest",
]);
const FULL = new Set(["QuotaExceeded", "InsufficientStorage", "StorageFull", "XMinioStorageFull"]);
const UNREACHABLE = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "TimeoutError",
  "EPROTO",
]);

/**
 * Makes a Fault of anything the SDK throws; a Fault passes as it is. `now` is this host's time, compared with
 * the server's `Date` when the server refuses the request for its time.
 */
export function s3Fault(error: unknown, deed: S3Deed, now: Date): Fault {
  if (error instanceof Fault) return error;
  const code = errorCode(error);
  const status = httpStatus(error);
  const said = firstLine(error instanceof Error ? error.message : String(error));
  const object = deed.key === undefined ? `bucket ${deed.bucket}` : `${deed.bucket}/${deed.key}`;
  const where = `destination ${deed.destination}`;
  const fault = (faultCode: Fault["code"], what: string, todo: string) =>
    new Fault(faultCode, `${where}: ${what}`, todo, { cause: error });

  if (code === "RequestTimeTooSkewed") {
    return fault(
      "STORE_CLOCK_SKEW",
      `the store refuses requests because this host's clock is ${skew(error, now)}`,
      "Set this host's clock by NTP (chrony or systemd-timesyncd), then run again.",
    );
  }
  if (code === "SignatureDoesNotMatch") {
    return fault(
      "STORE_DENIED",
      `the store does not accept the signature (SignatureDoesNotMatch): the secret access key is wrong`,
      "Check the secret access key, the region and the endpoint of this destination.",
    );
  }
  if (DENIED_KEY.has(code)) {
    return fault(
      "STORE_DENIED",
      `the store does not know the access key or token (${code})`,
      "Check the access key of this destination, and that it has not expired or been withdrawn.",
    );
  }
  if (code === "NoSuchBucket" || (code === "NotFound" && deed.key === undefined)) {
    return fault(
      "STORE_NOT_FOUND",
      `bucket ${deed.bucket} does not exist at ${deed.endpoint}`,
      "Check bucket, region and endpoint in the configuration, or create the bucket.",
    );
  }
  if (code === "NoSuchKey" || code === "NoSuchVersion" || code === "NotFound") {
    return fault("STORE_NOT_FOUND", `${object} does not exist`, "Check the name; list what the store holds.");
  }
  if (code === "PreconditionFailed") {
    return fault(
      "STORE_EXISTS",
      `${object} exists already and is never replaced`,
      "Run the backup again; every run writes under a new name.",
    );
  }
  if (DAMAGED.has(code)) {
    return fault(
      "STORE_CHECKSUM",
      `${object} arrived damaged, the store says (${code})`,
      "Check this host's memory and the network path to the store, then run again.",
    );
  }
  if (status === 507 || FULL.has(code)) {
    return fault(
      "STORE_FULL",
      `no space left in bucket ${deed.bucket} (${code})`,
      "Raise the quota of the bucket, or let the lifecycle rules expire old backups.",
    );
  }
  if (status === 401 || status === 403 || DENIED.has(code)) {
    return fault(
      "STORE_DENIED",
      `no right to ${deed.action} on ${object} (${code})`,
      deed.action.startsWith("s3:List")
        ? "Look with an access key that may read (infra/s3/recovery.json); a backup host's is not meant to."
        : `Grant ${deed.action} to this access key.`,
    );
  }
  if (status === undefined && (UNREACHABLE.has(code) || isTls(code))) {
    return fault(
      "STORE_UNREACHABLE",
      `${deed.endpoint} cannot be reached (${code}: ${said})`,
      isTls(code)
        ? "Check the certificate of the endpoint and that the address begins with https only when it speaks TLS."
        : "Check the endpoint in the configuration, DNS, the firewall and that the store is up.",
    );
  }
  return fault(
    "STORE_FAILED",
    `${deed.action} on ${object} failed (${status ?? "no answer"} ${code}: ${said})`,
    "See what the store says; run again when it is well.",
  );
}

function isTls(code: string): boolean {
  return (
    /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_OSSL)/.test(code) || code === "EPROTO"
  );
}

function skew(error: unknown, now: Date): string {
  const date = error instanceof S3ServiceException ? error.$response?.headers["date"] : undefined;
  const theirs = date === undefined ? NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return "too far from the store's";
  const seconds = Math.round((now.getTime() - theirs) / 1000);
  const amount =
    Math.abs(seconds) < 120
      ? `${Math.abs(seconds)} seconds`
      : `${Math.round(Math.abs(seconds) / 60)} minutes`;
  return `${amount} ${seconds < 0 ? "behind" : "ahead of"} the store's`;
}
