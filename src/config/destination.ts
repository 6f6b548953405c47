/** Where objects go, and where they are read from. Pure. */
import { z } from "zod";
import { Fault } from "../fault.ts";
import { bytes } from "../quantity.ts";
import { absolutePath, country, name, secret } from "./fields.ts";
import { mistakes } from "./mistakes.ts";

const lock = z
  .strictObject({
    mode: z.enum(["COMPLIANCE", "GOVERNANCE"]).default("COMPLIANCE"),
    days: z.int().min(1).max(36500),
  })
  .meta({ description: "S3 Object Lock asked for on every object" });

const transfer = {
  country: country
    .optional()
    .meta({ description: "Where the objects lie; AWS regions are looked up by themselves" }),
  recipient: z
    .string()
    .min(1)
    .default("own organisation")
    .meta({ description: "Who keeps the bytes, for the register" }),
};

const s3Destination = z.strictObject({
  type: z.literal("s3"),
  name,
  bucket: z.string().min(3),
  region: z.string().min(1),
  endpoint: z
    .url({ protocol: /^https?$/, error: "must be a URL, such as https://s3.example.com" })
    .optional(),
  path_style: z.boolean().default(false),
  checksum: z.enum(["crc32", "when-required"]).default("crc32"),
  prefix: z
    .string()
    .regex(/^[^/].*[^/]$|^[^/]$/, "must neither begin nor end with /")
    .optional(),
  access_key_id: secret.optional(),
  secret_access_key: secret.optional(),
  session_token: secret.optional(),
  part_size: bytes.prefault("8MiB"),
  max_parts: z.int().min(100).max(10000).default(10000),
  off_site: z.boolean().default(true).meta({ description: "Off-site copies must lie outside Hungary" }),
  lock: lock.optional(),
  ...transfer,
});

const directoryDestination = z.strictObject({
  type: z.literal("directory"),
  name,
  path: absolutePath,
  prefix: z.string().min(1).optional(),
  off_site: z.boolean().default(false),
  ...transfer,
});

export const destination = z.discriminatedUnion("type", [s3Destination, directoryDestination], {
  error: 'must be "s3" or "directory"',
});
export type Destination = z.output<typeof destination>;
export type S3Destination = z.output<typeof s3Destination>;

/** A destination given on the command line, with the same rules and defaults. Throws USAGE. */
export function parseDestination(value: unknown): Destination {
  const result = destination.safeParse(value);
  if (!result.success)
    throw new Fault(
      "USAGE",
      `the store is not rightly named: ${mistakes(result.error).join("; ")}`,
      "See --help.",
    );
  return result.data;
}
