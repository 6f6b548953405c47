import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { readSecret } from "../../src/commands/secrets.ts";
import { faultOf } from "../fixtures/store-conformance.ts";

const SECRET = "correct horse  battery ";

t.test("from a file, the environment, or systemd; only the newline at the end is taken off", async (t) => {
  const dir = t.testdir({ pg: "" });
  writeFileSync(join(dir, "pw"), `${SECRET}\n`, { mode: 0o600 });
  writeFileSync(join(dir, "crlf"), `${SECRET}\r\n`, { mode: 0o600 });
  writeFileSync(join(dir, "pg"), SECRET);
  const env = { PW: SECRET, CREDENTIALS_DIRECTORY: dir };
  for (const place of [
    { file: join(dir, "pw") },
    { file: join(dir, "crlf") },
    { env: "PW" },
    { credential: "pg" },
  ])
    t.equal(await readSecret(place, "postgres.password", env), SECRET, JSON.stringify(place));
});

t.test("what is missing, empty or open to others is named, and its value is not", async (t) => {
  const dir = t.testdir({ empty: "\n", open: SECRET });
  chmodSync(join(dir, "empty"), 0o600);
  chmodSync(join(dir, "open"), 0o644);
  const env = { EMPTY: "", CREDENTIALS_DIRECTORY: dir };
  for (const [place, settings, code, message] of [
    [{ env: "NONE" }, env, "SECRET_MISSING", /^a\.b: the environment variable NONE is not set$/],
    [{ env: "EMPTY" }, env, "SECRET_MISSING", /^a\.b is empty$/],
    [{ file: join(dir, "empty") }, env, "SECRET_MISSING", /^a\.b is empty$/],
    [{ file: join(dir, "open") }, env, "KEY_FILE_EXPOSED", /mode 0644/],
    [{ file: join(dir, "none") }, env, "KEY_FILE_UNREADABLE", /none cannot be read/],
    [{ credential: "none" }, env, "SECRET_MISSING", /^a\.b: there is no credential none$/],
    [{ credential: "../../etc/passwd" }, env, "SECRET_MISSING", /there is no credential/],
    [{ credential: "pg" }, {}, "SECRET_MISSING", /there is no CREDENTIALS_DIRECTORY/],
  ] as const) {
    const fault = await faultOf(readSecret(place, "a.b", settings));
    t.match(fault, { code, message }, JSON.stringify(place));
    t.notMatch(`${fault.message} ${fault.todo}`, "horse");
  }
});
