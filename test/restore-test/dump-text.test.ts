/** The text of dumps, in pieces of every size, and laws of what its rows come to. */
import fc from "fast-check";
import t from "tap";
import { DumpText } from "../../src/restore-test/dump-text.ts";
import { differences, TableHashes, tableOf, type Contents } from "../../src/restore-test/table-hashes.ts";

const KEY = Buffer.alloc(32, 7);

function hashesOf(pieces: Iterable<Buffer | string>, key = KEY): Contents {
  const hashes = new TableHashes(key);
  const text = new DumpText(hashes);
  for (const piece of pieces) text.push(Buffer.from(piece));
  text.end();
  return hashes.result();
}

const table = (name: string, rows: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat([
    Buffer.from(`COPY ${name} FROM stdin;\n`),
    ...rows.flatMap((row) => [Buffer.from(row), Buffer.from("\n")]),
    Buffer.from("\\.\n"),
  ]);

const summary = ({ tables, sequences }: Contents): string[] => [
  ...[...tables.values()].map(({ kind, name, rows }) => `${kind} ${name} ${rows}`),
  ...[...sequences].map(([name, values]) => `sequence ${name} ${values.size}`),
];

const ODD = `--
-- PostgreSQL database dump
--

\\restrict word

SET client_encoding = 'LATIN2';
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Data for Name: it's; Type: TABLE DATA; Schema: a "b
--

COPY "a ""b;
COPY c FROM stdin;
"."it's" (id, "(new
line)") FROM stdin;
1\tCOPY public.other (a) FROM stdin;
2\t\\\\.
\\\\.
3\tone\rtwo\r
SELECT pg_catalog.setval('s', 1, true);
--
\\.


COPY public.none  FROM stdin;


\\.

COPY public.empty (a) FROM stdin;
\\.

SELECT pg_catalog.setval('public."it''s;
"', 3, true);

BEGIN;

SELECT pg_catalog.lo_open('7', 131072);
SELECT pg_catalog.lowrite(0, '\\x0aff');
SELECT pg_catalog.lowrite(0, '\\x00');
SELECT pg_catalog.lo_close(0);

SELECT pg_catalog.lo_open('8', 131072);
SELECT pg_catalog.lo_close(0);

COMMIT;

\\unrestrict word
`;

t.test("what looks like something else in rows and names, cut at every byte", async (t) => {
  const whole = hashesOf([ODD]);
  t.strictSame(summary(whole), [
    `table "a ""b;\nCOPY c FROM stdin;\n"."it's" (id, "(new\nline)") 6`,
    "table public.none 2",
    "table public.empty (a) 0",
    "large objects  2",
    `sequence public."it's;\n" 1`,
  ]);
  const bytes = Buffer.from(ODD);
  for (let at = 0; at <= bytes.length; at++)
    t.strictSame(hashesOf([bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at ${at}`);
  t.strictSame(hashesOf(bytes.toString("latin1")), whole, "byte by byte");
  const text = new DumpText(new TableHashes(KEY));
  text.push(bytes);
  t.equal(text.encoding, "LATIN2");
  t.equal(text.bytes, bytes.length);
});

t.test("a piece is read before push returns, so its owner may write over it", async (t) => {
  const hashes = new TableHashes(KEY);
  const text = new DumpText(hashes);
  const buffer = Buffer.alloc(3);
  const bytes = Buffer.from(ODD);
  for (let at = 0; at < bytes.length; at += 3) {
    const length = bytes.copy(buffer, 0, at);
    text.push(buffer.subarray(0, length));
    buffer.fill(0);
  }
  text.end();
  t.strictSame(hashes.result(), hashesOf([ODD]));
});

t.test("rows of every length come to the same however they are cut", async (t) => {
  for (const length of [0, 1, 95, 96, 97, 2047, 2048, 65_439, 65_440, 65_441, 65_536, 65_537, 300_000]) {
    const row = Buffer.alloc(length, "ő");
    const text = table("a.b (c)", [row, "x", row]);
    const whole = hashesOf([text]);
    t.strictSame(summary(whole), ["table a.b (c) 3"]);
    for (const size of [1000, 65_536, 65_535]) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < text.length; at += size) pieces.push(text.subarray(at, at + size));
      t.strictSame(hashesOf(pieces), whole, `${length} in pieces of ${size}`);
    }
    if (length > 0) {
      const other = Buffer.from(row);
      other[length - 1] = 0x78;
      t.not(hashesOf([table("a.b (c)", [row, "x", other])]).tables.get("table a.b (c)")?.hash, hashOf(whole));
    }
  }
});

const hashOf = (hashes: Contents): string | undefined => hashes.tables.get("table a.b (c)")?.hash;
const sum = (rows: readonly string[]): string | undefined => hashOf(hashesOf([table("a.b (c)", rows)]));

t.test("laws: order means nothing, everything else does", async () => {
  const row = fc.string({ maxLength: 200, unit: "binary" }).map((text) => text.replace(/[\n\\]/g, "_"));
  const rows = fc.array(row, { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(rows, fc.infiniteStream(fc.nat()), (rows, random) => {
      const any = [...rows];
      for (let i = any.length - 1; i > 0; i--) {
        const j = (random.next().value ?? 0) % (i + 1);
        [any[i], any[j]] = [any[j] ?? "", any[i] ?? ""];
      }
      if (sum(any) !== sum(rows)) return false;
      const at = (random.next().value ?? 0) % rows.length;
      const one = rows[at] ?? "";
      const flipped = Array.from(one);
      const place = (random.next().value ?? 0) % Math.max(flipped.length, 1);
      flipped[place] = flipped[place] === "z" ? "y" : "z";
      const others = [
        rows.toSpliced(at, 1),
        rows.toSpliced(at, 0, one),
        rows.toSpliced(at, 0, one, one),
        rows.with(at, `${one}y`),
        rows.with(at, flipped.join("")),
      ];
      return others.every((other) => sum(other) !== sum(rows));
    }),
  );
});

t.test("law: a table in several blocks, or read from several texts, is the same table", async () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{0,9}$/)), fc.nat(20), (rows, at) => {
      const blocks = [rows.slice(0, at), rows.slice(at)].map((some) => table("a.b (c)", some));
      const hashes = new TableHashes(KEY);
      for (const block of blocks) {
        const text = new DumpText(hashes);
        text.push(block);
        text.end();
      }
      return sum(rows) === hashOf(hashesOf(blocks)) && sum(rows) === hashOf(hashes.result());
    }),
  );
});

t.test("the key counts", async (t) => {
  const text = table("a.b (c)", ["1"]);
  t.not(hashOf(hashesOf([text])), hashOf(hashesOf([text], Buffer.alloc(32, 8))));
});

t.test("large objects: bytes and numbers count, not where they are cut", async (t) => {
  const object = (oid: number, ...pieces: string[]): string =>
    [
      `SELECT pg_catalog.lo_open('${oid}', 131072);`,
      ...pieces.map((piece) => `SELECT pg_catalog.lowrite(0, '\\x${piece}');`),
      "SELECT pg_catalog.lo_close(0);\n",
    ].join("\n");
  const hash = (...objects: string[]): string | undefined =>
    hashesOf(objects).tables.get("large objects ")?.hash;
  const whole = hash(object(1, "00ff"), object(2, "01"));
  t.equal(hash(object(2, "01"), object(1, "00", "ff")), whole);
  t.not(hash(object(1, "01"), object(2, "00ff")), whole, "exchanged");
  t.not(hash(object(1, "00fe"), object(2, "01")), whole, "changed");
  t.not(hash(object(1, "ff00"), object(2, "01")), whole, "in another order");
  const old = object(1, "00ff").replaceAll("'\\x", "'\\\\x");
  t.equal(hash(old, object(2, "01")), whole, "written with standard_conforming_strings off");
});

t.test("a sequence's name is the same with and without standard_conforming_strings", async (t) => {
  const on = hashesOf([`SELECT pg_catalog.setval('a."\\"', 1, true);\n`]);
  const off = [
    `SET standard_conforming_strings = off;\n`,
    `SELECT pg_catalog.setval('a."\\\\"', 1, true);\n`,
  ];
  t.strictSame(hashesOf(off), on);
});

t.test("a text that breaks off is none", async (t) => {
  const breaks = { code: "CHECK_FAILED", message: /breaks off/ };
  for (const text of [
    "COPY a.b (c) FROM stdin;\n1\n",
    "COPY a.b (c) FROM stdin;\n\\.",
    'COPY a."b',
    "SELECT pg_catalog.lo_open('1', 131072);\n",
  ])
    t.throws(() => hashesOf([text]), breaks, text);
  const endless = new DumpText(new TableHashes(KEY));
  t.throws(
    () => {
      for (let n = 0; n < 20; n++) endless.push(Buffer.alloc(2 ** 20, "x"));
    },
    { code: "CHECK_FAILED", message: /line that is too long/ },
  );
});

t.test("differences: one line each, no row in them", async (t) => {
  const archive = hashesOf([
    table('public."it\'s\nő" (a)', ["secret"]),
    table("a.same (a)", ["1", "2"]),
    table("a.fewer (a)", ["1", "2"]),
    table("a.gone (a)", []),
    "SELECT pg_catalog.setval('a.s', 1, true);\n",
  ]);
  const restored = hashesOf([
    table('public."it\'s\nő" (a)', ["other"]),
    table("a.same (a)", ["2", "1"]),
    table("a.fewer (a)", ["1"]),
    table("a.more (a)", []),
    "SELECT pg_catalog.setval('a.s', 2, true);\n",
  ]);
  t.strictSame(differences(archive, restored), [
    `table public."it's ő": 1 rows as in the archive, but not the same ones`,
    "table a.fewer: 1 rows instead of the archive's 2",
    "table a.gone: in the archive, but not restored",
    "table a.more: restored, but not in the archive",
    "sequence a.s: set to another value than in the archive",
  ]);
  t.strictSame(differences(archive, archive), []);
});

t.test("a sequence may be set by several parts, and one of the values is what a restore has", async (t) => {
  const set = (value: number): string => `SELECT pg_catalog.setval('a.s', ${value}, true);\n`;
  const archive = hashesOf([set(5), set(7)]);
  t.strictSame(differences(archive, hashesOf([set(5)])), []);
  t.strictSame(differences(archive, hashesOf([set(7)])), []);
  t.equal(differences(archive, hashesOf([set(6)])).length, 1);
  t.strictSame(differences(archive, hashesOf([])), ["sequence a.s: in the archive, but not restored"]);
  t.strictSame(differences(hashesOf([]), archive), ["sequence a.s: restored, but not in the archive"]);
});

t.test("columns in another order, where that may be", async (t) => {
  const long = "x".repeat(200_000);
  const one = table('a.b (id, "odd, (name)", c)', [`1\ttwo\t${long}`, "2\t\\N\t"]);
  const other = table('a.b ("odd, (name)", c, id)', ["\\N\t\t2", `two\t${long}\t1`]);
  const wrong = table('a.b ("odd, (name)", c, id)', ["\t\\N\t2", `two\t${long}\t1`]);
  const read = (text: Buffer, size = text.length): Contents => {
    const hashes = new TableHashes(KEY, ({ schema, name }) => schema === "a" && name === "b");
    const reader = new DumpText(hashes);
    for (let at = 0; at < text.length; at += size) reader.push(text.subarray(at, at + size));
    reader.end();
    return hashes.result();
  };
  t.strictSame(differences(read(one), read(other)), []);
  for (const size of [1, 7, 65_536]) t.strictSame(read(one, size), read(one), `pieces of ${size}`);
  t.strictSame(differences(read(one), read(wrong)), [
    "table a.b: 2 rows as in the archive, but not the same ones",
  ]);
  t.equal(differences(hashesOf([one]), hashesOf([other])).length, 2, "elsewhere it is another table");
});

t.test("a COPY's table is taken apart", async (t) => {
  t.strictSame(tableOf('"a ""."."b."" (" (c)'), {
    schema: 'a ".',
    name: 'b." (',
    text: '"a ""."."b."" ("',
    columns: ["c"],
  });
  t.strictSame(tableOf("plain.no_columns"), {
    schema: "plain",
    name: "no_columns",
    text: "plain.no_columns",
    columns: [],
  });
  const latin1 = Buffer.from('ő."é"').toString("latin1");
  t.match(tableOf(latin1), { schema: "ő", name: "é" });
});
