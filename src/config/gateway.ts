/** Configuration of a gateway host. Pure. */
import { z } from "zod";
import { bytes, duration } from "../quantity.ts";
import {
  absolutePath,
  clusterName,
  language,
  log,
  mailServer,
  isSafeMail,
  isWholeLogin,
  HALF_LOGIN,
  name,
  postgresServer,
  postgresTls,
  secret,
  timeZone,
} from "./fields.ts";

/** Address and port of a listener: plain HTTP, since TLS ends at the proxy. */
const listener = z
  .string()
  .regex(
    /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]|localhost):\d{1,5}$/,
    "must be address:port, such as 127.0.0.1:9080",
  )
  .transform((text) => {
    const at = text.lastIndexOf(":");
    return { host: text.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(text.slice(at + 1)) };
  })
  .refine(({ port }) => port <= 65535, "has no such port");

/** An origin that browsers reach over TLS. Nothing else may be built from a request's own Host header. */
const httpsOrigin = z
  .string()
  .regex(
    /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/,
    "must be https:// and a host name in lower case, without a path",
  );

const postgres = z.strictObject({
  ...postgresServer,
  database: z.string().min(1).default("lakat"),
  ...postgresTls,
  connections: z.int().min(4).max(200).default(10).meta({ description: "Of one process, at most" }),
});

const keyId = name.meta({ description: "Stored beside what the key made; never reuse one" });

const namedKey = z.strictObject({ id: keyId, key: secret });

/** It is always there; src/auth/settings.ts has it too, since neither part may import the other. */
const ADMINISTRATOR_ROLE = "administrator";

const role = z.strictObject({
  name,
  second_factor: z
    .enum(["new-device", "always"])
    .default("new-device")
    .meta({ description: "When people with this role are asked for their second factor" }),
  sms: z.boolean().default(true).meta({ description: "Whether a code by SMS will do for this role" }),
});

/** Part of a path that every program reads alike: nothing encoded, no dots, no empty parts. */
const PLAIN_PATH = /^\/([A-Za-z0-9_~-][A-Za-z0-9._~-]*(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\/?)?$/;

const application = z.strictObject({
  name,
  url: z
    .string()
    .regex(
      /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$/,
      "must be https://, a host name in lower case, and perhaps a path without a / at its end",
    )
    .meta({ description: "Where people open it; the longest path counts" }),
  roles: z.array(name).default([]).meta({ description: "Any of these roles may enter" }),
  scopes: z
    .array(name)
    .default([])
    .meta({ description: "What a grant may give for a time, such as settings" }),
  owners: z.array(name).default([]).meta({ description: "Roles whose people approve grants" }),
  second_factor: z.enum(["new-device", "always"]).default("new-device"),
  sms: z.boolean().default(true),
  clear_data: z
    .boolean()
    .default(false)
    .meta({ description: "Reaches clear data: second factor always, never by SMS, short sessions" }),
  public: z
    .array(
      z.string().refine((path) => PLAIN_PATH.test(path.replace(/\/\*$/, "/")), {
        message: "must be a plain path such as /health, or with /* at its end",
      }),
    )
    .default([])
    .meta({ description: "Paths that need no sign-in" }),
});
export type ApplicationConfig = z.output<typeof application>;

/** Pages of one origin reach each other, whatever their paths. */
const originOf = ({ url }: ApplicationConfig): string => /^https:\/\/[^/]*/.exec(url)?.[0] ?? url;

const mail = z
  .strictObject(mailServer)
  .refine(isSafeMail, {
    message: "none would send links and the password in clear; use starttls or tls",
    path: ["security"],
  })
  .refine(isWholeLogin, HALF_LOGIN);

const sms = z.strictObject({
  token: secret.meta({ description: "Of SMSAPI" }),
  from: z.string().min(1).max(11).optional().meta({ description: "Sender name registered with SMSAPI" }),
  url: z.url({ protocol: /^https?$/ }).default("https://api.smsapi.com"),
  fallback_url: z.url({ protocol: /^https?$/ }).default("https://api2.smsapi.com"),
  a_day: z
    .int()
    .min(1)
    .default(500)
    .meta({ description: "Messages a day, all numbers together: the cap on cost" }),
  a_day_per_number: z.int().min(1).default(10),
});

const board = z.strictObject({
  roles: z.array(name).default([]).meta({ description: "Who sees it, beside administrators" }),
  backup_hosts: z
    .array(absolutePath)
    .default([])
    .meta({ description: "Public keys of the hosts whose manifests count" }),
  restore_tests: z
    .array(absolutePath)
    .min(1)
    .meta({ description: "Public keys of the restore-test hosts whose reports count" }),
  clusters: z
    .array(clusterName)
    .default([])
    .meta({ description: "Those that must be there, also when nothing was ever heard of them" }),
  expect: duration
    .prefault("30h")
    .meta({ description: "A newest proved backup, and a daily report, that are older are red" }),
});

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?(\/|$)/;

const provider = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9](-?[a-z0-9]){0,39}$/, "must be of a-z, 0-9 and single -")
    .meta({ description: "Part of the callback's address, /sign-in/with/NAME/back" }),
  label: z.string().min(1).max(40).meta({ description: "On the button" }),
  issuer: z.url({ protocol: /^https?$/ }).refine((url) => url.startsWith("https://") || LOOPBACK.test(url), {
    message: "must be https://; http:// only on this host",
  }),
  client_id: z.string().min(1),
  client_secret: secret,
  domains: z
    .array(z.string().regex(/^[a-z0-9.-]+$/, "must be a domain in lower case"))
    .default([])
    .meta({ description: "Of e-mail addresses that may come in, and at Google of the organisation" }),
});

const attempts = (limit: number, min = 1): z.ZodDefault<z.ZodInt> =>
  z.int().min(min).max(1000).default(limit);

export const gatewayRole = z
  .strictObject({
    role: z.literal("gateway"),
    public_url: httpsOrigin.meta({ description: "The login host, as browsers reach it" }),
    organisation: z
      .string()
      .min(1)
      .max(60)
      .meta({ description: "Named on pages and in authenticators; part of no password" }),
    words: z
      .array(z.string().min(3))
      .default([])
      .meta({ description: "More words that no password may be made of" }),
    listen: z
      .strictObject({
        pages: listener.prefault("127.0.0.1:9080"),
        authz: listener.prefault("127.0.0.1:9081"),
        internal: listener.prefault("127.0.0.1:9082"),
      })
      .prefault({})
      .meta({ description: "Plain HTTP, for the proxies (pages, authz) and for monitoring (internal)" }),
    trusted_proxies: z
      .array(z.string().min(2))
      .min(1, "must name the proxies that may speak for a client")
      .meta({ description: "Addresses or networks (CIDR) of the proxies in front" }),
    postgres,
    secret_key: secret.meta({ description: "At least 32 random bytes; keys lanes and forms" }),
    encryption_keys: z.array(namedKey).min(1).meta({ description: "The first seals, all open" }),
    peppers: z.array(namedKey).min(1).meta({ description: "The first is used for new password hashes" }),
    assertion_keys: z
      .array(absolutePath)
      .min(1)
      .meta({ description: "Ed25519 keys; the first signs, all are published" }),
    audit_key: absolutePath.meta({
      description: "Ed25519 key that signs what the audit leaves of purged rows",
    }),
    roles: z.array(role).default([]),
    applications: z.array(application).default([]),
    passwords: z
      .strictObject({
        least_length: z.int().min(15).max(64).default(15),
        memory: bytes
          .refine((size) => size >= 19 * 1024 * 1024, "must be 19MiB or more")
          .prefault("64MiB")
          .meta({ description: "argon2id, for one hash" }),
        passes: z.int().min(2).max(20).default(3),
        lanes: z.int().min(1).max(8).default(1),
        breached_file: absolutePath
          .optional()
          .meta({ description: "SHA-1:count lines, sorted, as downloaded" }),
        breached_range: z
          .url({ protocol: /^https?$/ })
          .optional()
          .meta({ description: "Base of a k-anonymity range service" }),
      })
      .prefault({}),
    hashing: z
      .strictObject({
        concurrent: z
          .int()
          .min(1)
          .max(64)
          .optional()
          .meta({ description: "Passwords hashed at once; the cores by default" }),
        waiting: z
          .int()
          .min(0)
          .max(1000)
          .default(16)
          .meta({ description: "Sign-ins that wait; more get 503" }),
      })
      .prefault({}),
    lockout: z
      .strictObject({
        account: attempts(5).meta({ description: "By unknown devices, in 15 minutes" }),
        device: attempts(10).meta({ description: "By one trusted device" }),
        address: attempts(30).meta({ description: "From one IPv4 address or IPv6 /64" }),
        codes: z.int().min(1).max(5).default(5),
      })
      .prefault({}),
    sessions: z
      .strictObject({
        idle: duration.prefault("1h"),
        absolute: duration.prefault("24h"),
        strict_idle: duration.prefault("15min").meta({ description: "Administrators and clear data" }),
        strict_absolute: duration.prefault("12h"),
      })
      .prefault({})
      .refine(
        ({ idle, absolute, strict_idle, strict_absolute }) =>
          idle <= 3_600_000 &&
          absolute <= 86_400_000 &&
          strict_idle <= 900_000 &&
          strict_absolute <= 43_200_000,
        "may be shorter than 1h, 24h, 15min and 12h, never longer",
      ),
    device_days: z.int().min(1).max(30).default(30),
    code_tolerance: z
      .int()
      .min(0)
      .max(1)
      .default(0)
      .meta({ description: "30-second steps before and after now" }),
    grant_days: z
      .int()
      .min(1)
      .max(366)
      .default(30)
      .meta({ description: "The longest that a grant may last" }),
    mail: mail.optional(),
    sms: sms.optional(),
    outbox: absolutePath.default("/var/lib/lakat/outbox").meta({
      description: "Where mails and SMS are written as files while no mail server or SMSAPI is configured",
    }),
    providers: z
      .array(provider)
      .default([])
      .meta({ description: "Of OpenID Connect, to sign in with instead of a password" }),
    board: board.optional().meta({ description: "The board of the backups, with its wall display" }),
    language,
    time_zone: timeZone,
    audit_days: z
      .strictObject({ detail: z.int().min(90).default(90), record: z.int().min(365).default(365) })
      .prefault({}),
    log,
  })
  .superRefine(({ roles, applications, encryption_keys, peppers, public_url, board, providers }, context) => {
    const say = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    const known = new Set([ADMINISTRATOR_ROLE, ...roles.map((one) => one.name)]);
    const unique = (path: string, values: string[]): void => {
      for (const value of new Set(values.filter((one, i) => values.indexOf(one) < i)))
        say([path], `${value} is there twice`);
    };
    unique(
      "roles",
      roles.map((one) => one.name),
    );
    unique(
      "applications",
      applications.map((one) => one.name),
    );
    unique(
      "applications",
      applications.map((one) => one.url),
    );
    unique(
      "encryption_keys",
      encryption_keys.map((one) => one.id),
    );
    unique(
      "peppers",
      peppers.map((one) => one.id),
    );
    unique(
      "providers",
      providers.map((one) => one.name),
    );
    unique(
      "providers",
      providers.map((one) => one.issuer),
    );
    applications.forEach((one, i) => {
      if (one.url === public_url || one.url.startsWith(`${public_url}/`))
        say(["applications", i, "url"], "is the login host, which stands alone");
      for (const list of ["roles", "owners"] as const)
        for (const wanted of one[list])
          if (!known.has(wanted)) say(["applications", i, list], `there is no role ${wanted}`);
      const neighbour = applications.find(
        (other) => other !== one && originOf(other) === originOf(one) && !other.clear_data,
      );
      if (one.clear_data && neighbour !== undefined)
        say(
          ["applications", i, "clear_data"],
          `needs a host of its own: what runs in ${neighbour.name} could act in it`,
        );
      if (one.scopes.length > 0 && one.owners.length === 0)
        say(["applications", i, "owners"], "missing: nobody could approve a grant");
    });
    for (const wanted of board?.roles ?? [])
      if (!known.has(wanted)) say(["board", "roles"], `there is no role ${wanted}`);
  });
export type GatewayConfig = z.output<typeof gatewayRole>;
