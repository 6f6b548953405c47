import fc from "fast-check";
import t from "tap";
import {
  targetFromEnvoy,
  targetFromForwarded,
  targetFromNginx,
  type RefusedTarget,
  type RequestTarget,
} from "../../src/auth/request-target.ts";

type Told = RequestTarget | RefusedTarget;

const nginx = (url: string, method = "GET"): Told =>
  targetFromNginx(["X-Original-Method", method, "X-Original-URL", url]);
const forwarded = (host: string, uri: string, proto = "https", method = "GET"): Told =>
  targetFromForwarded([
    ...["X-Forwarded-Method", method, "X-Forwarded-Proto", proto],
    ...["X-Forwarded-Host", host, "X-Forwarded-Uri", uri],
  ]);
const envoy = (host: string, uri: string): Told =>
  targetFromEnvoy("GET", `/authz/envoy${uri}`, "/authz/envoy", ["Host", host, "X-Forwarded-Proto", "https"]);

const said = (told: Told): string =>
  "refused" in told ? told.refused : `${told.host} ${told.path} ${told.query}`;

t.test("the three ways of asking give one answer", async (t) => {
  const cases: [host: string, uri: string, answer: string][] = [
    ["crm.example.hu", "/", "crm.example.hu / "],
    ["CRM.Example.HU", "/a/B?c=/d?e", "crm.example.hu /a/B ?c=/d?e"],
    ["crm.example.hu.", "/", "crm.example.hu / "],
    ["crm.example.hu:8443", "/", "crm.example.hu / "],
    ["crm.example.hu", "/%C3%A1?%00", "crm.example.hu /%C3%A1 ?%00"],
    ["crm.example.hu", "/a?b=\\|<>", "crm.example.hu /a ?b=\\|<>"],
    ["crm.example.hu..", "/", "host"],
    ["crm..example.hu", "/", "host"],
    [".example.hu", "/", "host"],
    ["-a.example.hu", "/", "host"],
    ["[::1]", "/", "host"],
    ["crm.example.hu:", "/", "host"],
    ["crm.example.hu:443x", "/", "host"],
    ["anna@crm.example.hu", "/", "host"],
    ["anna:pw@crm.example.hu", "/", "host"],
    ["crm.example.hu@evil.example", "/", "host"],
    ["crm.example.hu, evil.example", "/", "host"],
    ["crm.example.hu evil.example", "/", "host"],
    ["crm.example.hu\t", "/", "host"],
    ["crm\u00e9.example.hu", "/", "host"],
    ["%63rm.example.hu", "/", "host"],
    [`${"a".repeat(64)}.example.hu`, "/", "host"],
    [`${"a.".repeat(130)}hu`, "/", "host"],
    ["crm.example.hu", "/a\\b", "path"],
    ["crm.example.hu", "/a b", "path"],
    ["crm.example.hu", "/a\u00e1", "path"],
    ["crm.example.hu", "/a\u0000", "path"],
    ["crm.example.hu", "/a\n", "path"],
    ["crm.example.hu", "/a#b", "path"],
    ["crm.example.hu", "/a?b#c", "path"],
    ["crm.example.hu", "/a?b c", "path"],
    ["crm.example.hu", "/a?\u00ff", "path"],
    ["crm.example.hu", `/${"a".repeat(9000)}`, "too-long"],
  ];
  for (const [host, uri, answer] of cases) {
    t.equal(said(forwarded(host, uri)), answer, `forward ${host}${uri.slice(0, 60)}`);
    t.equal(said(envoy(host, uri)), answer, `envoy ${host}${uri.slice(0, 60)}`);
    t.equal(said(nginx(`https://${host}${uri}`)), answer, `nginx ${host}${uri.slice(0, 60)}`);
  }
});

t.test("what is not a path on a host of https", async (t) => {
  t.equal(said(forwarded("a.hu", "http://b.hu/")), "path", "absolute form");
  t.equal(said(forwarded("a.hu", "*")), "path");
  t.equal(said(forwarded("a.hu", "b.hu:443")), "path");
  t.equal(said(forwarded("a.hu", "/", "http")), "not-https");
  t.equal(said(forwarded("a.hu", "/", "https, http")), "not-https");
  t.equal(said(forwarded("a.hu", "/", "wss")), "a.hu / ");
  t.equal(said(forwarded("a.hu", "/", "https", "CONNECT")), "method");
  t.equal(said(forwarded("a.hu", "/", "https", "get")), "method");
  t.equal(said(forwarded("a.hu", "/", "https", "GET /x HTTP/1.1")), "method");
  t.equal(said(nginx("http://a.hu/")), "not-https");
  t.equal(said(nginx("//a.hu/")), "path");
  t.equal(said(nginx("https:a.hu/")), "path");
  t.equal(said(nginx("https:\\\\a.hu/")), "path");
  t.equal(said(nginx("https://a.hu\\@b.hu/")), "path");
  t.equal(said(nginx("https://a.hu")), "path");
  t.equal(said(nginx("https:///a.hu/")), "host");
  t.equal(said(nginx("https://a.hu?b")), "path");
  t.equal(said(nginx("javascript:alert(1)")), "path");
  t.equal(said(envoy("a.hu", "x/")), "path");
});

t.test("each way reads its own headers, each once", async (t) => {
  const own = ["x-forwarded-method", "GET", "x-forwarded-proto", "https", "x-forwarded-host", "a.hu"];
  t.equal(said(targetFromForwarded(own)), "header-missing");
  t.equal(said(targetFromForwarded([...own, "x-forwarded-uri", ""])), "header-missing");
  t.equal(
    said(targetFromForwarded([...own, "x-forwarded-uri", "/", "X-Original-URL", "https://b.hu/"])),
    "a.hu / ",
  );
  t.equal(
    said(targetFromForwarded([...own, "x-forwarded-uri", "/", "X-Forwarded-Host", "b.hu"])),
    "header-repeated",
  );
  t.equal(said(targetFromForwarded([...own, "x_forwarded_uri", "/"])), "header-missing", "an alias is none");
  t.equal(said(targetFromNginx(own)), "header-missing");
  const twice = ["X-Original-URL", "https://a.hu/", "x-original-url", "https://a.hu/"];
  t.equal(said(targetFromNginx([...twice, "X-Original-Method", "GET"])), "header-repeated");
});

t.test("attack 13: a path that programs read in two ways is marked", async (t) => {
  const ambiguous = [
    ...["//", "/a//b", "/./a", "/a/.", "/a/..", "/../a", "/a/../b", "/a;b", "/a;/../b"],
    ...["/a%2fb", "/a%2Fb", "/a%5cb", "/%2e%2e/b", "/%2E/b", "/a%00", "/a%23b", "/a%3fb", "/a%3Bb", "/a%25b"],
    ...[
      "/%61",
      "/%7Ea",
      "/a%0d%0ab",
      "/a%7f",
      "/a%",
      "/a%4",
      "/a%zz",
      "/a%u002f",
      "/%c0%af",
      "/%ff",
      "/a%C3",
    ],
    ...["/%EF%BC%8E%EF%BC%8E/b", "/a%EF%BC%8Fb", "/a%E2%88%95b", "/a%E2%81%84b"],
  ];
  for (const path of ambiguous) t.match(forwarded("a.hu", path), { ambiguous: true }, path);
  for (const path of [
    "/",
    "/a",
    "/a/",
    "/a.b/..c/d..",
    "/a%20b",
    "/%C3%A1rv%C3%ADz",
    "/a%3Ab%40c%2Cd",
    "/a~b!$&'()*+,=:@",
  ])
    t.match(forwarded("a.hu", path), { ambiguous: false }, path);
});

t.test("a path that is not marked means the same to whoever decodes or resolves it", async () => {
  const piece = fc.constantFrom(..."ab/.%25eEfF0;\\?#:&".split(""), "%2e", "%2F", "%C3%A1", "%20", "..");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const told = forwarded("a.hu", `/${pieces.join("")}`);
      if ("refused" in told || told.ambiguous) return true;
      const resolved = new URL(`https://a.hu${told.path}`).pathname;
      const decoded = decodeURIComponent(told.path);
      const segments = (path: string): number => path.split("/").length;
      return resolved === told.path && segments(decoded) === segments(told.path) && !/[?#;\\]/.test(decoded);
    }),
    { numRuns: 2000 },
  );
});
