/** docs/config.md and the files under infra/config say what the program does: every key, every default. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { CATALOGUE } from "../../src/commands/catalogue.ts";
import { configSchema, parseConfig } from "../../src/config.ts";

interface Schema {
  type?: string;
  const?: string;
  default?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
}

const root = join(import.meta.dirname, "../..");
const text = (path: string): string => readFileSync(join(root, path), "utf8");
const schema = configSchema() as Schema;

/** The one of several shapes whose `key` is `value`. */
function shape(among: Schema | undefined, key: string, value: string): Schema {
  const found = among?.oneOf?.find((one) => one.properties?.[key]?.const === value);
  if (found === undefined) throw new Error(`the schema has no ${key} ${value}`);
  return found;
}

/** What a list of objects consists of. */
function listed(node: Schema, name: string): Schema {
  const items = node.properties?.[name]?.items;
  if (items?.properties === undefined) throw new Error(`${name} is no list of objects`);
  return items;
}

/** `path: default` of everything in a shape, not entering lists and choices, which have a section of their own. */
function keysOf(node: Schema, path = ""): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, one]) => {
    const at = path + name;
    const nothing = one.default === undefined || one.type === "object";
    const fallback = nothing
      ? "–"
      : typeof one.default === "string"
        ? one.default
        : JSON.stringify(one.default);
    return [
      `${at}: ${node.required?.includes(name) === true ? "required" : fallback}`,
      ...(one.type === "object" ? keysOf(one, `${at}.`) : []),
    ];
  });
}

/** `path: default` of every row of the table below a heading of the page. */
function documented(heading: string): string[] {
  const section =
    text("docs/config.md")
      .split(/^## /m)
      .find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return section.split("\n").flatMap((line) => {
    const [, key, , fallback] = /^\| `([^`]+)` +\| (`?)([^|`]+?)\2 +\|/.exec(line) ?? [];
    return key === undefined || fallback === undefined ? [] : [`${key}: ${fallback}`];
  });
}

t.test("docs/config.md has every key with its default, and no other", async (t) => {
  const backup = shape(schema, "role", "backup");
  const destinations = backup.properties?.["destinations"]?.items;
  const restoreTest = shape(schema, "role", "restore-test");
  const testedCluster = listed(restoreTest, "clusters");
  const testedDatabase = listed(testedCluster, "databases");
  const prune = shape(schema, "role", "prune");
  const gateway = shape(schema, "role", "gateway");
  t.strictSame(keysOf(listed(gateway, "peppers")), keysOf(listed(gateway, "encryption_keys")));
  const secrets = backup.properties?.["postgres"]?.properties?.["password"]?.anyOf ?? [];
  const sections: Record<string, string[]> = {
    "Backup host": keysOf(backup),
    "A recovery key": keysOf(backup.properties?.["recovery_keys"]?.items ?? {}),
    "A destination of type s3": keysOf(shape(destinations, "type", "s3")),
    "A destination of type directory": keysOf(shape(destinations, "type", "directory")),
    "Restore-test host": keysOf(restoreTest),
    "A cluster to be tested": keysOf(testedCluster),
    "A database to be tested": keysOf(testedDatabase),
    "A freshness": keysOf(listed(testedDatabase, "freshness")),
    "An assertion": keysOf(listed(testedDatabase, "assertions")),
    "A command": keysOf(listed(testedDatabase, "commands")),
    "Prune host": keysOf(prune),
    "A cluster to be pruned": keysOf(listed(prune, "clusters")),
    "Gateway host": keysOf(gateway),
    "A key with an id": keysOf(listed(gateway, "peppers")),
    "A role": keysOf(listed(gateway, "roles")),
    "An application": keysOf(listed(gateway, "applications")),
    "A provider": keysOf(listed(gateway, "providers")),
    "A secret": secrets.flatMap((one) => Object.keys(one.properties ?? {}).map((name) => `${name}: –`)),
  };
  const headings = [...text("docs/config.md").matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  t.strictSame(headings.sort(), Object.keys(sections).sort(), "each section is held to the schema");
  for (const [heading, keys] of Object.entries(sections)) {
    t.ok(keys.length > 1, `${heading} is in the schema`);
    t.strictSame(documented(heading), keys, heading);
  }
});

t.test("the schema for editors is that of the program", async (t) => {
  const written = JSON.parse(text("infra/config/lakat.schema.json")) as unknown;
  t.strictSame(
    written,
    JSON.parse(JSON.stringify(schema)),
    "else: ./lakat config schema >infra/config/lakat.schema.json && npx prettier --write infra/config",
  );
});

t.test("the examples are valid and fit the units that use them", async (t) => {
  for (const [role, unit] of [
    ["backup", "lakat-backup"],
    ["restore-test", "lakat-day-keys"],
    ["restore-test", "lakat-drill"],
    ["restore-test", "lakat-report"],
    ["restore-test", "lakat-sabotage"],
    ["prune", "lakat-prune"],
    ["gateway", "lakat-gateway"],
  ] as const) {
    const yaml = text(`infra/config/${role}.example.yaml`);
    t.equal(parseConfig(yaml, role).role, role);
    t.match(yaml, "$schema=./lakat.schema.json");
    const service = text(`infra/systemd/${unit}.service`);
    const wanted = [...yaml.matchAll(/credential: ([a-z0-9-]+)/g)].map(([, name]) => name);
    const loaded = [...service.matchAll(/^LoadCredential=([a-z0-9-]+):/gm)].map(([, name]) => name);
    t.strictSame(wanted.sort(), loaded.sort(), `${unit} loads what the example asks for`);
    const commands = [...service.matchAll(/^ExecStart=\/opt\/lakat\/lakat (.+?) --config/gm)];
    t.ok(commands.length > 0, `${unit} starts something`);
    for (const [, command = ""] of commands) t.ok(command in CATALOGUE, `lakat ${command} exists`);
    t.notMatch(service, /^SuccessExitStatus=/m, "findings stay visible");
    t.match(service, /^OnFailure=lakat-failed@%n\.service$/m);
  }
});

t.test("the checks of one's own that docs/restore-test.md shows are valid", async (t) => {
  const [shown = ""] = /(?<=^```yaml\n)databases:[^]*?(?=^```)/m.exec(text("docs/restore-test.md")) ?? [];
  const [before = "", after = ""] = text("infra/config/restore-test.example.yaml").split(
    /^ {4}databases:\n[^]*?(?=^\S)/m,
  );
  const config = parseConfig(`${before}${shown.replace(/^/gm, "    ")}\n${after}`, "restore-test");
  if (config.role !== "restore-test") throw new Error("another role");
  const [database] = config.clusters[0]?.databases ?? [];
  t.equal(database?.assertions.length, 4, "each form once");
  t.equal(database?.freshness.length, 1);
  t.equal(database?.commands.length, 1);
});

t.test("every unit that starts by itself has a timer, and may write where its example says", async (t) => {
  const example = parseConfig(text("infra/config/restore-test.example.yaml"), "restore-test");
  if (example.role !== "restore-test") throw new Error("another role");
  const units = globSync("infra/systemd/lakat-*[!@].service", { cwd: root });
  t.ok(units.length >= 6);
  for (const unit of units) {
    const service = text(unit);
    t.match(service, /^ProtectSystem=strict$/m, unit);
    // What runs all the time is enabled itself.
    if (/^Restart=on-failure$/m.test(service)) t.match(service, /^WantedBy=multi-user\.target$/m, unit);
    else t.match(text(unit.replace(".service", ".timer")), /^OnCalendar=/m, unit);
    if (!/lakat (?:drill|report) /.test(service)) continue;
    const writable = /^ReadWritePaths=-(.*)$/m.exec(service)?.[1];
    t.equal(writable, dirname(example.reports.metrics_file ?? ""), `${unit}: metrics`);
    t.match(service, /^StateDirectory=lakat$/m, unit);
    for (const folder of [example.state_directory, example.scratch.directory, example.day_keys?.directory])
      t.match(folder, /^\/var\/lib\/lakat\b/, `${unit}: ${folder}`);
  }
  const limit = /^TimeoutStartSec=(\d+)h$/m.exec(text("infra/systemd/lakat-drill.service"))?.[1];
  t.ok(Number(limit) * 3_600_000 > example.scratch.time_limit, "a restore test ends by itself");
});

t.test("the purge of the audit gets what it needs, and no other secret of the gateway", async (t) => {
  const service = text("infra/systemd/lakat-audit-purge.service");
  const loaded = [...service.matchAll(/^LoadCredential=(.*)$/gm)].map(([, what]) => what);
  t.strictSame(loaded, ["gateway-owner-password:/etc/lakat/secrets/gateway-owner-password"]);
  t.match(service, /^ExecStart=\/opt\/lakat\/lakat audit purge --config \/etc\/lakat\/owner\.yaml$/m);
  t.ok("audit purge" in CATALOGUE);
  t.match(service, /^OnFailure=lakat-failed@%n\.service$/m);
});
