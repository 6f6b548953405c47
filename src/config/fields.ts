/** Fields that the configurations of several roles share. Pure. */
import { z } from "zod";
import { isConfidential } from "../confidential-url.ts";

export const absolutePath = z
  .string()
  .regex(/^\//, "must be an absolute path, such as /etc/lakat/name")
  .meta({ description: "Absolute path" });

/** Where a secret lies; the secret itself never stands in the configuration. */
export const secret = z
  .union(
    [
      z.strictObject({ file: absolutePath }),
      z.strictObject({
        env: z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "must be the name of an environment variable"),
      }),
      z.strictObject({ credential: z.string().min(1) }),
    ],
    {
      error:
        "must say where the secret lies: { file: /path } or { env: NAME } or { credential: name } (systemd); a secret is never written here",
    },
  )
  .meta({ description: "Where a secret lies: a file, an environment variable or a systemd credential" });
export type SecretPlace = z.output<typeof secret>;

export const fingerprint = z
  .string()
  .regex(
    /^SHA256:[0-9a-f]{64}$/,
    "must be SHA256: and 64 hexadecimal digits, as `lakat keys recovery new` prints it",
  )
  .meta({ description: "SHA-256 over the SubjectPublicKeyInfo" });

export const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'must be a two-letter country code, such as "DE"')
  .meta({ description: "ISO 3166-1 alpha-2" });

export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be lower-case letters, digits and hyphens, at most 63");

/** A cluster is the first folder of a store; two such folders are taken. */
export const clusterName = name.refine(
  (text) => text !== "day-keys" && text !== "reports",
  "is the folder of the day keys or of the reports",
);

const recoveryKey = z.strictObject({
  name,
  certificate: absolutePath
    .optional()
    .meta({ description: "PEM file of an X.509 certificate with an RSA key" }),
  recipient: z
    .string()
    .regex(/^age1[02-9ac-hj-np-z]{58}$/, "must be an age X25519 recipient (age1…)")
    .optional(),
  fingerprint,
});
export const recoveryKeyOneForm = recoveryKey.refine(
  (key) => (key.certificate === undefined) !== (key.recipient === undefined),
  "needs exactly one of certificate (RSA) and recipient (age1…)",
);
export type RecoveryKeyEntry = z.output<typeof recoveryKey>;

export const log = z
  .strictObject({ level: z.enum(["debug", "info", "warn", "error"]).default("info") })
  .prefault({});

export const language = z.enum(["en", "hu", "ro"]).default("en");

export const timeZone = z
  .string()
  .refine((zone) => Intl.supportedValuesOf("timeZone").includes(zone) || zone === "UTC", "is no time zone")
  .default("Europe/Budapest");

/** How a PostgreSQL server is reached; which database is for each role to say. */
export const postgresServer = {
  host: z
    .string()
    .min(1)
    .default("/var/run/postgresql")
    .meta({ description: "Host name, or folder of the socket" }),
  port: z.int().min(1).max(65535).default(5432),
  user: z.string().min(1),
  password: secret.optional(),
};
export const postgresTls = {
  sslmode: z.enum(["disable", "require", "verify-ca", "verify-full"]).optional(),
  sslrootcert: absolutePath.optional(),
};

/** How a mail server is reached; `isSafeMail` and `isWholeLogin` are to hold for it. */
export const mailServer = {
  host: z.string().min(1),
  port: z.int().min(1).max(65535).default(587),
  security: z
    .enum(["starttls", "tls", "none"])
    .default("starttls")
    .meta({ description: "none is for a mail server on this machine only" }),
  sslrootcert: absolutePath.optional(),
  user: z.string().min(1).optional(),
  password: secret.optional(),
  from: z.string().min(3),
};

/** Whether nothing crosses a network readable. */
export function isSafeMail({ security, host }: { security: string; host: string }): boolean {
  return security !== "none" || ["127.0.0.1", "localhost", "::1"].includes(host);
}

export function isWholeLogin({ user, password }: { user?: unknown; password?: unknown }): boolean {
  return (user === undefined) === (password === undefined);
}
export const HALF_LOGIN = "user and password go together";

/** Where this host pushes what it signs, for the gateway's board. */
export const evidence = z
  .strictObject({
    url: z
      .string()
      .refine((text) => URL.canParse(text) && isConfidential(new URL(text)), {
        message: "must be https:// (http:// is for this machine only)",
      })
      .meta({ description: "Of the gateway's login host, such as https://login.example.hu" }),
    sslrootcert: absolutePath
      .optional()
      .meta({ description: "Certificate authorities, in PEM, when the system's do not do" }),
  })
  .optional()
  .meta({ description: "The board at the gateway hears what this host signs" });
