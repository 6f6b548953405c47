/**
 * Which part of the program may know which other, read off the import statements. The folders are promises
 * (what makes backups holds nothing that opens them), and a wrong import is how a promise begins to leak.
 */
import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import t from "tap";
import ts from "typescript";

/** Files that do I/O, ask the clock or call an outside program, beside src/main.ts and all of ADAPTER_FOLDERS. */
const ADAPTERS = new Set(
  [
    "backup/canary backup/cluster-lock backup/inventory backup/large-objects backup/pg-dump backup/postgres-source",
    "backup/snapshot",
    "demo/demo demo/demo-nginx demo/psql demo/sample-application",
    "restore-test/abandoned-cluster restore-test/confinement restore-test/archive-text restore-test/globals restore-test/initdb restore-test/pg-restore",
    "restore-test/postgres-target restore-test/scratch-host restore-test/postmaster restore-test/proc restore-test/psql restore-test/scratch-cluster",
    "restore-test/scratch-folder restore-test/server-account restore-test/server-process restore-test/target",
    "restore-test/sabotage/change-value restore-test/sabotage/corrupt-index restore-test/sabotage/open-workshop",
    "restore-test/sabotage/sealed-dump",
    "restore-test/to-directory",
    "store/directory-path store/directory-remover store/directory-sink store/directory-source store/upload-journal",
    "store/s3-checksum store/s3-clock store/s3-client store/s3-fault store/s3-multipart store/s3-probe store/s3-read-back",
    "store/s3-region store/s3-remover store/s3-sent store/s3-sink store/s3-source store/s3-upload",
    "version",
  ]
    .join(" ")
    .split(" ")
    .map((name) => `src/${name}.ts`),
);

const ADAPTER_FOLDERS =
  /^src\/(commands|postgres|files|mail|delivery|restore-test\/checks|auth\/(store|adapters|http|browser)|board\/(store|http))\//;

/** Folder → folders it may import from. src/fault.ts may be imported from everywhere. */
const ARROWS: Record<string, string[]> = {
  seal: [],
  store: [],
  concurrency: [],
  postgres: [],
  backup: ["seal", "store", "concurrency", "postgres"],
  "restore-test": ["seal", "store", "concurrency", "postgres"],
  markup: [],
  report: ["seal", "markup"],
  files: [],
  mail: [],
  delivery: ["seal", "report", "store", "files", "mail", "confidential-url"],
  retention: ["seal", "store", "concurrency"],
  demo: ["concurrency", "postgres", "markup", "seal", "report"],
  auth: ["markup", "concurrency", "files", "mail", "confidential-url"],
  board: ["auth", "seal", "report", "markup"],
  commands: [
    "confidential-url",
    "board",
    "auth",
    "markup",
    "seal",
    "store",
    "concurrency",
    "postgres",
    "backup",
    "restore-test",
    "report",
    "delivery",
    "files",
    "mail",
    "retention",
    "demo",
    "config",
    "version",
  ],
  main: ["commands", "version"],
  config: ["quantity", "confidential-url"],
  quantity: [],
  "confidential-url": [],
  fault: [],
  version: [],
};

/** Who may use which package. A file not named here may use none. */
const PACKAGES: [package_: string, files: RegExp][] = [
  ["@aws-sdk/client-s3", /^src\/store\/s3-[a-z0-9-]+\.ts$/],
  ["age-encryption", /^src\/seal\//],
  ["node-forge", /^src\/seal\//],
  ["nodemailer", /^src\/(mail|auth\/adapters)\//],
  ["uqr", /^src\/(seal\/safe-page|auth\/pages\/.*)\.ts$/],
  ["pg", /^src\/(postgres|backup|restore-test|auth\/store)\//],
  ["fastify", /^src\/(auth|board)\/http\//],
  ["argon2", /^src\/auth\/adapters\//],
  ["otplib", /^src\/auth\/totp\.ts$/],
  ["rate-limiter-flexible", /^src\/auth\/store\//],
  ["@zxcvbn-ts/core", /^src\/auth\/password-[a-z-]+\.ts$/],
  ["@zxcvbn-ts/language-common", /^src\/auth\/password-[a-z-]+\.ts$/],
  ["@zxcvbn-ts/language-en", /^src\/auth\/password-[a-z-]+\.ts$/],
  ["openid-client", /^src\/auth\/adapters\//],
  ["@simplewebauthn/server", /^src\/auth\/passkey[a-z-]*\.ts$/],
  ["ipaddr.js", /^src\/auth\/client-address\.ts$/],
  ["pino", /^src\/commands\//],
  ["yaml", /^src\/config\.ts$/],
  ["zod", /^src\/((seal|config|commands|delivery|auth)\/.*|config|quantity)\.ts$/],
];

/** Modules of Node.js that compute and touch nothing. */
const PURE = new Set(
  ["crypto", "path", "util", "url", "stream", "zlib", "events", "buffer"].map((m) => `node:${m}`),
);
const SEAL_MAY = new Set(["node:crypto", "node:util"]);

const EMPTY_NAMES = /^(utils?|types|helpers?|common|index|misc|shared)$/;

interface Import {
  name: string;
  typeOnly: boolean;
}

function importsOf(source: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const from =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined;
    if (from !== undefined && ts.isStringLiteral(from)) {
      const typeOnly =
        (ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) ||
        (ts.isExportDeclaration(node) && node.isTypeOnly);
      found.push({ name: from.text, typeOnly });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Where a file asks its surroundings instead of being told: the clock, timers, the process. */
function surroundingsOf(source: ts.SourceFile): string[] {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText(source) === "Date" && !node.arguments?.length)
      found.add("new Date()");
    if (ts.isPropertyAccessExpression(node)) {
      const text = node.getText(source);
      if (/^(Date|performance)\.now$|^AbortSignal\.timeout$|^process\.[a-zA-Z]+$/.test(text)) found.add(text);
    }
    if (
      ts.isCallExpression(node) &&
      /^set(Timeout|Interval|Immediate)$/.test(node.expression.getText(source))
    )
      found.add(node.expression.getText(source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found];
}

const folderOf = (file: string): string => /^src\/([^/.]+)/.exec(file)?.[1] ?? "";
const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
const ioAllowed = (file: string): boolean =>
  ADAPTERS.has(file) || file === "src/main.ts" || ADAPTER_FOLDERS.test(file);

/** Every broken rule in one file, each as a sentence with file, import and rule. */
function violationsIn(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const folder = folderOf(file);
  const broken: string[] = [];
  for (const { name, typeOnly } of importsOf(source)) {
    const say = (rule: string): void => void broken.push(`${file} imports ${name}: ${rule}`);
    if (name.startsWith(".")) {
      const target = posix.join(posix.dirname(file), name);
      const to = folderOf(target);
      if (!name.endsWith(".ts")) say("imports of ours carry .ts");
      if (target !== "src/fault.ts" && to !== folder && !(ARROWS[folder] ?? []).includes(to))
        say(`${folder} may import ${ARROWS[folder]?.join(", ") || "nothing of ours but fault"}`);
      if (
        /^(backup|restore-test|delivery)$/.test(folder) &&
        to === "store" &&
        target !== "src/store/object-store.ts"
      )
        say("flows know a store by its port, src/store/object-store.ts; commands hand them the adapter");
      if (!typeOnly && !ioAllowed(file) && target !== "src/main.ts" && ioAllowed(target))
        say("only adapters and commands may import an adapter; name this file after its tool or hand it in");
    } else if (name.startsWith("node:")) {
      if (folder === "seal" && !SEAL_MAY.has(name))
        say("seal computes: node:crypto and node:util are all it needs");
      else if (!PURE.has(name) && !ioAllowed(file)) say("only adapters and commands do I/O");
    } else {
      const rule = PACKAGES.find(([package_]) => package_ === packageOf(name));
      if (rule?.[1].test(file) !== true)
        say(`only files that match ${String(rule?.[1] ?? "nothing")} use this package`);
      else if (name === "pg" && !typeOnly && !ioAllowed(file)) say("only adapters talk to PostgreSQL");
    }
  }
  if (!ioAllowed(file))
    for (const what of surroundingsOf(source))
      broken.push(`${file} uses ${what}: outside adapters and commands, time and surroundings are arguments`);
  if (EMPTY_NAMES.test(posix.basename(file, ".ts"))) broken.push(`${file} has a name that says nothing`);
  return broken;
}

const files = globSync("src/**/*.ts", { cwd: new URL("..", import.meta.url).pathname }).sort();
const textOf = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");

t.test("no file imports what it may not", async (t) => {
  t.ok(files.length > 50, "the source was found");
  for (const file of files) {
    const text = textOf(file);
    t.strictSame(violationsIn(file, text), [], file);
    t.ok(folderOf(file) in ARROWS, `${file} lies in a folder that has rules`);
  }
  t.strictSame(
    [...ADAPTERS].filter((file) => !files.includes(file)),
    [],
    "every adapter listed here exists",
  );
});

t.test("the check itself sees what it is for", async (t) => {
  const cases: [file: string, text: string, sentence: RegExp | undefined][] = [
    [
      "src/seal/a.ts",
      'import { x } from "../store/retention.ts";',
      /seal may import nothing of ours but fault/,
    ],
    ["src/seal/a.ts", 'import { x } from "node:fs";', /seal computes/],
    ["src/seal/a.ts", 'import pg from "pg";', /use this package/],
    ["src/seal/a.ts", 'export { Fault } from "../fault.ts";', undefined],
    ["src/store/a.ts", 'import { x } from "../seal/age.ts";', /store may import nothing of ours but fault/],
    ["src/store/a.ts", 'import { S3Client } from "@aws-sdk/client-s3";', /use this package/],
    ["src/backup/a.ts", 'import { x } from "../restore-test/unlock.ts";', /backup may import seal, store/],
    [
      "src/restore-test/a.ts",
      'const x = await import("../backup/parts.ts");',
      /restore-test may import seal/,
    ],
    ["src/backup/a.ts", 'import { openS3Sink } from "../store/s3-sink.ts";', /know a store by its port/],
    ["src/backup/a.ts", 'import { openSnapshot } from "./snapshot.ts";', /may import an adapter/],
    ["src/backup/a.ts", 'import type { Snapshot } from "./snapshot.ts";', undefined],
    ["src/backup/a.ts", 'import pg from "pg";', /only adapters talk to PostgreSQL/],
    ["src/backup/a.ts", 'import { readFile } from "node:fs/promises";', /only adapters and commands do I\/O/],
    ["src/backup/a.ts", 'import x from "../commands/log.ts";', /backup may import/],
    ["src/backup/a.ts", "const t = new Date();", /uses new Date\(\)/],
    ["src/backup/a.ts", "const t = Date.now();", /uses Date\.now/],
    ["src/backup/a.ts", "const t = new Date(0); // new Date()", undefined],
    ["src/backup/a.ts", 'const t = process.env["HOME"];', /uses process\.env/],
    ["src/backup/a.ts", "setTimeout(f, 1);", /uses setTimeout/],
    ["src/commands/a.ts", "const t = Date.now();", undefined],
    ["src/commands/a.ts", 'import x from "left-pad";', /use this package/],
    ["src/backup/a.ts", 'import { Fault } from "../fault";', /carry \.ts/],
    ["src/backup/utils.ts", "", /a name that says nothing/],
  ];
  for (const [file, text, sentence] of cases) {
    const broken = violationsIn(file, text);
    if (sentence === undefined) t.strictSame(broken, [], text);
    else
      t.ok(
        broken.some((said) => said.startsWith(file) && sentence.test(said)),
        `${file}: ${text}`,
        { broken },
      );
  }
});

t.test("package.json names exactly the packages that the program uses", async (t) => {
  const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const used = new Set<string>();
  for (const file of files)
    for (const { name } of importsOf(ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true)))
      if (!name.startsWith(".") && !name.startsWith("node:")) used.add(packageOf(name));
  t.strictSame(
    [...used].sort(),
    Object.keys(dependencies).sort(),
    "each import declared, each dependency used",
  );
  for (const [name, version] of Object.entries(dependencies))
    t.match(version, /^\d+\.\d+\.\d+$/, `${name} is pinned exactly`);
  t.strictSame(
    PACKAGES.map(([name]) => name).sort(),
    Object.keys(dependencies).sort(),
    "each package has a rule",
  );
});
