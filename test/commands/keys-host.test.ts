import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { signingKeyFromPem, verifyKeyFromPem } from "../../src/seal/signing-key.ts";
import { lakat } from "../fixtures/lakat.ts";
import { run } from "../fixtures/programs.ts";

t.test("a pair that belongs together, the private half for this host alone", async (t) => {
  const out = join(t.testdir(), "host");
  const made = await lakat(["keys", "host", "new", "--out", out, "--json"]);
  t.equal(made.exit, 0, made.stderr);
  t.equal(statSync(`${out}.key`).mode & 0o777, 0o600);
  t.equal(statSync(`${out}.pub`).mode & 0o777, 0o644);
  const key = signingKeyFromPem(readFileSync(`${out}.key`, "utf8"));
  const message = Buffer.from("signed");
  t.ok(verifyKeyFromPem(readFileSync(`${out}.pub`, "utf8")).verify(message, key.sign(message)));
  t.match(made.json(), { ok: true, fingerprint: key.keyid, private: `${out}.key`, public: `${out}.pub` });
  t.match((await run("openssl", ["pkey", "-in", `${out}.key`, "-noout", "-text"])).toString(), "ED25519");

  const again = await lakat(["keys", "host", "new", "--out", out]);
  t.match(again, { exit: 2, stderr: /KEY_FILE_EXISTS: .*host\.key/ });
  t.equal(signingKeyFromPem(readFileSync(`${out}.key`, "utf8")).keyid, key.keyid);
});

t.test("no half of a pair is left when the other cannot be written", async (t) => {
  const out = join(t.testdir({ "host.pub": "another's" }), "host");
  t.match(await lakat(["keys", "host", "new", "--out", out]), {
    exit: 2,
    stderr: /KEY_FILE_EXISTS: .*host\.pub/,
  });
  t.throws(() => statSync(`${out}.key`), { code: "ENOENT" });
});

t.test("what goes wrong is said", async (t) => {
  t.match(await lakat(["keys", "host", "new"]), { exit: 2, stderr: /USAGE: no place for the key/ });
  const out = join(t.testdir(), "none", "host");
  t.match(await lakat(["keys", "host", "new", "--out", out]), {
    exit: 2,
    stderr: /KEY_FILE_UNREADABLE: .*created/,
  });
});

t.test("a signing key that others can read is refused by whoever needs it", async (t) => {
  const dir = t.testdir();
  const out = join(dir, "host");
  await lakat(["keys", "host", "new", "--out", out]);
  chmodSync(`${out}.key`, 0o644);
  writeFileSync(
    join(dir, "lakat.yaml"),
    `role: restore-test
signing_key: ${out}.key
backup_hosts: [${out}.pub]
source: { type: directory, name: copy, path: ${dir} }
`,
  );
  const config = ["config", "check", "--config", join(dir, "lakat.yaml")];
  t.match(await lakat(config), { exit: 2, stderr: /CONFIG_INVALID: .*KEY_FILE_EXPOSED: .*host\.key/ });
  chmodSync(`${out}.key`, 0o600);
  t.match(await lakat(config), { exit: 0, stdout: /a valid configuration for the role restore-test/ });
});
