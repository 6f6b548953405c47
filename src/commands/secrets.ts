/** Adapter: reads the secrets that a configuration points at, at the moment they are needed. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SecretPlace } from "../config.ts";
import { Fault } from "../fault.ts";
import { readPrivateFile } from "./key-files.ts";

/**
 * The secret's text without a newline at its end. `what` names it in messages, such as `postgres.password`.
 * A file must be readable by its owner only. Throws SECRET_MISSING or KEY_FILE_EXPOSED; never tells the value.
 */
export async function readSecret(place: SecretPlace, what: string, env: NodeJS.ProcessEnv): Promise<string> {
  const value = (await raw(place, what, env)).replace(/\r?\n$/, "");
  if (value === "") throw new Fault("SECRET_MISSING", `${what} is empty`, `Fill ${where(place)}.`);
  return value;
}

async function raw(place: SecretPlace, what: string, env: NodeJS.ProcessEnv): Promise<string> {
  if ("env" in place) {
    const value = env[place.env];
    if (value === undefined)
      throw new Fault(
        "SECRET_MISSING",
        `${what}: the environment variable ${place.env} is not set`,
        "Set it for this command.",
      );
    return value;
  }
  if ("file" in place) return (await readPrivateFile(place.file)).toString("utf8");
  const folder = env["CREDENTIALS_DIRECTORY"];
  if (folder === undefined)
    throw new Fault(
      "SECRET_MISSING",
      `${what}: there is no CREDENTIALS_DIRECTORY`,
      "Start lakat from its systemd unit, which names the credential; by hand, set CREDENTIALS_DIRECTORY to the folder of the secrets.",
    );
  // systemd keeps this folder closed to others by itself.
  return readFile(join(folder, place.credential), "utf8").catch(() => {
    throw new Fault(
      "SECRET_MISSING",
      `${what}: there is no credential ${place.credential}`,
      "Add LoadCredential= to the unit; by hand, write the file into the folder that CREDENTIALS_DIRECTORY names.",
    );
  });
}

function where(place: SecretPlace): string {
  if ("env" in place) return `the environment variable ${place.env}`;
  return "file" in place ? place.file : `the credential ${place.credential}`;
}
