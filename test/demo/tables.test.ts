import { createHash } from "node:crypto";
import { constants, zstdCompressSync } from "node:zlib";
import t from "tap";
import { demoTables, type DemoTable } from "../../src/demo/tables.ts";

function bytesOf(table: DemoTable): Buffer {
  return Buffer.concat([...table.chunks].map(({ data }) => Buffer.from(data)));
}

function hashes(seed: number, bytes: number): string[] {
  return demoTables(seed, bytes).map((table) => createHash("sha256").update(bytesOf(table)).digest("hex"));
}

/** Column name → values, of one table. */
function columns(name: string, bytes: number): Record<string, string[]> {
  const table = demoTables(1, bytes).find((one) => one.name === name);
  if (table === undefined) throw new Error(`no table ${name}`);
  const rows = bytesOf(table).toString().split("\n").slice(0, -1);
  const cells = rows.map((row) => row.split("\t"));
  const odd = cells.find((row) => row.length !== table.columns.length);
  if (odd !== undefined) throw new Error(`${name}: not a cell for every column: ${odd.join("|")}`);
  return Object.fromEntries(table.columns.map((column, at) => [column, cells.map((row) => row[at] ?? "")]));
}

t.test("the same seed and size give the same bytes, others do not", async (t) => {
  t.same(hashes(7, 1e6), hashes(7, 1e6));
  const other = hashes(8, 1e6);
  hashes(7, 1e6).forEach((hash, at) => t.not(hash, other[at]));
});

t.test("tables read at the same time do not disturb each other", async (t) => {
  const tables = demoTables(7, 3e5).map((table) => ({
    hash: createHash("sha256"),
    from: table.chunks[Symbol.iterator](),
  }));
  for (let open = true; open;) {
    open = false;
    for (const { hash, from } of tables) {
      const next = from.next();
      if (next.done === true) continue;
      hash.update(next.value.data);
      open = true;
    }
  }
  t.same(
    tables.map(({ hash }) => hash.digest("hex")),
    hashes(7, 3e5),
  );
});

t.test("it compresses as such data does, about three to four times", async (t) => {
  const bytes = Buffer.concat(demoTables(3, 5e6).map(bytesOf));
  const packed = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  const ratio = bytes.length / packed.length;
  t.ok(ratio > 2.5 && ratio < 4.5, ratio.toFixed(2));
  t.ok(Math.abs(bytes.length / 5e6 - 1) < 0.1, `${bytes.length} bytes`);
});

t.test("companies: tax numbers with their check digit, telephones, reserved domains", async (t) => {
  const {
    country = [],
    tax_number = [],
    phone = [],
    email = [],
    website = [],
    name = [],
    legal_form = [],
  } = columns("companies", 2e7);
  t.equal(new Set(tax_number).size, tax_number.length, "no tax number twice");
  const valid = tax_number.filter((text, at) => {
    const code = text.replace(/^RO/, "");
    const digits = Array.from({ length: 8 }, (_, n) => Number(code[n]));
    const weights = country[at] === "HU" ? [9, 7, 3, 1, 9, 7, 3] : [5, 3, 2, 1, 7, 5, 3];
    const sum = weights.reduce((total, weight, n) => total + weight * (digits[n] ?? 0), 0);
    const check = country[at] === "HU" ? (10 - (sum % 10)) % 10 : ((sum * 10) % 11) % 10;
    const form = country[at] === "HU" ? /^\d{8}-[123]-\d\d$/ : /^RO\d{8}$/;
    return form.test(text) && digits[7] === check;
  });
  t.equal(valid.length, tax_number.length);
  t.ok(phone.every((one, at) => one.startsWith(country[at] === "HU" ? "+36 " : "+40 ")));
  t.ok(email.every((one) => /^[a-z]+@[a-z0-9-]+\.example$/.test(one)));
  t.ok(website.every((one) => one === "\\N" || one.endsWith(".example/")));
  t.ok(name.every((one, at) => one.endsWith(` ${String(legal_form[at])}`)));
  t.ok(["Kft.", "Zrt.", "Bt.", "S.R.L.", "S.A."].every((form) => legal_form.includes(form)));
});

t.test("people: names in both languages, addresses at reserved domains", async (t) => {
  const { language = [], family_name = [], given_name = [], email = [] } = columns("contacts", 2e6);
  t.ok(language.includes("hu") && language.includes("ro"));
  t.ok(family_name.some((name) => /[őű]/.test(name)) && family_name.some((name) => /[șțăâ]/.test(name)));
  t.ok(given_name.every((name) => /^\p{Lu}\p{L}+$/u.test(name)));
  t.ok(email.every((one) => one === "\\N" || /^[a-z.-]+@[a-z0-9-]+\.example$/.test(one)));
});

t.test("notes: text in which little comes twice", async (t) => {
  const { body = [] } = columns("notes", 2e6);
  t.ok(new Set(body).size > body.length * 0.99);
  t.notOk(body.some((text) => /undefined|NaN|\[object/.test(text)));
  const sentences = body.flatMap((text) => text.split(/(?<=\.) |\\n/));
  t.ok(new Set(sentences).size > sentences.length * 0.6, `${new Set(sentences).size} of ${sentences.length}`);
});
