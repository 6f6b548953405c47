/** What time it is at the store. */
import { HeadBucketCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { Fault } from "../fault.ts";
import type { S3Bucket } from "./s3-client.ts";

/**
 * The store's clock, to the second, as it dates its answer to a question about the bucket; it does so also where it
 * denies the question. Undefined where it does not. Throws STORE_UNREACHABLE and the like.
 */
export async function storeClock(bucket: S3Bucket, signal: AbortSignal): Promise<Date | undefined> {
  const command = new HeadBucketCommand({ Bucket: bucket.config.bucket });
  let date: string | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      date = headerOf(result.response);
      return result;
    },
    { step: "deserialize", name: "storeClock" },
  );
  try {
    await bucket.ask({
      action: "s3:ListBucket",
      signal,
      send: (client, options) => client.send(command, options),
    });
  } catch (error) {
    const cause = error instanceof Fault ? error.cause : undefined;
    if (!(cause instanceof S3ServiceException)) throw error;
    date = headerOf(cause.$response);
    if (date === undefined) throw error;
  }
  const at = Date.parse(date ?? "");
  return Number.isNaN(at) ? undefined : new Date(at);
}

function headerOf(response: unknown): string | undefined {
  const headers = (response as { headers?: Record<string, string> } | undefined)?.headers;
  return headers?.["date"];
}
