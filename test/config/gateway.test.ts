/** The configuration of a gateway host: what is left out, and what may not be. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { parse, stringify } from "yaml";
import { ADMINISTRATOR_ROLE } from "../../src/auth/settings.ts";
import { parseConfig, type GatewayConfig } from "../../src/config.ts";

const example = readFileSync(join(import.meta.dirname, "../../infra/config/gateway.example.yaml"), "utf8");

type Tree = Record<string, unknown>;

/** The example with something changed. */
function read(change: (tree: Tree) => void): GatewayConfig {
  const tree = parse(example) as Tree;
  change(tree);
  const config = parseConfig(stringify(tree), "lakat.yaml");
  if (config.role !== "gateway") throw new Error("another role");
  return config;
}

t.test("what is left out has the values that are documented", async (t) => {
  const config = read((tree) => {
    for (const name of ["roles", "applications", "mail", "sms", "words", "language"]) tree[name] = undefined;
  });
  t.match(config, {
    listen: {
      pages: { host: "127.0.0.1", port: 9080 },
      authz: { host: "127.0.0.1", port: 9081 },
      internal: { host: "127.0.0.1", port: 9082 },
    },
    passwords: { least_length: 15, memory: 64 * 2 ** 20, passes: 3, lanes: 1 },
    lockout: { account: 5, device: 10, address: 30, codes: 5 },
    sessions: { idle: 3_600_000, absolute: 86_400_000, strict_idle: 900_000, strict_absolute: 43_200_000 },
    device_days: 30,
    code_tolerance: 0,
    audit_days: { detail: 90, record: 365 },
  });
  t.strictSame([config.roles, config.applications, config.mail, config.sms], [[], [], undefined, undefined]);
});

t.test("a listener on an IPv6 address", async (t) => {
  const { listen } = read((tree) => (tree["listen"] = { pages: "[::1]:9080" }));
  t.strictSame(listen.pages, { host: "::1", port: 9080 });
});

const crm = { name: "crm", url: "https://crm.example.hu" };

t.test("the administrators' role need not be declared", async (t) => {
  const { applications } = read((tree) => (tree["applications"] = [{ ...crm, roles: [ADMINISTRATOR_ROLE] }]));
  t.match(applications, [{ roles: [ADMINISTRATOR_ROLE] }]);
});

t.test("what would open too much, or nothing, is refused with where it stands", async (t) => {
  for (const [name, value, message] of [
    ["public_url", "http://login.example.hu", /public_url: must be https/],
    ["public_url", "https://login.example.hu/path", /public_url: must be https/],
    ["public_url", "https://Login.example.hu", /public_url: must be https/],
    ["trusted_proxies", [], /trusted_proxies: must name the proxies/],
    ["trusted_proxies", undefined, /trusted_proxies/],
    ["peppers", [], /peppers/],
    ["encryption_keys", [], /encryption_keys/],
    ["assertion_keys", [], /assertion_keys/],
    ["assertion_keys", ["relative.key"], /assertion_keys/],
    ["secret_key", "in clear", /secret_key/],
    ["listen", { pages: "9080" }, /listen\.pages: must be address:port/],
    ["listen", { pages: "127.0.0.1:99999" }, /listen\.pages: has no such port/],
    ["passwords", { least_length: 14 }, /passwords\.least_length/],
    ["lockout", { codes: 6 }, /lockout\.codes/],
    ["lockout", { account: 0 }, /lockout\.account/],
    ["sessions", { idle: "2h" }, /sessions: may be shorter/],
    ["sessions", { strict_absolute: "13h" }, /sessions: may be shorter/],
    ["device_days", 31, /device_days/],
    ["code_tolerance", 2, /code_tolerance/],
    ["audit_days", { detail: 89 }, /audit_days\.detail/],
    ["audit_days", { record: 364 }, /audit_days\.record/],
    ["mail", { host: "mail.example.hu", from: "a@b", security: "none" }, /mail\.security: none would send/],
    ["mail", { host: "mail.example.hu", from: "a@b", user: "u" }, /mail: user and password go together/],
    ["time_zone", "Mars/Olympus", /time_zone: is no time zone/],
    ["roles", [{ name: "sales" }, { name: "sales" }], /roles: sales is there twice/],
    ["applications", [crm, crm], /applications: crm is there twice/],
    [
      "applications",
      [
        { ...crm, url: "https://x.example.hu/a", clear_data: true },
        { ...crm, name: "b", url: "https://x.example.hu" },
      ],
      /needs a host of its own: what runs in b could act in it/,
    ],
    ["applications", [{ ...crm, url: "https://login.example.hu" }], /is the login host, which stands alone/],
    ["applications", [{ ...crm, url: "https://login.example.hu/x" }], /is the login host/],
    ["applications", [{ ...crm, roles: ["nobody"] }], /there is no role nobody/],
    ["applications", [{ ...crm, scopes: ["settings"] }], /owners: missing: nobody could approve/],
    ["applications", [{ ...crm, url: "https://crm.example.hu/" }], /url: must be https/],
    ["applications", [{ ...crm, public: ["/../x"] }], /must be a plain path/],
    ["applications", [{ ...crm, public: ["/%2e"] }], /must be a plain path/],
    ["no_such_key", 1, /no_such_key/],
  ] as const)
    t.throws(
      () => read((tree) => (tree[name] = value)),
      { code: "CONFIG_INVALID", message },
      `${name}: ${JSON.stringify(value)}`,
    );
});

t.test("two keys of one id are refused: what one sealed the other could not open", async (t) => {
  for (const name of ["peppers", "encryption_keys"])
    t.throws(() => read((tree) => (tree[name] = [tree[name], tree[name]].flat())), {
      code: "CONFIG_INVALID",
      message: new RegExp(`${name}: [a-z0-9]+ is there twice`),
    });
});
