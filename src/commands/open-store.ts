/**
 * Which store a looking or restoring command reads, and whose signatures it trusts: from a configuration of
 * any role, or, for the person who has lost everything but the bucket and the key, from the command line.
 */
import { isAbsolute, resolve } from "node:path";
import type { Config, Destination } from "../config.ts";
import { parseDestination } from "../config.ts";
import { Fault } from "../fault.ts";
import type { VerifyKey } from "../seal/signing-key.ts";
import type { Source } from "../store/object-store.ts";
import type { Trust } from "../restore-test/read-manifest.ts";
import { flag, text, texts, type Call } from "./command.ts";
import { CONFIG_OPTION, loadConfig } from "./config-file.ts";
import { openSource } from "./destinations.ts";
import { readSigningKey, readVerifyKeys } from "./key-files.ts";

export const STORE_OPTIONS = {
  ...CONFIG_OPTION,
  from: { type: "string" },
  endpoint: { type: "string" },
  region: { type: "string" },
  "host-key": { type: "string", multiple: true },
  "accept-unverified-manifest": { type: "boolean" },
} as const;

export const STORE_USAGE = `  -c, --config FILE    default: $LAKAT_CONFIG, or /etc/lakat/lakat.yaml
  --from PLACE         a destination's name in the configuration, or without one
                       s3://bucket/prefix (keys from AWS_ACCESS_KEY_ID and
                       AWS_SECRET_ACCESS_KEY) or a folder
  --endpoint URL       with s3://…: the address of a store that is not AWS
  --region NAME        with s3://…: default $AWS_REGION
  --host-key FILE      public key of a backup host whose signature counts; may
                       be given several times; default: the configuration's
  --accept-unverified-manifest
                       when every copy of the host's public key is lost: read
                       manifests whoever signed them. Whoever can write to the
                       store may then have made what you restore.`;

export interface Store {
  source: Source;
  trust: Trust;
  /** The configured cluster, when the configuration is a backup host's. */
  cluster: string | undefined;
}

/** Throws USAGE, CONFIG_…, KEY_FILE_… and SECRET_MISSING. */
export async function openStore(call: Call): Promise<Store> {
  const from = text(call, "from");
  const entry = from === undefined ? undefined : placeOf(call, from);
  const config =
    entry !== undefined && text(call, "config") === undefined ? undefined : (await loadConfig(call)).config;
  const source = await openSource(entry ?? configured(config, from), call.env);
  const keys = await trustedKeys(call, config);
  const trust = { keys, acceptUnverified: flag(call, "accept-unverified-manifest") };
  return { source, trust, cluster: config?.role === "backup" ? config.cluster : undefined };
}

/** A place given on the command line; undefined when it is the name of a configured destination. */
function placeOf(call: Call, from: string): Destination | undefined {
  const url = /^s3:\/\/([^/]+)(?:\/(.+?))?\/?$/.exec(from);
  if (url !== null) {
    const [, bucket, prefix] = url;
    const endpoint = text(call, "endpoint") ?? call.env["AWS_ENDPOINT_URL"];
    const region =
      text(call, "region") ?? call.env["AWS_REGION"] ?? (endpoint === undefined ? undefined : "us-east-1");
    if (region === undefined)
      throw new Fault("USAGE", "the bucket's region is not known", "Give --region, such as eu-central-1.");
    const token =
      call.env["AWS_SESSION_TOKEN"] === undefined ? {} : { session_token: { env: "AWS_SESSION_TOKEN" } };
    return parseDestination({
      type: "s3",
      name: bucket,
      bucket,
      prefix,
      region,
      endpoint,
      path_style: endpoint !== undefined,
      ...token,
    });
  }
  if (!isAbsolute(from) && !from.startsWith(".") && !from.includes("/")) return undefined;
  return parseDestination({ type: "directory", name: "directory", path: resolve(from) });
}

function configured(config: Config | undefined, name: string | undefined): Destination {
  if (config?.role === "restore-test") return config.source;
  if (config?.role === "prune") return config.store;
  if (config?.role === "gateway")
    throw new Fault("USAGE", "a gateway's configuration names no store", "Give --from.");
  const destinations = config?.destinations ?? [];
  const chosen =
    name === undefined ? destinations[0] : destinations.find((destination) => destination.name === name);
  if (chosen === undefined)
    throw new Fault(
      "USAGE",
      `there is no destination ${name ?? ""} in the configuration`,
      `It has ${destinations.map((d) => d.name).join(", ")}.`,
    );
  return chosen;
}

async function trustedKeys(call: Call, config: Config | undefined): Promise<VerifyKey[]> {
  const given = texts(call, "host-key");
  const files =
    given.length > 0 ? given : config === undefined || !("backup_hosts" in config) ? [] : config.backup_hosts;
  const keys = await readVerifyKeys(files);
  if (config?.role === "backup" && given.length === 0) keys.push(await readSigningKey(config.signing_key));
  if (keys.length === 0 && !flag(call, "accept-unverified-manifest"))
    throw new Fault(
      "USAGE",
      "no host's public key is known, so no manifest can be trusted",
      "Give --host-key with the backup host's public key (NAME.pub from `lakat keys host new`; a copy belongs into the safe); if none is left, see --accept-unverified-manifest in --help.",
    );
  return keys;
}
