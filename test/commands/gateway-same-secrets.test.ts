/** Nodes with different secrets would count failed attempts apart: the second one does not start. */
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { missingPeppers } from "../../src/auth/store/secret-prints.ts";
import { pepperFindings } from "../../src/commands/gateway-database.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { plainGatewayConfig } from "../fixtures/gateway-config.ts";
import { withGatewayDatabase } from "../fixtures/gateway-database.ts";
import { lakat, type Said } from "../fixtures/lakat.ts";

const { pool, postgres, name: database } = await withGatewayDatabase(t);
const folder = t.testdir();
await mkdir(join(folder, "keys"));
for (const name of ["assertion.key", "audit.key"])
  await writeFile(join(folder, "keys", name), newSigningKey().privatePem, { mode: 0o600 });
const config = join(folder, "lakat.yaml");
await writeFile(
  config,
  JSON.stringify({
    ...plainGatewayConfig(postgres, database),
    secret_key: { env: "SECRET" },
    encryption_keys: [{ id: "e1", key: { env: "SEALING" } }],
    peppers: [{ id: "p1", key: { env: "PEPPER" } }],
    assertion_keys: [join(folder, "keys", "assertion.key")],
    audit_key: join(folder, "keys", "audit.key"),
  }),
);
const random = (): string => randomBytes(32).toString("base64");
const env = { PG_PASSWORD: postgres.password, SECRET: random(), SEALING: random(), PEPPER: random() };
const run = (args: string[], more: Partial<typeof env> = {}): Promise<Said> =>
  lakat([...args, "--config", config], { env: { ...env, ...more } });

t.test("the first node's secrets are everybody's", async (t) => {
  t.equal((await run(["staff", "list"])).exit, 0);
  t.equal((await run(["staff", "list"])).exit, 0, "the same again");
  const others = { SECRET: random(), SEALING: random(), PEPPER: random() };
  const cases: [Partial<typeof env>, RegExp][] = [
    [{ SECRET: others.SECRET }, /^lakat: SECRET_DIFFERS: secret_key is another than/],
    [{ SEALING: others.SEALING }, /^lakat: SECRET_DIFFERS: encryption:e1 is another than/],
    [{ PEPPER: others.PEPPER }, /^lakat: SECRET_DIFFERS: pepper:p1 is another than/],
    [others, /encryption:e1 is another than .* works with, and so are pepper:p1, secret_key/],
  ];
  for (const [more, said] of cases)
    for (const command of [
      ["staff", "list"],
      ["gateway", "serve"],
    ]) {
      const { exit, stderr } = await run(command, more);
      t.match(stderr, said, command.join(" "));
      t.equal(exit, 2);
      for (const secret of Object.values(more)) t.notMatch(stderr, secret);
    }
});

t.test("secret_key is renewed on purpose, and only that", async (t) => {
  const renewed = { SECRET: random() };
  const { exit, stdout } = await run(["gateway", "migrate", "--new-secret-key"], renewed);
  t.match(stdout, /the nodes have this secret_key from now on/);
  t.equal(exit, 0);
  t.equal((await run(["staff", "list"], renewed)).exit, 0);
  t.match((await run(["staff", "list"])).stderr, /SECRET_DIFFERS/, "the old one is the wrong one now");
  await run(["gateway", "migrate", "--new-secret-key"], { ...renewed, PEPPER: random() });
  t.match((await run(["staff", "list"], { ...renewed, PEPPER: random() })).stderr, /pepper:p1/);
});

t.test("a pepper that passwords need and nobody has", async (t) => {
  await pool.query(
    "INSERT INTO account (id, name, display_name, email, language, roles, status, password_hash, pepper_id, created_at, created_by) VALUES (gen_random_uuid(), 'anna', 'Anna', 'anna@example.hu', 'hu', '{}', 'active', 'x', 'p0', '2026-01-01', 'test')",
  );
  t.strictSame(await missingPeppers(pool, ["p1"]), [{ id: "p0", passwords: 1 }]);
  t.match(await pepperFindings(pool, [{ id: "p1", key: Buffer.alloc(32) }]), [
    { code: "PEPPER_MISSING", what: /^1 passwords .* p0/ },
  ]);
  t.strictSame(await missingPeppers(pool, ["p1", "p0"]), []);
});
