import { createHash, randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import t from "tap";
import { Shipment, type Destination } from "../../src/backup/shipment.ts";
import { Fault } from "../../src/fault.ts";
import type { PutRequest, Receipt, Sink } from "../../src/store/object-store.ts";
import { cutInto } from "../fixtures/pieces.ts";

const BYTES = randomBytes(200_000);
const SHA256 = createHash("sha256").update(BYTES).digest("hex");
const body = (): AsyncGenerator<Buffer> => cutInto(BYTES, [1000]);
const never = new AbortController().signal;
const label = { name: "crm/data-01.dump.zst.age", role: "data", database: "crm" } as const;

interface FakeSink extends Sink {
  objects: Map<string, Buffer>;
  requests: PutRequest[];
  /** Set before a put to make it fail: after how many bytes, undefined before the first is read. */
  trouble: { fault: Fault; afterBytes?: number } | undefined;
}

/** A sink that keeps what it is given in memory. */
function fakeSink(name: string, more: Partial<Receipt> = {}): FakeSink {
  const sink: FakeSink = {
    name,
    objects: new Map(),
    requests: [],
    trouble: undefined,
    country: async () => "DE",
    probe: async () => [],
    read: async () => undefined,
    discard: async () => undefined,
    async put(request) {
      sink.requests.push(request);
      const { trouble } = sink;
      if (trouble !== undefined && trouble.afterBytes === undefined) throw trouble.fault;
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of request.body) {
        chunks.push(chunk);
        size += chunk.length;
        if (trouble?.afterBytes !== undefined && size > trouble.afterBytes) throw trouble.fault;
        request.signal.throwIfAborted();
        await setImmediate();
      }
      sink.objects.set(request.key, Buffer.concat(chunks));
      return { key: request.key, size, versionId: undefined, findings: [], ...more };
    },
  };
  return sink;
}

const fault = (code: Fault["code"] = "STORE_FULL"): Fault => new Fault(code, `${code} happened`, "Mend it.");
const to = (sink: Sink): Destination => ({
  sink,
  country: "DE",
  recipient: "r",
  legalBasis: "b",
  retention: { mode: "COMPLIANCE", until: new Date(0) },
});
const shipmentTo = (...sinks: Sink[]): Shipment => new Shipment("crm/x", sinks.map(to));

t.test("ships the same bytes everywhere, and accounts for them", async (t) => {
  const notKept = { code: "LOCK_NOT_KEPT", what: "a", todo: "b" } as const;
  const sinks = [fakeSink("one", { versionId: "v1" }), fakeSink("two", { findings: [notKept] })];
  const shipment = shipmentTo(...sinks);
  let progress = 0;
  const object = await shipment.send(label, body(), never, (bytes) => (progress += bytes));
  t.strictSame(object, { ...label, size: BYTES.length, sha256: SHA256 });
  t.equal(progress, BYTES.length);
  for (const sink of sinks) {
    t.ok(sink.objects.get("crm/x/crm/data-01.dump.zst.age")?.equals(BYTES));
    t.match(sink.requests, [{ retention: { mode: "COMPLIANCE" } }]);
  }
  t.strictSame(shipment.versionsAt("one"), { [label.name]: "v1" });
  t.strictSame(shipment.versionsAt("two"), {});
  await shipment.send({ name: "key.age", role: "key" }, body(), never, () => undefined);
  t.strictSame(shipment.findings, [notKept], "said once, not for each object");
});

for (const afterBytes of [undefined, 0, 100_000, BYTES.length - 1])
  t.test(`one of two fails after ${afterBytes ?? "no"} bytes`, async (t) => {
    const [good, bad] = [fakeSink("good"), fakeSink("bad")];
    const shipment = shipmentTo(bad, good);
    await shipment.send({ name: "key.age", role: "key" }, body(), never, () => undefined);
    bad.trouble = { fault: fault(), ...(afterBytes === undefined ? {} : { afterBytes }) };
    const object = await shipment.send(label, body(), never, () => undefined);
    t.equal(object.sha256, SHA256);
    t.ok(good.objects.get(`crm/x/${label.name}`)?.equals(BYTES), "the other has it whole");
    t.strictSame(
      shipment.live.map(({ sink }) => sink.name),
      ["good"],
    );
    t.match(shipment.findings, [
      {
        code: "DESTINATION_FAILED",
        what: /^destination bad got no backup: STORE_FULL: STORE_FULL happened$/,
      },
    ]);
    await shipment.send({ name: "manifest.json", role: "key" }, body(), never, () => undefined);
    t.notOk(bad.objects.has("crm/x/manifest.json"), "a destination left behind gets no manifest");
    t.equal(bad.requests.length, 2, "and nothing else");

    good.trouble = { fault: fault("STORE_DENIED") };
    await t.rejects(
      shipment.send(label, body(), never, () => undefined),
      { code: "STORE_DENIED" },
    );
  });

t.test("all fail: the first one's fault, nobody is left behind, and another try may succeed", async (t) => {
  const [one, two] = [fakeSink("one"), fakeSink("two")];
  const shipment = shipmentTo(one, two);
  one.trouble = { fault: fault("STORE_FAILED"), afterBytes: 5000 };
  two.trouble = { fault: fault("STORE_DENIED") };
  await t.rejects(
    shipment.send(label, body(), never, () => undefined),
    { code: "STORE_FAILED" },
  );
  one.trouble = two.trouble = undefined;
  t.equal((await shipment.send(label, body(), never, () => undefined)).size, BYTES.length);
  t.strictSame(shipment.findings, []);
});

t.test("a body that breaks breaks every copy, and is no destination's failure", async (t) => {
  const sinks = [fakeSink("one"), fakeSink("two")];
  const shipment = shipmentTo(...sinks);
  async function* breaking(): AsyncGenerator<Buffer> {
    yield BYTES.subarray(0, 50_000);
    throw fault("DUMP_FAILED");
  }
  await t.rejects(
    shipment.send(label, breaking(), never, () => undefined),
    { code: "DUMP_FAILED" },
  );
  t.ok(sinks.every((sink) => sink.objects.size === 0));
  t.equal(shipment.live.length, 2);
  async function* oddly(): AsyncGenerator<Buffer> {
    yield BYTES;
    throw new TypeError("a defect");
  }
  await t.rejects(
    shipment.send(label, oddly(), never, () => undefined),
    { code: "INTERNAL" },
  );
});

t.test("an end asked for is thrown as such", async (t) => {
  const stop = new AbortController();
  const shipment = shipmentTo(fakeSink("one"), fakeSink("two"));
  const sending = shipment.send(label, body(), stop.signal, (bytes) => {
    if (bytes > 0) stop.abort(fault("INTERRUPTED"));
  });
  await t.rejects(sending, { code: "INTERRUPTED" });
  t.equal(shipment.live.length, 2, "which is no destination's failure");
});

t.test("a source outlives no reader", async (t) => {
  const sinks = [fakeSink("one"), fakeSink("two")];
  for (const sink of sinks) sink.trouble = { fault: fault(), afterBytes: 3000 };
  let closed = false;
  async function* source(): AsyncGenerator<Buffer> {
    try {
      yield* body();
    } finally {
      await setImmediate();
      closed = true;
    }
  }
  await t.rejects(
    shipmentTo(...sinks).send(label, source(), never, () => undefined),
    { code: "STORE_FULL" },
  );
  t.ok(closed, "when the send is over, so is the dump");
});
