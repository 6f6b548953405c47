/** Adapter: a gateway node from its configuration and its secrets. */
import { readFile } from "node:fs/promises";
import { openBreachedFile } from "../auth/adapters/breached-file.ts";
import { breachedRange } from "../auth/adapters/breached-range.ts";
import { openFileOutbox } from "../auth/adapters/file-outbox.ts";
import { openOidc } from "../auth/adapters/oidc.ts";
import { openMailSender } from "../auth/adapters/smtp.ts";
import { openSmsapi } from "../auth/adapters/smsapi.ts";
import type { NodeOptions } from "../auth/http/serve.ts";
import type { Senders } from "../auth/message.ts";
import type { BreachedPasswords } from "../auth/password-rules.ts";
import { trustedProxies } from "../auth/client-address.ts";
import type { GatewayConfig } from "../config.ts";
import { laneRulesOf, settingsOf } from "./gateway-settings.ts";
import type { GatewaySecrets } from "./read-gateway-secrets.ts";

/** What a node is started with, but for its pools, its clock and its log. Throws CONFIG_INVALID. */
export async function nodeOptionsOf(
  config: GatewayConfig,
  secrets: GatewaySecrets,
): Promise<Omit<NodeOptions, "pool" | "lanePool" | "now" | "log">> {
  const { passwords, hashing } = config;
  // Before anything is connected to: a list that believes everybody is no reason to look for a database first.
  trustedProxies(config.trusted_proxies);
  return {
    settings: settingsOf(config),
    rules: laneRulesOf(config),
    providers: config.providers.map(({ name, label, issuer, domains, client_id }, i) =>
      openOidc({
        name,
        label,
        issuer,
        domains,
        clientId: client_id,
        clientSecret: secrets.providerSecrets[i] ?? "",
        publicUrl: config.public_url,
      }),
    ),
    secretKey: secrets.secretKey,
    encryptionKeys: secrets.encryptionKeys,
    peppers: secrets.peppers,
    assertionPems: secrets.assertionPems,
    auditKey: secrets.auditKey,
    trustedProxies: config.trusted_proxies,
    listen: config.listen,
    hash: {
      memoryKiB: Math.floor(passwords.memory / 1024),
      passes: passwords.passes,
      parallelism: passwords.lanes,
    },
    hashing: { concurrent: hashing.concurrent, waiting: hashing.waiting },
    senders: await sendersOf(config, secrets),
    passwords: {
      least: passwords.least_length,
      words: [config.organisation, ...config.words, "lakat"],
      breached: await breachedOf(passwords),
    },
  };
}

async function breachedOf({
  breached_file,
  breached_range,
}: GatewayConfig["passwords"]): Promise<BreachedPasswords[]> {
  const file = breached_file === undefined ? [] : [await openBreachedFile(breached_file)];
  return breached_range === undefined ? file : [...file, breachedRange(breached_range)];
}

/** Mail server and SMSAPI where they are configured; files where they are not. */
async function sendersOf(
  { mail, sms, outbox, public_url }: GatewayConfig,
  secrets: GatewaySecrets,
): Promise<Senders> {
  const files = openFileOutbox(outbox, `lakat@${new URL(public_url).hostname}`);
  return {
    mail:
      mail === undefined
        ? files.mail
        : openMailSender({
            host: mail.host,
            port: mail.port,
            security: mail.security,
            authorities:
              mail.sslrootcert === undefined ? undefined : await readFile(mail.sslrootcert, "utf8"),
            login:
              mail.user === undefined || secrets.smtpPassword === undefined
                ? undefined
                : { user: mail.user, password: secrets.smtpPassword },
            from: mail.from,
          }),
    sms:
      sms === undefined || secrets.smsToken === undefined
        ? files.sms
        : openSmsapi({
            token: secrets.smsToken,
            from: sms.from,
            url: sms.url,
            fallbackUrl: sms.fallback_url,
          }),
  };
}
