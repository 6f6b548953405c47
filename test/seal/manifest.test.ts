import t from "tap";
import { encodeManifest, parseManifest } from "../../src/seal/manifest.ts";
import type { Manifest } from "../../src/seal/manifest.ts";
import { sampleManifest } from "../fixtures/manifest.ts";

t.test("a manifest comes back, and the same content gives the same bytes", async (t) => {
  const manifest = sampleManifest();
  const bytes = encodeManifest(manifest);
  t.same(parseManifest(bytes), manifest);
  const turned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turned);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([k, v]) => [k, turned(v)]),
    );
  };
  t.ok(encodeManifest(turned(manifest) as Manifest).equals(bytes), "whatever the order of the fields");
});

t.test("a manifest without optional parts", async (t) => {
  const { recipients, objects, copies, ...rest } = sampleManifest();
  const small: Manifest = {
    ...rest,
    recipients: { recovery: recipients.recovery },
    objects: objects.filter((o) => o.role !== "proof"),
    copies: copies.map(({ destination, country }) => ({ destination, country, versions: {} })),
  };
  t.same(parseManifest(encodeManifest(small)), small);
});

/** The sample with one place changed; `path` ends at the place, undefined takes it away. */
function withChange(path: (string | number)[], value: unknown): Buffer {
  const manifest: unknown = JSON.parse(encodeManifest(sampleManifest()).toString());
  let place = manifest as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) place = place[step] as Record<string | number, unknown>;
  place[path.at(-1) ?? ""] = value;
  return Buffer.from(JSON.stringify(manifest));
}

t.test("refused, with the place", async (t) => {
  const object = { name: "x.age", role: "data", size: 1, sha256: "0".repeat(64) };
  const cases: [(string | number)[], unknown, RegExp][] = [
    [["version"], 2, /version/],
    [["version"], undefined, /version/],
    [["extra"], 1, /extra/],
    [["source", "extra"], 1, /source.*extra/],
    [["backupId"], "20261323T031415Z-0123abcd", /backupId: not a backup id/],
    [["cluster"], "../x", /cluster: not a cluster name/],
    [["host"], "SHA256:abc", /host/],
    [["lakat"], "0.1\n0", /lakat: no control characters/],
    [["startedAt"], "2026-11-23 03:14", /startedAt/],
    [["startedAt"], "2026-11-23T03:14:15+01:00", /startedAt/],
    [["startedAt"], "2026-11-24T00:00:00Z", /finishedAt is before startedAt/],
    [["source", "databases", 0, "lsn"], "x", /source\.databases\.0\.lsn/],
    [["source", "databases", 0, "parts", 0], "key.age", /part key\.age is not among its objects/],
    [["source", "databases", 0, "parts"], [], /belongs to no database/],
    [["source", "databases"], [], /belongs to no database/],
    [["recipients", "recovery"], [], /recipients\.recovery/],
    [["recipients", "recovery", 1, "fingerprint"], `SHA256:${"1".repeat(64)}`, /recovery key appears twice/],
    [["recipients", "dayKey"], undefined, /proof is there exactly when/],
    [["objects", 0, "name"], "../key.age", /objects\.0\.name/],
    [["objects", 0, "name"], "/key.age", /objects\.0\.name/],
    [["objects", 0, "name"], "a/../key.age", /objects\.0\.name/],
    [["objects", 0, "name"], "a/b/key.age", /objects\.0\.name/],
    [["objects", 0, "name"], "a\\key.age", /objects\.0\.name/],
    [["objects", 0, "name"], "", /objects\.0\.name/],
    [["objects", 0, "name"], "other/key.age", /lies in the wrong folder/],
    [["objects", 0, "name"], "proof.age", /a name appears twice/],
    [["objects", 0, "role"], "secret", /objects\.0\.role/],
    [["objects", 0, "role"], "globals", /exactly one key/],
    [["objects", 2, "role"], "inventory", /exactly one globals/],
    [["objects", 3, "database"], undefined, /wrong role for its database|not among its objects/],
    [["objects", 3, "database"], "other", /not among its objects/],
    [["objects", 0, "database"], "other", /wrong role for its database/],
    [["objects", 0, "size"], -1, /objects\.0\.size/],
    [["objects", 0, "size"], 1.5, /objects\.0\.size/],
    [["objects", 0, "sha256"], "AB".repeat(32), /objects\.0\.sha256/],
    [["objects", 6], object, /wrong role for its database/],
    [["copies", 0, "country"], "Germany", /copies\.0\.country/],
    [["copies", 0, "versions"], { "stray.age": "v" }, /stray\.age is not among the objects/],
    [["copies", 0, "versions"], { "../x": "v" }, /copies\.0\.versions/],
    [["copies", 0, "mode"], "NONE", /copies\.0\.mode/],
    [["findings", 0, "code"], "oops", /findings\.0\.code/],
  ];
  for (const [path, value, message] of cases) {
    const expected = { code: "MANIFEST_INVALID", message };
    t.throws(() => parseManifest(withChange(path, value)), expected, path.join("."));
  }
});

t.test("only the one form is read", async (t) => {
  const text = encodeManifest(sampleManifest()).toString();
  const cases: [string, string][] = [
    ["blanks", text.replace('":', '": ')],
    ["a newline at the end", `${text}\n`],
    ["a doubled key", text.replace('"cluster":', '"cluster":"other","cluster":')],
    ["an escaped letter", text.replace('"crm"', '"\\u0063rm"')],
    ["another order", text.replace(/^\{"version":1,(.*)\}$/, '{$1,"version":1}')],
  ];
  for (const [name, changed] of cases) {
    t.not(changed, text);
    const expected = { code: "MANIFEST_INVALID", message: /not in the one form/ };
    t.throws(() => parseManifest(Buffer.from(changed)), expected, name);
  }
  for (const bytes of [Buffer.alloc(0), Buffer.from("{"), Buffer.from([0xff])]) {
    t.throws(() => parseManifest(bytes), { code: "MANIFEST_INVALID", message: /not JSON/ });
  }
  t.throws(() => encodeManifest({ ...sampleManifest(), cluster: ".." }), { code: "MANIFEST_INVALID" });
});
