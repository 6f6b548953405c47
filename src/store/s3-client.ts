/** One S3 bucket, asked with retries, each failure already a Fault that says what to do. */
import { setTimeout as sleep } from "node:timers/promises";
import { S3Client } from "@aws-sdk/client-s3";
import { retry, RETRY_DEFAULTS } from "./retry.ts";
import type { Pauses, RetryPolicy } from "./retry.ts";
import { httpStatus, isTransient, s3Fault } from "./s3-fault.ts";

/** An address that has never answered is rather wrong than busy: whoever waits should hear of it soon. */
const FIRST_CONTACT_MS = 30_000;

export interface S3Config {
  /** The destination's name in the configuration. */
  name: string;
  /** Address of the server; undefined for AWS. */
  endpoint?: string | undefined;
  region: string;
  bucket: string;
  /** `https://host/bucket/key` rather than `https://bucket.host/key`. */
  pathStyle: boolean;
  /** `when-required` for servers that stumble over `x-amz-checksum-*`: the signed SHA-256 of the body remains. */
  checksum: "crc32" | "when-required";
  /** ISO 3166-1 alpha-2 country; required unless the bucket lies at AWS, where it is asked for. */
  country?: string | undefined;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
  /** Bytes of a part, 8 MiB unless told; S3 takes none below 5 MiB. */
  partSize?: number | undefined;
  /** The store's limit of parts per object, 10,000 unless told (Scaleway: 1,000). */
  maxParts?: number | undefined;
  /** Parts of one object in memory at the same time, one being filled and the others on their way; 4 unless told. */
  partsInFlight?: number | undefined;
  /** A connection on which nothing moves for this long is given up and tried again; a minute unless told. */
  idleTimeoutMs?: number | undefined;
  retry?: RetryPolicy | undefined;
}

/** What tests replace: the clock, chance, waiting. */
export type S3Surroundings = Partial<Pauses>;

/** Of what an S3 request is about, for retries and messages. */
export interface S3Request<T> {
  /** The right it needs, as IAM names it. */
  action: string;
  key?: string | undefined;
  signal: AbortSignal;
  send: (client: S3Client, options: { abortSignal: AbortSignal }) => Promise<T>;
  /** Sees the error of every attempt, also of those that are tried again. */
  onError?: (error: unknown) => void;
}

export interface S3Bucket {
  readonly config: S3Config;
  now(): Date;
  /** Sends with retries; throws a Fault whose cause is the SDK's error, or the signal's reason. */
  ask<T>(request: S3Request<T>): Promise<T>;
}

/** Opens connections to one bucket; sends nothing yet. */
export function openS3Bucket(config: S3Config, surroundings: S3Surroundings = {}): S3Bucket {
  const pauses: Pauses = {
    now: surroundings.now ?? (() => new Date()),
    random: surroundings.random ?? (() => Math.random()),
    sleep: surroundings.sleep ?? ((ms, signal) => sleep(ms, undefined, { signal })),
  };
  const idle = config.idleTimeoutMs ?? 60_000;
  const client = new S3Client({
    region: config.region,
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
    forcePathStyle: config.pathStyle,
    credentials: {
      accessKeyId: config.accessKeyId,
      secretAccessKey: config.secretAccessKey,
      ...(config.sessionToken === undefined ? {} : { sessionToken: config.sessionToken }),
    },
    // Ours, with one deadline and a say in what is worth it.
    maxAttempts: 1,
    // We compute CRC32 natively; the SDK would do it in JavaScript and a second time.
    requestChecksumCalculation: "WHEN_REQUIRED",
    // The manifest's SHA-256 covers what is read, whatever the store says about it.
    responseChecksumValidation: "WHEN_REQUIRED",
    // AWS_ENDPOINT_URL or a file in the home folder would lead elsewhere than what is judged, without TLS if they like.
    ignoreConfiguredEndpointUrls: true,
    // A redirect to another region would leave the country that was judged.
    followRegionRedirects: false,
    requestHandler: { connectionTimeout: Math.min(10_000, idle), socketTimeout: idle },
  });

  let answered = false;
  const attempt = async <T>({ signal, send, onError }: S3Request<T>): Promise<T> => {
    try {
      const answer = await send(client, { abortSignal: signal });
      answered = true;
      return answer;
    } catch (error) {
      answered ||= httpStatus(error) !== undefined;
      onError?.(error);
      throw error;
    }
  };
  const asFault = ({ action, key, signal }: S3Request<unknown>, error: unknown): unknown => {
    if (signal.aborted) return signal.reason;
    const endpoint = config.endpoint ?? `AWS ${config.region}`;
    return s3Fault(
      error,
      { destination: config.name, bucket: config.bucket, endpoint, action, key },
      pauses.now(),
    );
  };

  return {
    config,
    now: () => pauses.now(),
    async ask(request) {
      const begun = pauses.now().getTime();
      const worthIt = (error: unknown) =>
        isTransient(error) && (answered || pauses.now().getTime() - begun < FIRST_CONTACT_MS);
      try {
        const work = () => attempt(request);
        return await retry(work, worthIt, config.retry ?? RETRY_DEFAULTS, pauses, request.signal);
      } catch (error) {
        throw asFault(request, error);
      }
    },
  };
}
