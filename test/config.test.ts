import fc from "fast-check";
import t from "tap";
import { stringify } from "yaml";
import { configSchema, parseConfig, parseDestination } from "../src/config.ts";
import { Fault } from "../src/fault.ts";

const PIN = `SHA256:${"a1".repeat(32)}`;
const RECIPIENT = `age1${"q".repeat(58)}`;

/** The smallest configuration of a backup host; `more` replaces or adds. */
function backupRole(more: object = {}): Record<string, unknown> {
  return {
    role: "backup",
    cluster: "crm",
    postgres: { user: "lakat" },
    signing_key: "/etc/lakat/host.key",
    recovery_keys: [{ name: "safe-a", certificate: "/etc/lakat/safe-a.crt", fingerprint: PIN }],
    destinations: [{ type: "s3", name: "offsite", bucket: "backups", region: "eu-central-1" }],
    ...more,
  };
}

function restoreTestRole(more: object = {}): Record<string, unknown> {
  return {
    role: "restore-test",
    signing_key: "/etc/lakat/host.key",
    backup_hosts: ["/etc/lakat/db1.pub"],
    source: { type: "directory", name: "copy", path: "/srv/copy" },
    ...more,
  };
}

/** The fault that a configuration deserves, or undefined when it is accepted. */
function faultOf(config: unknown): Fault | undefined {
  return faultOfText(typeof config === "string" ? config : stringify(config));
}

function faultOfText(text: string): Fault | undefined {
  try {
    parseConfig(text, "lakat.yaml");
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

t.test("what is left out has a default", async (t) => {
  t.match(parseConfig(stringify(backupRole()), "lakat.yaml"), {
    postgres: { host: "/var/run/postgresql", port: 5432, database: "postgres", except: [] },
    destinations: [
      { path_style: false, checksum: "crc32", part_size: 8 * 2 ** 20, max_parts: 10_000, off_site: true },
    ],
    data_categories: ["customer and contract data"],
    state_directory: "/var/lib/lakat",
    compression_level: 1,
    memory: 64 * 2 ** 20,
    time_limit: 12 * 3600 * 1000,
    attempts: 3,
    log: { level: "info" },
  });
  t.match(parseConfig(stringify(restoreTestRole({ day_keys: { directory: "/run/lakat" } })), "lakat.yaml"), {
    recovery_keys: [],
    day_keys: { ahead: 7, keep: 2 },
    source: { off_site: false },
  });
  const locked = backupRole({
    destinations: [{ type: "s3", name: "o", bucket: "bbb", region: "x", lock: { days: 30 } }],
  });
  t.match(parseConfig(stringify(locked), "f"), {
    destinations: [{ lock: { mode: "COMPLIANCE", days: 30 } }],
  });
});

t.test("sizes and durations carry their units", async (t) => {
  for (const [text, value] of [
    ["1B", 1],
    ["8MiB", 8 * 2 ** 20],
    ["64 KiB", 65536],
    ["2GiB", 2 ** 31],
    ["1TiB", 2 ** 40],
  ] as const)
    t.match(parseConfig(stringify(backupRole({ memory: text })), "f"), { memory: value }, text);
  for (const [text, value] of [
    ["90s", 90_000],
    ["5 min", 300_000],
    ["6h", 21_600_000],
    ["2d", 172_800_000],
  ] as const)
    t.match(parseConfig(stringify(backupRole({ time_limit: text })), "f"), { time_limit: value }, text);
  for (const wrong of ["64", 64, "64MB", "-1MiB", "1.5GiB", "MiB", "", "0x10B"])
    t.match(faultOf(backupRole({ memory: wrong }))?.message, "memory: ", String(wrong));
  for (const wrong of ["6", 6, "6 hours", "-6h", "6m", ""])
    t.match(faultOf(backupRole({ time_limit: wrong }))?.message, "time_limit: ", String(wrong));
});

t.test("a length of nothing, or beyond what the machine can count, is no setting", async (t) => {
  for (const [key, value] of [
    ["memory", "0MiB"],
    ["memory", `${"9".repeat(30)}TiB`],
    ["time_limit", "0s"],
    ["time_limit", "30d"],
    ["time_limit", `${"9".repeat(30)}d`],
  ] as const)
    t.match(faultOf(backupRole({ [key]: value }))?.message, `${key}: `, `${key}: ${value}`);
});

t.test("every mistake is named at once, with its place and what would be right", async (t) => {
  const fault = faultOf({
    role: "backup",
    cluster: "CRM 1",
    postgres: { port: 70000, pasword: "x" },
    signing_key: "host.key",
    recovery_keys: [{ name: "a", fingerprint: "SHA1:00" }],
    destinations: [
      { type: "s3", name: "offsite", bucket: "backups", region: "eu-central-1", country: "Germany" },
      { type: "ftp", name: "x" },
    ],
    memory: "64",
    colour: "blue",
  });
  t.match(fault, { code: "CONFIG_INVALID", todo: /lakat config check/ });
  for (const part of [
    "lakat.yaml has 11 mistakes",
    "cluster: must be lower-case letters",
    "postgres.port: ",
    "postgres.pasword: unknown key",
    "postgres.user: missing",
    "signing_key: must be an absolute path",
    "recovery_keys.0.fingerprint: must be SHA256:",
    "destinations.0.country: must be a two-letter country code",
    'destinations.1.type: must be "s3" or "directory"',
    "memory: must be a size with its unit",
    "colour: unknown key",
  ])
    t.ok(fault?.message.includes(part), `${part} in ${fault?.message ?? ""}`);
  t.notMatch(fault?.message, /\n/);
});

t.test("unknown keys are faults at every depth", async (t) => {
  for (const [config, path] of [
    [backupRole({ jbos: 2 }), "jbos: unknown key"],
    [backupRole({ postgres: { user: "u", hots: "h" } }), "postgres.hots: unknown key"],
    [backupRole({ log: { levle: "info" } }), "log.levle: unknown key"],
    [restoreTestRole({ day_keys: { directory: "/d", ahed: 3 } }), "day_keys.ahed: unknown key"],
    [
      restoreTestRole({ source: { type: "directory", name: "copy", path: "/s", lock: { days: 3 } } }),
      "source.lock: unknown key",
    ],
    [restoreTestRole({ cluster: "crm" }), "cluster: unknown key"],
  ] as const)
    t.match(faultOf(config)?.message, path);
});

t.test("a secret is never written here, and never repeated when it is", async (t) => {
  const secret = "correct-horse-battery-staple";
  for (const value of [
    secret,
    { value: secret },
    { file: secret },
    { env: secret },
    [secret],
    { [secret]: 1 },
  ]) {
    for (const [config, path] of [
      [backupRole({ postgres: { user: "u", password: value } }), /postgres\.password(\.file|\.env)?: must/],
      [
        backupRole({
          destinations: [
            {
              type: "s3",
              name: "o",
              bucket: "bbb",
              region: "x",
              access_key_id: value,
              secret_access_key: value,
            },
          ],
        }),
        /destinations\.0\.secret_access_key(\.file|\.env)?: must/,
      ],
    ] as const) {
      const fault = faultOf(config);
      t.match(fault?.message, path);
      t.notMatch(`${fault?.message ?? ""} ${fault?.todo ?? ""}`, secret, JSON.stringify(value));
    }
  }
  t.equal(faultOf(backupRole({ postgres: { user: "u", password: { file: "/run/pw" } } })), undefined);
  t.equal(faultOf(backupRole({ postgres: { user: "u", password: { env: "PGPASSWORD" } } })), undefined);
  t.equal(faultOf(backupRole({ postgres: { user: "u", password: { credential: "pg" } } })), undefined);
});

t.test("names of keys and destinations, and fingerprints, are there once", async (t) => {
  const key = { name: "safe-a", recipient: RECIPIENT, fingerprint: PIN };
  const other = `SHA256:${"b2".repeat(32)}`;
  const store = { type: "directory", name: "copy", path: "/a" };
  for (const [config, message] of [
    [
      backupRole({ recovery_keys: [key, { ...key, fingerprint: other }] }),
      /recovery_keys: safe-a is there twice/,
    ],
    [
      backupRole({ recovery_keys: [key, { ...key, name: "safe-b" }] }),
      /recovery_keys: SHA256:a1.* is there twice/,
    ],
    [backupRole({ destinations: [store, { ...store, path: "/b" }] }), /destinations: copy is there twice/],
    [backupRole({ recovery_keys: [{ ...key, certificate: "/x" }] }), /recovery_keys\.0: needs exactly one/],
    [backupRole({ recovery_keys: [{ name: "a", fingerprint: PIN }] }), /recovery_keys\.0: needs exactly one/],
    [backupRole({ recovery_keys: [] }), /recovery_keys: /],
    [backupRole({ destinations: [] }), /destinations: /],
  ] as const)
    t.match(faultOf(config)?.message, message);
  t.match(faultOfText("role: backup\nrole: backup\n")?.message, /unique/);
});

t.test("what is no configuration at all says so", async (t) => {
  for (const [text, message] of [
    ["", /role must be "backup", "restore-test", "prune" or "gateway"/],
    ["role: gate", /role must be "backup", "restore-test", "prune" or "gateway"/],
    ["- a\n- b", /lakat\.yaml has a mistake/],
    ["a: [", /lakat\.yaml has/],
    ["\u0000", /lakat\.yaml has/],
    ["a: *nobody", /^(?!.*nobody).*quote a value that begins with \*/],
    [`a: &a [x,x,x]\nb: &b [${"*a,".repeat(50)}]\nc: [${"*b,".repeat(50)}]`, /lakat\.yaml has/],
    ["a: 1\n---\nb: 2", /lakat\.yaml has/],
  ] as const)
    t.match(faultOfText(text), { code: "CONFIG_INVALID", message }, JSON.stringify(text.slice(0, 20)));
});

t.test("nothing but a Fault is ever thrown, on one line and without control characters", async (t) => {
  const judge = (text: string): boolean => {
    const fault = faultOfText(text);
    return (
      fault === undefined || (fault.code === "CONFIG_INVALID" && !/[\u0000-\u001f\u007f]/.test(fault.message))
    );
  };
  // One thing of a good configuration replaced by junk, at any depth.
  const paths = pathsOf(backupRole());
  const laws = {
    "any text": fc.property(fc.string({ unit: "binary" }), judge),
    "YAML's own characters": fc.property(
      fc.array(fc.constantFrom(..."{ } [ ] : - & * ! | > ' \" % @ ` \n \t a b 0 # ? ,".split(/(?<=.) /))),
      (words) => judge(words.join("")),
    ),
    "any value": fc.property(fc.anything(), (value) => judge(yamlOf(value))),
    "one thing replaced": fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, junk) =>
      judge(yamlOf(replaced(path, junk))),
    ),
  };
  for (const [name, law] of Object.entries(laws)) {
    const check = fc.check(law as fc.IProperty<unknown>, { numRuns: 300 });
    t.notOk(check.failed, `${name} ${check.failed ? fc.defaultReportMessage(check) : ""}`);
  }
});

t.test("a destination on the command line obeys the same rules", async (t) => {
  t.match(parseDestination({ type: "directory", name: "copy", path: "/srv" }), { off_site: false });
  t.throws(() => parseDestination({ type: "s3", name: "B_", bucket: "b", region: "" }), {
    code: "USAGE",
    message: /bucket: .*region: /,
  });
});

t.test("the JSON Schema for editors knows every role and what each key is", async (t) => {
  const schema = configSchema() as { oneOf?: { properties: Record<string, unknown> }[] };
  t.equal(schema.oneOf?.length, 4);
  const [backup, restoreTest, prune, gateway] = schema.oneOf ?? [];
  t.ok(backup?.properties["destinations"]);
  t.ok(restoreTest?.properties["day_keys"]);
  t.ok(prune?.properties["restore_tests"]);
  t.ok(gateway?.properties["applications"]);
  t.match(backup, { additionalProperties: false, required: ["role", "cluster", "postgres"] });
  t.match(JSON.stringify(backup), "Size with unit: B, KiB, MiB, GiB or TiB");
});

function yamlOf(value: unknown): string {
  try {
    return stringify(value ?? null);
  } catch {
    return "";
  }
}

type Path = (string | number)[];

function pathsOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [at];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [at, ...entries.flatMap(([key, inner]: [string | number, unknown]) => pathsOf(inner, [...at, key]))];
}

function replaced(path: Path, junk: unknown): unknown {
  const put = (value: unknown, [key, ...rest]: Path): unknown => {
    if (key === undefined) return junk;
    if (Array.isArray(value)) return value.map((inner: unknown, i) => (i === key ? put(inner, rest) : inner));
    const record = value as Record<string, unknown>;
    return { ...record, [key]: put(record[key], rest) };
  };
  return put(backupRole(), path);
}
