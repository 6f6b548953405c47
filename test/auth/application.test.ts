import t from "tap";
import {
  applicationFor,
  openApplications,
  STRICT_POLICY,
  strictest,
  USUAL_POLICY,
  type DeclaredApplication,
  type Match,
} from "../../src/auth/application.ts";

const declare = (
  name: string,
  url: string,
  more: Partial<DeclaredApplication> = {},
): DeclaredApplication => ({
  name,
  url,
  roles: ["staff"],
  scopes: [],
  second_factor: "new-device",
  sms: true,
  clear_data: false,
  public: [],
  owners: [],
  ...more,
});

const applications = openApplications([
  declare("crm", "https://crm.example.hu", { public: ["/health", "/static/*", "/"] }),
  declare("intranet", "https://in.example.hu"),
  declare("reports", "https://in.example.hu/reports", { public: ["/reports/logo.png"] }),
  declare("old", "https://in.example.hu/reports/old/"),
  declare("wiki", "https://wiki.example.hu:8443/wiki"),
]);

const matched = (match: Match): string =>
  typeof match === "string" ? match : match.application.name + (match.isPublic ? " public" : "");
const ask = (host: string, path: string, ambiguous = false): string =>
  matched(applicationFor(applications, { method: "GET", host, path, query: "", ambiguous }));

t.test("the longest prefix on the host decides", async (t) => {
  const cases: [host: string, path: string, answer: string][] = [
    ["evil.example", "/", "unknown"],
    ["crm.example.hu.evil.example", "/", "unknown"],
    ["in.example.hu", "/", "intranet"],
    ["in.example.hu", "/reportsx", "intranet"],
    ["in.example.hu", "/reports", "reports"],
    ["in.example.hu", "/reports/", "reports"],
    ["in.example.hu", "/reports/old", "old"],
    ["in.example.hu", "/reports/older", "reports"],
    // some servers fold case and some do not
    ["in.example.hu", "/Reports/x", "ambiguous"],
    ["in.example.hu", "/reports/OLD", "ambiguous"],
    ["in.example.hu", "/x/REPORTS", "intranet"],
    ["in.example.hu", "/%EF%BD%92eports", "ambiguous"],
    ["in.example.hu", "/report%C5%BF/x", "ambiguous"],
    ["in.example.hu", "/r%C3%A9ports/%C3%A1", "intranet"],
    ["wiki.example.hu", "/wiki/a", "wiki"],
    ["wiki.example.hu", "/", "unknown"],
    ["wiki.example.hu", "/WIKI", "ambiguous"],
  ];
  for (const [host, path, answer] of cases) t.equal(ask(host, path), answer, host + path);
  t.equal(ask("in.example.hu", "/reports/%2e%2e/", true), "ambiguous");
  t.equal(ask("wiki.example.hu", "/wiki/../admin", true), "ambiguous", "though it is alone there");
  t.equal(ask("crm.example.hu", "/files/a%2Fb", true), "crm", "alone on its host");
});

t.test("attack 13: public is what matches to the letter", async (t) => {
  for (const path of ["/", "/health", "/static/", "/static/a/b.css"])
    t.equal(ask("crm.example.hu", path), "crm public", path);
  for (const path of [
    "/health/",
    "/healthy",
    "/HEALTH",
    "/static",
    "/staticx",
    "/Static/a",
    "/x/static/a",
    "/%68ealth",
  ])
    t.equal(ask("crm.example.hu", path), "crm", path);
  for (const path of ["/static/../admin", "/static/%2e%2e/admin", "//static/a", "/static/a%23", "/health"])
    t.equal(ask("crm.example.hu", path, true), "crm", `${path}, marked`);
  t.equal(ask("in.example.hu", "/reports/logo.png"), "reports public");
});

t.test("what cannot be declared", async (t) => {
  const urls = [
    ...["http://a.hu", "https://A.hu", "https://a.hu:443", "https://a.hu/a//b", "https://a.hu/../b"],
    ...[
      "https://a.hu/%61",
      "https://a.hu?x",
      "https://a.hu#x",
      "https://u@a.hu",
      "https://a.hu./",
      "a.hu",
      "",
    ],
    ...["https://a.hu/.lakat", "https://a.hu//", "https://*.a.hu", "https://[::1]", "https://a.hu/b;c"],
  ];
  for (const url of urls)
    t.throws(() => openApplications([declare("a", url)]), { code: "CONFIG_INVALID" }, url);
  const rules = [
    "",
    "*",
    "/*",
    "//*",
    "a",
    "/a*",
    "/a/*/b",
    "/a/**",
    "/a//b",
    "/a/../b",
    "/a/./*",
    "/a%2f",
    "/a?b",
    "/a b",
  ];
  for (const rule of rules) {
    const declared = declare("a", "https://a.hu", { public: [rule] });
    t.throws(() => openApplications([declared]), { code: "CONFIG_INVALID" }, `rule ${rule}`);
  }
  for (const rule of ["/", "/x", "/reportsx", "/reports/*"]) {
    const declared = declare("a", "https://a.hu/reports", { public: [rule] });
    t.throws(() => openApplications([declared]), { code: "CONFIG_INVALID" }, `rule ${rule} of /reports`);
  }
  const twice = [declare("a", "https://a.hu/x"), declare("b", "https://a.hu:8443/X")];
  t.throws(() => openApplications(twice), { code: "CONFIG_INVALID" }, "ports do not tell them apart");
});

t.test("policies", async (t) => {
  const [wiki] = applications.on("wiki.example.hu");
  t.match(wiki, {
    origin: "https://wiki.example.hu:8443",
    audience: "https://wiki.example.hu:8443/wiki",
    policy: USUAL_POLICY,
  });
  const clear = declare("clear", "https://clear.example.hu", { clear_data: true, sms: true });
  t.strictSame(
    openApplications([clear]).all[0]?.policy,
    STRICT_POLICY,
    "clear data is strict, whatever else it says",
  );
  t.strictSame(STRICT_POLICY, {
    secondFactor: "always",
    sms: false,
    idleSeconds: 900,
    absoluteSeconds: 43200,
  });
  t.strictSame(strictest([]), USUAL_POLICY);
  t.strictSame(strictest([USUAL_POLICY, STRICT_POLICY]), STRICT_POLICY);
});
