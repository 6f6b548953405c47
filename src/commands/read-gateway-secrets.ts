/** Adapter: every secret and key of a gateway's configuration, read and judged. */
import type { GatewayConfig, SecretPlace } from "../config.ts";
import { asFault, Fault } from "../fault.ts";
import { strongSecret } from "../auth/secret-strength.ts";
import type { SigningKey } from "../seal/signing-key.ts";
import { collectFaults } from "./collected-faults.ts";
import { readPrivateFile, readSigningKey } from "./key-files.ts";
import { readSecret } from "./secrets.ts";

export interface NamedKey {
  id: string;
  key: Buffer;
}

export interface GatewaySecrets {
  /** 32 bytes or more; what is needed is derived from it. */
  secretKey: Buffer;
  encryptionKeys: NamedKey[];
  peppers: NamedKey[];
  /** PKCS#8 in PEM, Ed25519. */
  assertionPems: string[];
  auditKey: SigningKey;
  smtpPassword: string | undefined;
  smsToken: string | undefined;
  /** In the order of the configuration. */
  providerSecrets: string[];
}

/**
 * Throws SECRET_MISSING, SECRET_WEAK or KEY_FILE_…, of several the first, with the others named in it. Never
 * tells a value. Two that are the same are weak as well: each is to protect when another is known.
 */
export async function readGatewaySecrets(
  config: GatewayConfig,
  env: NodeJS.ProcessEnv,
): Promise<GatewaySecrets> {
  const { faults, attempt } = collectFaults();
  const strong = async (place: SecretPlace, what: string): Promise<Buffer> =>
    strongSecret(await readSecret(place, what, env), what);
  const named = async (list: GatewayConfig["peppers"], what: string): Promise<NamedKey[]> => {
    const keys: NamedKey[] = [];
    for (const { id, key } of list) {
      const bytes = await attempt(() => strong(key, `${what} ${id}`));
      if (bytes !== undefined) keys.push({ id, key: bytes });
    }
    return keys;
  };
  const secretKey = await attempt(() => strong(config.secret_key, "secret_key"));
  const encryptionKeys = (await named(config.encryption_keys, "encryption_keys")).map(({ id, key }) => ({
    id,
    key: key.subarray(0, 32),
  }));
  const peppers = await named(config.peppers, "peppers");
  const assertionPems: string[] = [];
  const signing: string[] = [];
  for (const path of config.assertion_keys)
    await attempt(async () => {
      signing.push((await signingKey(path, "assertion_keys")).keyid);
      assertionPems.push((await readPrivateFile(path)).toString("utf8"));
    });
  const auditKey = await attempt(() => signingKey(config.audit_key, "audit_key"));
  if (auditKey !== undefined) signing.push(auditKey.keyid);
  const wanted = async (place: SecretPlace | undefined, what: string): Promise<string | undefined> =>
    place === undefined ? undefined : attempt(() => readSecret(place, what, env));
  const smtpPassword = await wanted(config.mail?.password, "mail.password");
  const smsToken = await wanted(config.sms?.token, "sms.token");
  const providerSecrets: string[] = [];
  for (const { name, client_secret } of config.providers) {
    const value = await wanted(client_secret, `client_secret of ${name}`);
    if (value !== undefined) providerSecrets.push(value);
  }
  const all = [
    ...(secretKey === undefined ? [] : [secretKey]),
    ...encryptionKeys.map((k) => k.key),
    ...peppers.map((k) => k.key),
  ];
  // Of a longer one only the first 32 bytes may be in use.
  if (new Set(all.map((key) => key.toString("hex", 0, 32))).size < all.length)
    faults.push(
      new Fault(
        "SECRET_WEAK",
        "two of secret_key, encryption_keys and peppers are the same",
        "Make each by itself: `openssl rand -base64 32`.",
      ),
    );
  if (new Set(signing).size < signing.length)
    faults.push(
      new Fault(
        "SECRET_WEAK",
        "two of assertion_keys and audit_key are the same",
        "Make each by itself: `lakat gateway secrets`.",
      ),
    );
  const [first, ...others] = faults;
  if (first !== undefined)
    throw new Fault(
      first.code,
      [first.message, ...others.map(({ code, message }) => `${code}: ${message}`)].join("; "),
      first.todo,
    );
  if (secretKey === undefined || auditKey === undefined) throw new Error("unreachable: a fault was noted");
  return {
    secretKey,
    encryptionKeys,
    peppers,
    assertionPems,
    auditKey,
    smtpPassword,
    smsToken,
    providerSecrets,
  };
}

/** The key in a file that the configuration names under `what`; who reads KEY_FILE_INVALID has several of them. */
async function signingKey(path: string, what: string): Promise<SigningKey> {
  try {
    return await readSigningKey(path);
  } catch (error) {
    const fault = asFault(error);
    if (fault.code !== "KEY_FILE_INVALID") throw error;
    throw new Fault(
      fault.code,
      `${what}: ${path} is not an Ed25519 private key in PEM`,
      "Use the file that `lakat gateway secrets` has made, or its copy from the safe.",
      { cause: error },
    );
  }
}
