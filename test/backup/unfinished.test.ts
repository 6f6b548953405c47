/** What killed runs left: one entry that cannot be cleaned up keeps none of the others. */
import t from "tap";
import { discardUnfinished, runMark } from "../../src/backup/unfinished.ts";
import { Fault } from "../../src/fault.ts";
import type { Sink, Upload } from "../../src/store/object-store.ts";

const upload = (destination: string, uploadId: string): Upload => ({ destination, key: "c/o", uploadId });

/** A sink that notes what it is asked to discard; `refuse` throws for some. */
function sink(name: string, asked: string[], refuse: (uploadId: string) => void): Sink {
  const discard = async ({ uploadId }: Upload): Promise<void> => {
    asked.push(`${name} ${uploadId}`);
    refuse(uploadId);
    return Promise.resolve();
  };
  const discardUnfinished = async (key: string): Promise<boolean> => {
    await discard(upload(name, key));
    return true;
  };
  return { name, discard, discardUnfinished } as unknown as Sink;
}

t.test("each is tried, an unreachable destination once", async (t) => {
  const asked: string[] = [];
  const sinks = [
    sink("near", asked, (id) => {
      if (id === "strange") throw new Fault("STORE_FAILED", "it is strange", "Look.");
    }),
    sink("far", asked, () => {
      throw new Fault("STORE_UNREACHABLE", "far is down", "Wait.");
    }),
  ];
  const left = [
    upload("near", "strange"),
    upload("far", "1"),
    upload("far", "2"),
    upload("gone", "3"),
    upload("near", "4"),
    runMark("near", "c/run"),
  ];
  const results: string[] = [];
  const signal = new AbortController().signal;
  for await (const { upload: one, fault } of discardUnfinished(left, sinks, "manifest.json", signal))
    results.push(`${one.destination} ${one.uploadId} ${fault?.code ?? "cleaned"}`);
  t.strictSame(results, [
    "near strange STORE_FAILED",
    "far 1 STORE_UNREACHABLE",
    "near 4 cleaned",
    "near run cleaned",
  ]);
  t.strictSame(asked, ["near strange", "far 1", "near 4", "near c/run"]);
});

t.test("a signal ends it", async (t) => {
  const stop = new AbortController();
  const sinks = [
    sink("near", [], () => {
      stop.abort(new Error("enough"));
      throw new Error("aborted");
    }),
  ];
  const discarding = discardUnfinished([upload("near", "1")], sinks, "manifest.json", stop.signal).next();
  await t.rejects(discarding, { message: "enough" });
});
