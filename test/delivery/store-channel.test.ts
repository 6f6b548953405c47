/** Reports in a store: S3 under Object Lock, and a folder. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { headInStore, openStoreChannel } from "../../src/delivery/store-channel.ts";
import type { Entry } from "../../src/report/deliver.ts";
import type { Draft } from "../../src/report/publish.ts";
import { openBytes } from "../../src/seal/age.ts";
import { signEnvelope, openEnvelope } from "../../src/seal/envelope.ts";
import { parseIdentity } from "../../src/seal/recovery-identity.ts";
import { encodeVerdict, parseVerdict, VERDICT_TYPE } from "../../src/seal/report.ts";
import { nameOfReport, parseReportKey, reportPlace } from "../../src/seal/report-name.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { openDirectorySink } from "../../src/store/directory-sink.ts";
import { openDirectorySource } from "../../src/store/directory-source.ts";
import { bodyOf, type Retention, type Sink, type Source } from "../../src/store/object-store.ts";
import { drillDraft, greenDay, signDraft } from "../fixtures/drafts.ts";
import { rsaTestKey, x25519TestKey } from "../fixtures/recovery-keys.ts";
import { s3Store } from "../fixtures/s3-store.ts";
import { MemoryJournal, never, readWhole } from "../fixtures/store-conformance.ts";

const NOW = new Date("2026-11-24T03:00:00Z");
const PAGE = "<!doctype html><p>one page</p>";
const key = newSigningKey();
const [north, south] = [await rsaTestKey("safe-north"), await x25519TestKey("safe-south")];
const recoveryKeys = [north.key, south.key];
const later = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

async function folderStore(t: Test): Promise<{ sink: Sink; source: Source }> {
  const path = await mkdtemp(join(tmpdir(), "lakat-store-"));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  const sink = openDirectorySink({ name: "local", path, country: "HU" }, new MemoryJournal());
  return { sink, source: openDirectorySource({ name: "local", path }) };
}

const channelOn = (sink: Sink, retention?: Retention, keys = recoveryKeys) =>
  openStoreChannel({ sink, key, recoveryKeys: keys, retention: () => retention });

async function packed(sink: Sink, draft: Draft, previous?: { id: string; sha256: string }) {
  const made = signDraft(draft, key, previous);
  const mail = { subject: "", text: "", html: "" };
  const { parcel = {}, findings } = await channelOn(sink).pack({ ...made, page: PAGE, mail });
  const entry: Entry = { report: made.report.id, channel: "store", since: NOW, parcel };
  return { made, entry, findings, place: reportPlace(nameOfReport(made.report)) };
}

const keysIn = async (source: Source): Promise<string[]> =>
  (await Array.fromAsync(source.list("", never()))).map(({ key }) => key);

/** A sink that is gone after so many objects, as a process is that was killed. */
function dyingAfter(sink: Sink, objects: number): Sink {
  let left = objects;
  return {
    ...sink,
    put: async (request) => {
      if (left-- <= 0) throw new Error("killed");
      return sink.put(request);
    },
  };
}

t.test(
  "report and page are sealed to each recovery key, the verdict is readable and comes last",
  async (t) => {
    const store = await s3Store(t);
    const until = new Date("2027-11-24T03:00:00Z");
    const { made, entry, place } = await packed(store.sink, drillDraft(NOW));
    t.match(place, /^reports\/drill\/crm\/2026\/11\/24\/20261124T030000Z-[0-9a-f]{8}$/);
    t.strictSame(await channelOn(store.sink, { mode: "COMPLIANCE", until }).send(entry, never()), []);
    const puts = store.server.requests.filter(({ operation }) => operation === "PutObject");
    t.strictSame(
      puts.map(({ key }) => key),
      ["report.json.age", "page.html.age", "verdict.json"].map((name) => `${place}/${name}`),
    );
    for (const { identityText } of [north, south]) {
      const { identity } = await parseIdentity(identityText);
      const opened = await openBytes(await readWhole(store.source, `${place}/report.json.age`), [identity]);
      t.strictSame(opened, made.signed);
      const page = await openBytes(await readWhole(store.source, `${place}/page.html.age`), [identity]);
      t.equal(page.toString(), PAGE);
    }
    const verdict = parseVerdict(
      openEnvelope(await readWhole(store.source, `${place}/verdict.json`), VERDICT_TYPE, [key]),
    );
    t.match(verdict, { id: made.report.id, verdict: "passed", report: made.sha256, cluster: "crm" });
    for (const { key } of store.server.objects("b"))
      t.strictSame(await store.source.retention(key, { signal: never() }), { mode: "COMPLIANCE", until });
    const sealed = await readWhole(store.source, `${place}/verdict.json`);
    t.notMatch(Buffer.from(sealed).toString(), /order_lines/);
  },
);

t.test("a run that dies between two objects is made whole by the next, to the byte", async (t) => {
  for (const open of [s3Store, folderStore])
    for (const objects of [0, 1, 2, 3]) {
      const { sink, source } = await open(t);
      const { entry, place } = await packed(sink, greenDay(NOW));
      t.match(place, /^reports\/daily\/2026\//);
      const died = channelOn(dyingAfter(sink, objects)).send(entry, never());
      await (objects < 3 ? t.rejects(died, /killed/) : died);
      t.equal((await keysIn(source)).includes(`${place}/verdict.json`), objects === 3);
      t.strictSame(await channelOn(sink).send(entry, never()), []);
      t.strictSame(
        await keysIn(source),
        ["page.html.age", "report.json.age", "verdict.json"].map((name) => `${place}/${name}`),
      );
    }
});

t.test("what somebody else put there is not taken for ours", async (t) => {
  for (const name of ["report.json.age", "page.html.age", "verdict.json"]) {
    const { sink, source } = await folderStore(t);
    const { entry, place } = await packed(sink, drillDraft(NOW));
    const foreign = { key: `${place}/${name}`, body: bodyOf(Buffer.from("x")), retention: undefined };
    await sink.put({ ...foreign, signal: never() });
    await t.rejects(channelOn(sink).send(entry, never()), {
      code: "STORE_EXISTS",
      message: new RegExp(`something else.*${name}`),
    });
    t.ok(name === "verdict.json" || !(await keysIn(source)).includes(`${place}/verdict.json`));
  }
});

t.test("without a recovery key only the verdict goes, and a finding says so", async (t) => {
  const { sink, source } = await folderStore(t);
  const made = signDraft(drillDraft(NOW), key);
  const channel = channelOn(sink, undefined, []);
  const mail = { subject: "", text: "", html: "" };
  const { parcel = {}, findings } = await channel.pack({ ...made, page: PAGE, mail });
  t.match(findings, [{ code: "REPORT_NOT_STORED" }]);
  await channel.send({ report: made.report.id, channel: "store", since: NOW, parcel }, never());
  t.match(await keysIn(source), [/verdict\.json$/]);
});

t.test("a lock that the store does not keep is told", async (t) => {
  const store = await s3Store(t, { lies: { lock: "all" } });
  const { entry } = await packed(store.sink, drillDraft(NOW));
  const findings = await channelOn(store.sink, { mode: "COMPLIANCE", until: later(1e6) }).send(
    entry,
    never(),
  );
  t.match(findings, [{ code: "LOCK_NOT_KEPT" }, { code: "LOCK_NOT_KEPT" }, { code: "LOCK_NOT_KEPT" }]);
});

t.test("the head of the chain is found in the store", async (t) => {
  for (const open of [s3Store, folderStore]) {
    const { sink, source } = await open(t);
    t.equal(await headInStore(source, key, never()), undefined);
    const drafts = [drillDraft(later(60)), greenDay(later(0)), drillDraft(later(120)), drillDraft(later(90))];
    let last: { id: string; sha256: string } | undefined;
    for (const draft of drafts) {
      const { made, entry } = await packed(sink, draft, last);
      await channelOn(sink).send(entry, never());
      last = { id: made.report.id, sha256: made.sha256 };
    }
    // Another host's, and one that was damaged: both newer than ours.
    const stranger = newSigningKey();
    const foreign = signDraft(drillDraft(later(500)), stranger);
    const verdict = signEnvelope(VERDICT_TYPE, encodeVerdict(foreign.report, foreign.signed), stranger);
    for (const [minutes, content] of [
      [500, verdict],
      [501, Buffer.from("{}")],
    ] as const) {
      const { report } = signDraft(drillDraft(later(minutes)), key);
      const objectKey = `${reportPlace(nameOfReport(report))}/verdict.json`;
      await sink.put({ key: objectKey, body: bodyOf(content), retention: undefined, signal: never() });
    }
    t.match(await headInStore(source, key, never()), last);
  }
});

t.test("names of reports go both ways and nowhere else", async (t) => {
  const id = "20261124T030000Z-0123abcd";
  const good = [
    { kind: "drill" as const, cluster: "crm", id },
    { kind: "daily" as const, cluster: undefined, id },
    { kind: "sabotage" as const, cluster: "x.y_z-1", id },
  ];
  for (const name of good) t.strictSame(parseReportKey(`${reportPlace(name)}/a`), { ...name, object: "a" });
  const bad = [
    { kind: "daily" as const, cluster: "crm", id },
    { kind: "drill" as const, cluster: undefined, id },
    { kind: "drill" as const, cluster: "../x", id },
    { kind: "drill" as const, cluster: "crm", id: "../20261124T030000Z-0123abcd" },
  ];
  for (const name of bad) t.throws(() => reportPlace(name), { code: "MANIFEST_INVALID" });
  for (const key of [
    `reports/drill/crm/2026/11/25/${id}/a`,
    `reports/other/crm/2026/11/24/${id}/a`,
    `crm/2026/11/24/${id}/manifest.json`,
    `reports/drill/crm/2026/11/24/${id}/a/b`,
    "reports/",
    "",
  ])
    t.equal(parseReportKey(key), undefined, key);
});
