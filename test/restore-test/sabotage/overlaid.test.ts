/** Streams with damage in them, and a store seen through changes. */
import fc from "fast-check";
import t from "tap";
import { cutAfter, flippedAt } from "../../../src/restore-test/sabotage/damage.ts";
import { forgetful, moved, overlaid, type Change } from "../../../src/restore-test/sabotage/overlaid.ts";
import { bodyOf, type Source } from "../../../src/store/object-store.ts";
import { Fault } from "../../../src/fault.ts";

const { signal } = new AbortController();
async function* pieces(whole: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
}
const collected = async (stream: AsyncIterable<Buffer>): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(stream));

t.test("damage is where it was asked for, however the bytes come", async () => {
  const input = fc.record({
    whole: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    size: fc.integer({ min: 1, max: 100 }),
    at: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(input, async ({ whole, size, at }) => {
      const position = at % whole.length;
      const before = Buffer.from(whole);
      const flipped = await collected(flippedAt(pieces(whole, size), position));
      const cut = await collected(cutAfter(pieces(whole, size), position));
      const differ = [...flipped].filter((byte, i) => byte !== whole[i]).length;
      return (
        flipped.length === whole.length &&
        differ === 1 &&
        (flipped[position] ?? 0) === ((whole[position] ?? 0) ^ 1) &&
        cut.equals(whole.subarray(0, position)) &&
        whole.equals(before)
      );
    }),
  );
});

/** A store of two versions of each object; it would be a defect to read what is not named. */
const held = new Map([
  ["c/one/a", "A"],
  ["c/one/b", "B"],
  ["c/two/a", "other"],
]);
const store: Source = {
  name: "s",
  async *list(prefix) {
    for (const [key, text] of held)
      if (key.startsWith(prefix)) yield { key, size: text.length, modified: new Date(5) };
  },
  async *get(key, { versionId }) {
    const text = held.get(key);
    if (text === undefined) throw new Fault("STORE_NOT_FOUND", key, "x");
    yield* bodyOf(Buffer.from(versionId === undefined ? text : `${text}@${versionId}`));
  },
  async *versions() {
    yield { versionId: "1", modified: new Date(5) };
  },
  retention: async () => ({ mode: "COMPLIANCE", until: new Date(9) }),
};
const read = async (source: Source, key: string, versionId?: string): Promise<string> =>
  (await collected(source.get(key, { signal, versionId }))).toString();
const keys = async (source: Source, prefix: string): Promise<string[]> =>
  (await Array.fromAsync(source.list(prefix, signal))).map(({ key }) => key);
const versions = async (source: Source, key: string): Promise<number> =>
  (await Array.fromAsync(source.versions?.(key, signal) ?? [])).length;

t.test("one folder with changes; the rest of it is the store's", async (t) => {
  const changes = new Map<string, Change>([["c/one/a", () => bodyOf(Buffer.from("new"))]]);
  const source = overlaid(store, "c/one", changes);
  t.strictSame(await keys(source, "c/"), ["c/one/a", "c/one/b"], "another folder is not to be seen");
  t.equal(await read(source, "c/one/a"), "new");
  t.equal(await read(source, "c/one/a", "7"), "new", "in every version");
  t.equal(await read(source, "c/one/b", "7"), "B@7");
  t.strictSame([await versions(source, "c/one/a"), await versions(source, "c/one/b")], [0, 1]);
  changes.set("c/one/b", undefined);
  t.strictSame(await keys(source, "c/"), ["c/one/a"]);
  await t.rejects(read(source, "c/one/b"), { code: "STORE_NOT_FOUND" });
  t.match(await source.retention("c/one/a", { signal }), { mode: "COMPLIANCE" });
  t.equal(await forgetful(source).retention("c/one/a", { signal }), undefined);
});

t.test("the same objects elsewhere", async (t) => {
  const source = moved(store, "c/one", "c/new");
  t.strictSame(await keys(source, "c/"), ["c/new/a", "c/new/b"]);
  t.equal(await read(source, "c/new/a", "7"), "A@7");
  const changed = overlaid(source, "c/new", new Map<string, Change>([["c/new/b", undefined]]));
  t.strictSame(await keys(changed, "c/"), ["c/new/a"]);
  t.equal(await read(changed, "c/new/a"), "A");
});
