/** What the pages say can be looked up: commands, packages, exit codes, links. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import t from "tap";
import { CATALOGUE } from "../../src/commands/catalogue.ts";
import { configSchema } from "../../src/config.ts";
import { CANARY_TYPE } from "../../src/seal/canary.ts";
import { DAY_KEY_TYPE } from "../../src/seal/day-key.ts";
import { encodeManifest, MANIFEST_TYPE } from "../../src/seal/manifest.ts";
import { sampleManifest } from "../fixtures/manifest.ts";

const root = join(import.meta.dirname, "../..");
const text = (path: string): string => readFileSync(join(root, path), "utf8");
/** First and second cell of each row whose first cell is code, without the marks of code. */
const rows = (page: string): [string, string][] =>
  [...page.matchAll(/^\| `([^`]+)` +\| (.*?) +\|/gm)].map(([, a = "", b = ""]) => [
    a,
    b.replace(/^`([^`]*)`$/, "$1"),
  ]);

const pages = ["*.md", "docs/*.md", "infra/**/*.md"].flatMap((pattern) => globSync(pattern, { cwd: root }));
/** A command as it is typed, and its name. */
const TYPED =
  /\blakat ((?:backup|drill|report|keys (?:recovery|host|day)|gateway|staff(?: grant)?|audit(?! tombstone)|config|demo) [a-z-]+|restore\b)[^`|\n]*/g;

t.test("README lists exactly the commands there are", async (t) => {
  const section = text("README.md").split("## Commands")[1]?.split("## ")[0] ?? "";
  t.strictSame(
    rows(section).map(([name]) => name),
    Object.keys(CATALOGUE).map((name) => `lakat ${name}`),
  );
});

t.test("ARCHITECTURE gives a reason for exactly the packages there are", async (t) => {
  const { dependencies, devDependencies } = JSON.parse(text("package.json")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >;
  const section = text("ARCHITECTURE.md").split("## Dependencies")[1]?.split("\n## ")[0] ?? "";
  t.strictSame(Object.fromEntries(rows(section)), { ...dependencies, ...devDependencies });
});

t.test("formats.md names the manifest's fields in their order, and the payload types", async (t) => {
  const page = text("docs/formats.md");
  const section = page.split("### Manifest")[1]?.split("\n### ")[0] ?? "";
  const written = JSON.parse(encodeManifest(sampleManifest()).toString()) as object;
  t.strictSame(
    rows(section).map(([field]) => field),
    Object.keys(written),
  );
  t.match(page, MANIFEST_TYPE);
  t.match(page, DAY_KEY_TYPE);
  t.match(page, CANARY_TYPE);
});

t.test("every link between pages leads somewhere, and every option named exists", async (t) => {
  t.ok(pages.length >= 7);
  const helps = new Set(["--help", "--json"]);
  for (const { load } of Object.values(CATALOGUE))
    for (const option of Object.keys((await load()).command.options)) helps.add(`--${option}`);
  for (const page of pages) {
    const content = text(page);
    for (const [, link = ""] of content.matchAll(/\]\(([^)#]+?)(?:#[^)]*)?\)/g))
      if (!/^https?:/.test(link)) t.ok(existsSync(join(root, dirname(page), link)), `${page}: ${link}`);
    for (const [command = "", name = ""] of content.matchAll(TYPED)) {
      t.ok(name.trim() in CATALOGUE, `${page}: lakat ${name}`);
      for (const [, option = ""] of command.matchAll(/ (--[a-z-]+)/g))
        t.ok(helps.has(option), `${page}: ${option} in ${command}`);
    }
  }
});

t.test("every unit named on a page exists", async (t) => {
  const units = new Set(globSync("infra/systemd/*", { cwd: root }).map((path) => basename(path)));
  for (const page of pages)
    for (const [unit] of text(page).matchAll(/(?<![\w/*{-])lakat-[a-z-]+@?\.(?:service|timer)\b/g))
      t.ok(units.has(unit), `${page}: ${unit}`);
  const [, braces = ""] =
    /infra\/systemd\/lakat-\{([a-z,-]+)\}\.\{service,timer\}/.exec(text("README.md")) ?? [];
  t.ok(braces.split(",").length > 3);
  for (const name of braces.split(","))
    for (const kind of ["service", "timer"]) t.ok(units.has(`lakat-${name}.${kind}`), `${name}.${kind}`);
});

t.test("what is promised not to be there is not there", async (t) => {
  t.notOk(
    Object.keys(CATALOGUE).some((name) => /\bwal\b|pitr/.test(name)),
    "else the pages are old",
  );
  // As words: t.notMatch would print the whole schema.
  t.strictSame(JSON.stringify(configSchema()).match(/ml-?kem|oidc|saml|oauth|passkey|webauthn/gi), null);
});
