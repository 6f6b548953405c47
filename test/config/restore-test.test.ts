/** The roles of the restore-test host and of prune: defaults, and the mistakes one makes. */
import t from "tap";
import { stringify } from "yaml";
import { parseConfig, type PruneConfig, type RestoreTestConfig } from "../../src/config.ts";
import { Fault } from "../../src/fault.ts";

const source = { type: "directory", name: "copy", path: "/srv/copy" };

function restoreTest(more: object): object {
  return {
    role: "restore-test",
    signing_key: "/etc/lakat/host.key",
    backup_hosts: ["/etc/lakat/db1.pub"],
    source,
    ...more,
  };
}

function prune(more: object): object {
  return {
    role: "prune",
    store: source,
    backup_hosts: ["/etc/lakat/db1.pub"],
    restore_tests: ["/etc/lakat/restore-test.pub"],
    clusters: [{ name: "crm" }],
    ...more,
  };
}

/** What is said of it; undefined when it is accepted. */
function said(config: object): string | undefined {
  try {
    parseConfig(stringify(config), "lakat.yaml");
    return undefined;
  } catch (error) {
    if (error instanceof Fault && error.code === "CONFIG_INVALID") return error.message;
    throw error;
  }
}

const ofCrm = (more: object): object => restoreTest({ clusters: [{ name: "crm", ...more }] });
const ofDatabase = (more: object): object => ofCrm({ databases: [{ name: "crm", ...more }] });
const asserting = (more: object): object =>
  ofDatabase({ assertions: [{ name: "a", sql: "SELECT 1", ...more }] });
const MAIL = { host: "mail.example.com", from: "lakat@example.com", to: ["ops@example.com"] };
const mailing = (more: object): object => restoreTest({ reports: { mail: { ...MAIL, ...more } } });

t.test("what is left out has a default", async (t) => {
  const hours = 3_600_000;
  const parsed = parseConfig(
    stringify(restoreTest({ clusters: [{ name: "crm" }], reports: { mail: MAIL }, sabotage: {} })),
    "f",
  ) as RestoreTestConfig;
  t.match(parsed, {
    clusters: [
      {
        backup_every: 24 * hours,
        grace: 6 * hours,
        drift: { shrink: 30, grow: 200 },
        checks: { round_trip: true, amcheck: true, sequences: "tell" },
        databases: [],
      },
    ],
    scratch: { directory: "/var/lib/lakat/scratch", memory: 2 ** 30, reserve: 2 ** 30, settings: {} },
    reports: {
      keep: 400,
      language: "en",
      time_zone: "Europe/Budapest",
      mail: { port: 587, security: "starttls", send: "always" },
    },
    sabotage: { every: 8 * 24 * hours },
    state_directory: "/var/lib/lakat",
  });
  t.equal((parseConfig(stringify(restoreTest({})), "f") as RestoreTestConfig).sabotage, undefined);
  const pruning = parseConfig(stringify(prune({})), "f") as PruneConfig;
  t.strictSame(pruning.clusters, [
    { name: "crm", keep: { daily: 30, weekly: 12, monthly: 12, yearly: 3, least: 7 } },
  ]);
  t.equal(pruning.unfinished_after, 7 * 24 * hours);
});

t.test("an assertion has exactly one expectation", async (t) => {
  for (const right of [
    { equals: 0 },
    { equals: null },
    { equals: "" },
    { at_least: 1 },
    { at_most: 9 },
    { at_least: 1, at_most: 9 },
    { no_rows: true },
    { rows: [] },
    { rows: [[1, "a", null, true]] },
  ])
    t.equal(said(asserting(right)), undefined, JSON.stringify(right));
  for (const wrong of [
    {},
    { equals: 1, at_least: 1 },
    { equals: null, no_rows: true },
    { at_most: 1, rows: [] },
    { no_rows: true, rows: [] },
  ])
    t.match(
      said(asserting(wrong)),
      /clusters\.0\.databases\.0\.assertions\.0: needs one of equals, at_least and at_most, no_rows, rows/,
      JSON.stringify(wrong),
    );
  t.match(said(asserting({ no_rows: false })), /assertions\.0\.no_rows: /);
  t.match(said(asserting({ rows: [1] })), /assertions\.0\.rows\.0: /);
});

t.test("a report, or the password, goes nowhere in clear", async (t) => {
  t.match(said(mailing({ security: "none" })), /reports\.mail\.security: none would send .* in clear/);
  for (const host of ["127.0.0.1", "localhost", "::1"])
    t.equal(said(mailing({ security: "none", host })), undefined, host);
  t.match(said(mailing({ security: "plain" })), /reports\.mail\.security: /);
});

t.test("user and password go together, and a secret is never written here", async (t) => {
  const password = { file: "/etc/lakat/secrets/smtp" };
  t.match(said(mailing({ user: "lakat" })), /reports\.mail: user and password go together/);
  t.match(said(mailing({ password })), /reports\.mail: user and password go together/);
  t.equal(said(mailing({ user: "lakat", password })), undefined);
  const secret = "correct-horse-battery-staple";
  for (const config of [
    mailing({ user: "lakat", password: secret }),
    restoreTest({ reports: { webhook: `https://hooks.example.com/${secret}` } }),
    restoreTest({ reports: { ping: `https://ping.example.com/${secret}` } }),
  ]) {
    t.match(said(config), /reports\.(mail\.password|webhook|ping): must say where the secret lies/);
    t.notMatch(said(config), secret);
  }
});

t.test("a time zone is one that this machine knows", async (t) => {
  for (const time_zone of ["UTC", "Europe/Budapest", "Europe/Bucharest"])
    t.equal(said(restoreTest({ reports: { time_zone } })), undefined, time_zone);
  for (const time_zone of ["Budapest", "+02:00", "", "Europe/Atlantis"])
    t.match(said(restoreTest({ reports: { time_zone } })), /reports\.time_zone: is no time zone/, time_zone);
});

t.test("a cluster is there once, under a name that no folder of the store has", async (t) => {
  const twice = [{ name: "crm" }, { name: "crm" }];
  t.match(said(restoreTest({ clusters: twice })), /clusters: crm is there twice/);
  t.match(said(prune({ clusters: twice })), /clusters: crm is there twice/);
  for (const name of ["day-keys", "reports"])
    t.match(said(restoreTest({ clusters: [{ name }] })), /clusters\.0\.name: is the folder of/);
});

t.test("every other mistake has its place", async (t) => {
  for (const [config, message] of [
    [ofCrm({ rto: "four hours" }), /clusters\.0\.rto: must be a duration/],
    [ofCrm({ grace: "0s" }), /clusters\.0\.grace: /],
    [ofCrm({ drift: { shrink: 100 } }), /clusters\.0\.drift\.shrink: /],
    [ofCrm({ cheks: {} }), /clusters\.0\.cheks: unknown key/],
    [ofDatabase({ freshness: [{ table: "public.t", column: "at" }] }), /freshness\.0\.younger_than: missing/],
    [ofDatabase({ commands: [{ name: "smoke", run: [] }] }), /commands\.0\.run: /],
    [ofDatabase({ commands: [{ name: "smoke", run: "make test" }] }), /commands\.0\.run: /],
    [
      ofDatabase({ assertions: [{ name: "Two words", sql: "SELECT 1", equals: 1 }] }),
      /assertions\.0\.name: /,
    ],
    [restoreTest({ scratch: { memory: "1 GB" } }), /scratch\.memory: must be a size/],
    [restoreTest({ scratch: { settings: { "work mem": "1MB" } } }), /scratch\.settings\.work mem: /],
    [restoreTest({ reports: { keep: 30 } }), /reports\.keep: /],
    [restoreTest({ reports: { language: "de" } }), /reports\.language: /],
    [
      restoreTest({ reports: { metrics_file: "lakat.prom" } }),
      /reports\.metrics_file: must be an absolute path/,
    ],
    [mailing({ to: [] }), /reports\.mail\.to: /],
    [prune({ clusters: [] }), /clusters: /],
    [prune({ clusters: [{ name: "crm", keep: { least: 0 } }] }), /clusters\.0\.keep\.least: /],
    [prune({ restore_tests: [] }), /restore_tests: /],
    [prune({ signing_key: "/etc/lakat/host.key" }), /signing_key: unknown key/],
  ] as const)
    t.match(said(config), message);
});
