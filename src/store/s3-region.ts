/** In which country a bucket lies. */
import { GetBucketLocationCommand, HeadBucketCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { Fault } from "../fault.ts";
import { regionCountry } from "./residency.ts";
import type { S3Bucket, S3Config } from "./s3-client.ts";

type Declared = Pick<S3Config, "name" | "bucket" | "region" | "endpoint" | "country">;

/**
 * The country of the bucket, ISO 3166-1 alpha-2. At AWS the bucket itself is asked and has to lie in the
 * configured region; elsewhere the configuration's word is all there is. Throws RESIDENCY_REFUSED when region
 * and configuration disagree or the region is unknown, and the STORE_ faults when the bucket cannot be asked.
 */
export async function bucketCountry(bucket: S3Bucket, signal: AbortSignal): Promise<string> {
  const { config } = bucket;
  if (isAws(config)) {
    const region = await bucketRegion(bucket, signal);
    if (region !== config.region) {
      throw refused(
        config,
        `lies in ${region}, and the configuration says ${config.region}`,
        "Correct the region in the configuration, or choose a bucket in the region you meant.",
      );
    }
  }
  return declaredCountry(config);
}

/** The country by the configuration alone, without asking anybody. Throws RESIDENCY_REFUSED where it has none. */
export function declaredCountry(config: Declared): string {
  const { region } = config;
  if (!isAws(config)) {
    if (config.country !== undefined) return config.country;
    throw refused(
      config,
      "declares no country",
      "Add `country:`, with two letters such as DE: where the provider keeps this bucket.",
    );
  }
  const country = regionCountry(region);
  if (country === undefined) {
    throw refused(
      config,
      `lies in ${region}, a region whose country is unknown`,
      "Correct the region, or choose a bucket in another.",
    );
  }
  if (config.country !== undefined && config.country !== country) {
    throw refused(
      config,
      `lies in ${region}, which is in ${country}, and the configuration says ${config.country}`,
      "Correct the country in the configuration.",
    );
  }
  return country;
}

/** True for the endpoints of Amazon itself, also the Chinese and the European sovereign ones. */
export function isAws({ endpoint }: Pick<S3Config, "endpoint">): boolean {
  if (endpoint === undefined) return true;
  return /(^|\.)amazonaws\.(com|com\.cn|eu)\.?$/.test(URL.parse(endpoint)?.hostname ?? "");
}

/**
 * The region S3 names for the bucket. HeadBucket says it in a header even to a key that may not list the bucket
 * (and to one that asks in the wrong region); GetBucketLocation is the second try.
 */
export async function bucketRegion(bucket: S3Bucket, signal: AbortSignal): Promise<string> {
  const Bucket = bucket.config.bucket;
  try {
    const { BucketRegion } = await bucket.ask({
      action: "s3:ListBucket",
      signal,
      send: (client, options) => client.send(new HeadBucketCommand({ Bucket }), options),
    });
    if (BucketRegion !== undefined) return BucketRegion;
  } catch (error) {
    const cause = error instanceof Fault ? error.cause : undefined;
    const headers = cause instanceof S3ServiceException ? cause.$response?.headers : undefined;
    const region = headers?.["x-amz-bucket-region"];
    if (region !== undefined) return region;
    if (!(error instanceof Fault) || error.code !== "STORE_DENIED") throw error;
  }
  const { LocationConstraint } = await bucket.ask({
    action: "s3:GetBucketLocation",
    signal,
    send: (client, options) => client.send(new GetBucketLocationCommand({ Bucket }), options),
  });
  // AWS names us-east-1 by saying nothing, and eu-west-1 by its first name.
  if (LocationConstraint === undefined || (LocationConstraint as string) === "") return "us-east-1";
  return LocationConstraint === "EU" ? "eu-west-1" : LocationConstraint;
}

function refused(config: Declared, what: string, todo: string): Fault {
  return new Fault("RESIDENCY_REFUSED", `destination ${config.name}: bucket ${config.bucket} ${what}`, todo);
}
