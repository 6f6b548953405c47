import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import type { Test } from "tap";
import { Fault } from "../../src/fault.ts";
import { newBackupKey, openBytes, openStream, sealBytes, sealStream } from "../../src/seal/age.ts";
import { cutInto, gather } from "../fixtures/pieces.ts";
import { run } from "../fixtures/programs.ts";

const CHUNK = 64 * 1024;
const SEALED = CHUNK + 16;
const EDGES = [0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 10 * 65536, 1_000_000];

/** How opening ends: `whole`, or the fault's code and message. */
async function outcome(sealed: Buffer, identity: string, sizes: readonly number[]): Promise<string> {
  try {
    await gather(openStream(cutInto(sealed, sizes), [identity]));
    return "whole";
  } catch (error) {
    if (error instanceof Fault) return `${error.code}: ${error.message}`;
    throw error;
  }
}

async function refused(t: Test, sealed: Buffer, identity: string, expected: RegExp, name: string) {
  for (const sizes of [[sealed.length], [1021], [SEALED]]) {
    t.match(await outcome(sealed, identity, sizes), expected, `${name}, in pieces of ${sizes.join()}`);
  }
}

t.test("what we seal, the age program opens, and the other way round", async (t) => {
  const { identity, recipient } = await newBackupKey();
  const keyFile = join(t.testdir(), "backup.key");
  writeFileSync(keyFile, `${identity}\n`);
  for (const size of EDGES) {
    const plain = randomBytes(size);
    const ours = await gather(sealStream(cutInto(plain, [100_000]), [recipient]));
    t.ok((await run("age", ["-d", "-i", keyFile], ours)).equals(plain), `age opens ${size} bytes of ours`);
    const theirs = await run("age", ["-r", recipient], plain);
    t.ok((await openBytes(theirs, [identity])).equals(plain), `we open ${size} bytes of age's`);
    t.equal(ours.length, theirs.length, `${size} bytes seal to the same size`);
  }
});

t.test("any bytes in any pieces come back", async (t) => {
  const { identity, recipient } = await newBackupKey();
  const sizes = fc.array(fc.oneof(fc.nat(5), fc.nat(200_000), fc.constantFrom(CHUNK, SEALED, 2 * CHUNK)), {
    minLength: 1,
    maxLength: 6,
  });
  const lengths = fc.oneof(fc.nat(400_000), fc.constantFrom(...EDGES));
  await fc.assert(
    fc.asyncProperty(lengths, sizes, sizes, async (length, cuts, sealedCuts) => {
      const big = (s: number[]) => [...s, 4099];
      const plain = randomBytes(length);
      const sealed = await gather(sealStream(cutInto(plain, big(cuts)), [recipient]));
      const opened = await gather(openStream(cutInto(sealed, big(sealedCuts)), [identity]));
      return opened.equals(plain);
    }),
    { numRuns: 60 },
  );
  t.pass("held for 60 cases");
});

t.test("single bytes, and empty buffers between them", async (t) => {
  const { identity, recipient } = await newBackupKey();
  const plain = randomBytes(CHUNK + 3);
  const sealed = await gather(sealStream(cutInto(plain, [1, 0]), [recipient]));
  t.ok((await gather(openStream(cutInto(sealed, [1, 0]), [identity]))).equals(plain));
});

t.test("buffers are of a useful size, whatever comes in", async (t) => {
  const { recipient } = await newBackupKey();
  for (const size of [1000, CHUNK, 1024 * 1024]) {
    const seen: number[] = [];
    for await (const part of sealStream(cutInto(Buffer.alloc(20 * CHUNK), [size]), [recipient])) {
      seen.push(part.length);
    }
    t.equal(Math.max(...seen), CHUNK, `at most a chunk from pieces of ${size}`);
    t.equal(seen.length, 1 + 20 * 2, `the header, then two for each chunk, from pieces of ${size}`);
  }
});

t.test("the header may arrive in any pieces", async (t) => {
  const keys = await Promise.all(Array.from({ length: 40 }, () => newBackupKey()));
  const sealed = await sealBytes(
    Buffer.from("x"),
    keys.map((k) => k.recipient),
  );
  for (const sizes of [[1], [7], [4096], [4097]]) {
    const opened = await gather(openStream(cutInto(sealed, sizes), [keys[39]?.identity ?? ""]));
    t.equal(opened.toString(), "x", `pieces of ${sizes.join()}`);
  }
});

t.test("a changed file is refused, and the fault says where", async (t) => {
  const { identity, recipient } = await newBackupKey();
  const chunks = 4;
  const full = await sealBytes(randomBytes(chunks * CHUNK), [recipient]);
  const headerEnd = full.length - chunks * SEALED;
  const head = full.subarray(0, headerEnd);
  const chunk = (n: number) => full.subarray(headerEnd + n * SEALED, headerEnd + (n + 1) * SEALED);
  const body = (...order: number[]) => Buffer.concat([head, ...order.map(chunk)]);
  t.equal(await outcome(full, identity, [full.length]), "whole");

  for (let n = 0; n < chunks; n++) {
    const at = headerEnd + n * SEALED;
    const last = n === chunks - 1;
    for (const offset of [0, 1, CHUNK - 1, CHUNK, SEALED - 1]) {
      const flipped = Buffer.from(full);
      flipped[at + offset] = (flipped[at + offset] ?? 0) ^ 1;
      await refused(t, flipped, identity, new RegExp(`AGE_INVALID.*chunk ${n + 1} is damaged`), `flip ${n}`);
    }
    for (const [kept, expected] of [
      [0, n === 0 ? /end is missing in chunk 1/ : new RegExp(`end is missing after chunk ${n}: .*cut short`)],
      [1, new RegExp(`end is missing in chunk ${n + 1}`)],
      [15, new RegExp(`end is missing in chunk ${n + 1}`)],
      [16, new RegExp(`chunk ${n + 1} is damaged, or the end is missing`)],
      [SEALED - 1, new RegExp(`chunk ${n + 1} is damaged, or the end is missing`)],
    ] as const) {
      await refused(t, full.subarray(0, at + kept), identity, expected, `cut ${kept} bytes into chunk ${n}`);
    }
    const without = [0, 1, 2, 3].filter((i) => i !== n);
    await refused(
      t,
      body(...without),
      identity,
      last ? /end is missing after chunk 3/ : new RegExp(`chunk ${n + 1} is damaged`),
      `without chunk ${n}`,
    );
    if (!last) {
      const swapped = [0, 1, 2, 3];
      [swapped[n], swapped[n + 1]] = [n + 1, n];
      await refused(t, body(...swapped), identity, new RegExp(`chunk ${n + 1} is damaged`), `swap at ${n}`);
      const doubled = [0, 1, 2, 3].flatMap((i) => (i === n ? [i, i] : [i]));
      await refused(t, body(...doubled), identity, new RegExp(`chunk ${n + 2} is damaged`), `double ${n}`);
    }
  }
  const more = (tail: Buffer) => Buffer.concat([full, tail]);
  await refused(t, more(Buffer.alloc(1)), identity, /bytes follow after the end, which is chunk 4/, "1 more");
  await refused(t, more(chunk(3)), identity, /bytes follow after the end, which is chunk 4/, "end twice");
});

t.test("an end of its own that holds nothing is refused", async (t) => {
  const { identity, recipient } = await newBackupKey();
  const { ChunkSealer } = await import("../../src/seal/age-payload.ts");
  const { newHeader } = await import("../../src/seal/age-header.ts");
  const { header, fileKey } = await newHeader([recipient]);
  const nonce = randomBytes(16);
  const sealer = new ChunkSealer(fileKey, nonce);
  const payload = [...sealer.seal([Buffer.alloc(CHUNK)], false), ...sealer.seal([], true)];
  await refused(t, Buffer.concat([header, nonce, ...payload]), identity, /chunk 2 is empty/, "empty end");
});

t.test("a changed header is refused", async (t) => {
  const { identity, recipient } = await newBackupKey();
  const sealed = await sealBytes(Buffer.from("secret"), [recipient]);
  const header = sealed.toString("latin1", 0, sealed.length - 16 - 16 - 6);
  const rest = sealed.subarray(header.length);
  const changed = (text: string) => Buffer.concat([Buffer.from(text, "latin1"), rest]);
  const cases: [string, Buffer, RegExp][] = [
    ["empty", Buffer.alloc(0), /header.*the file is empty/],
    ["not age", randomBytes(100), /not an age v1 file/],
    ["version 2", changed(header.replace("/v1", "/v2")), /not an age v1 file/],
    ["cut in the header", sealed.subarray(0, 50), /header.*ends within it/],
    ["cut before the nonce", sealed.subarray(0, header.length + 3), /header.*ends within it/],
    ["CRLF", changed(header.replaceAll("\n", "\r\n")), /not an age v1 file/],
    ["no stanza", changed(header.replace(/-> .*\n.*\n/, "")), /header/],
    ["stanza added", changed(header.replace("\n---", "\n-> grease x\n\n---")), /invalid header HMAC/],
    ["MAC cut", changed(header.slice(0, -4) + "\n"), /header/],
    ["trailing blank", changed(header.replace("\n---", " \n---")), /header/],
    ["never ends", Buffer.from("age-encryption.org/v1\n" + "-> x y\n".repeat(200_000)), /within 1 MiB/],
    ["one endless line", Buffer.from("age-encryption.org/v1\n-> " + "x".repeat(1_100_000)), /within 1 MiB/],
  ];
  for (const [name, file, expected] of cases) {
    const ended = await outcome(file, identity, [1000]);
    t.match(ended, /^AGE_INVALID/, name);
    t.match(ended, expected, name);
  }
  for (let at = 22; at < header.length; at++) {
    const flipped = Buffer.from(sealed);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    t.not(await outcome(flipped, identity, [sealed.length]), "whole", `header byte ${at}`);
  }
});

t.test("the wrong key is told from a damaged file", async (t) => {
  const [mine, other] = [await newBackupKey(), await newBackupKey()];
  const sealed = await sealBytes(Buffer.from("secret"), [other.recipient, other.recipient]);
  const ended = await outcome(sealed, mine.identity, [sealed.length]);
  t.match(ended, /^NO_IDENTITY_MATCH: .*\(X25519, X25519\)/);
  const locked = openBytes(sealed, [mine.identity, "AGE-SECRET-KEY-1NOTONE"]);
  await t.rejects(locked, { code: "KEY_FILE_INVALID", message: /^an age identity is not valid$/ });
});

t.test("an error of the source passes through, and an early end closes it", async (t) => {
  const { recipient } = await newBackupKey();
  let closed = false;
  async function* source(fail: boolean) {
    try {
      for (let i = 0; ; i++) {
        if (fail && i === 20) throw new Error("pg_dump died");
        yield Buffer.alloc(CHUNK);
      }
    } finally {
      closed = true;
    }
  }
  await t.rejects(gather(sealStream(source(true), [recipient])), { message: "pg_dump died" });
  closed = false;
  for await (const part of sealStream(source(false), [recipient])) if (part.length === CHUNK) break;
  t.ok(closed, "the source was closed");
  await t.rejects(sealBytes(Buffer.alloc(0), []), { code: "INTERNAL" });
});
