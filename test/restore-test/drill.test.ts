/** The flow of a drill on a real backup: what each step makes of what is wrong, and that later ones still run. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { Fault } from "../../src/fault.ts";
import { drill, type DrillDraft, type DrillRequest } from "../../src/restore-test/drill.ts";
import { newDayKey, type DayKey } from "../../src/seal/day-key.ts";
import { openDirectorySource } from "../../src/store/directory-source.ts";
import { drillHost } from "../fixtures/drill-host.ts";
import { smallScratch } from "../fixtures/small-scratch.ts";

const HOUR = 3_600_000;
const { host, source, folder, programs, backup } = await drillHost(t);
const crm = await source.freshDatabase("crm");
await crm.query(`CREATE TABLE deals (id int PRIMARY KEY, worth numeric);
  INSERT INTO deals SELECT n, n * 1.5 FROM generate_series(1, 3000) n; CREATE EXTENSION pg_trgm`);
await (await source.freshDatabase("hr")).query("CREATE TABLE staff AS SELECT generate_series(1, 5) AS id");
const backupId = await backup();
const madeAt = new Date();
const store = join(host.folder, "local");
const dayKeys = await Promise.all(
  (await readdir(join(folder, "day-keys"))).map(
    async (name) => JSON.parse(await readFile(join(folder, "day-keys", name), "utf8")) as DayKey,
  ),
);
const pinned = [host.rsa.key, host.x25519.key];

const scratch = (changes?: Parameters<typeof smallScratch>[1]) =>
  smallScratch(folder, { programs, ...changes });

async function drilled(changes: Partial<DrillRequest> = {}): Promise<DrillDraft | undefined> {
  return drill({
    source: openDirectorySource({ name: "local", path: store }),
    trust: { keys: [host.signingKey], acceptUnverified: false },
    cluster: "crm",
    id: undefined,
    due: () => true,
    expectation: { every: 24 * HOUR, grace: 6 * HOUR },
    dayKeys,
    carriedKey: undefined,
    pinned,
    judgeCountry: () => undefined,
    scratch: scratch(),
    checking: { rtoSeconds: 60, ofDatabase: () => [], ofServer: () => [], ofMeasures: () => [] },
    jobs: 2,
    lakatVersion: "0",
    now: () => new Date(),
    watch: { phase: () => undefined, stream: () => undefined, bytes: () => undefined },
    signal: new AbortController().signal,
    ...changes,
  });
}

const made = async (changes: Partial<DrillRequest> = {}): Promise<DrillDraft> => {
  const draft = await drilled(changes);
  if (draft === undefined) throw new Error("nothing was due");
  return draft;
};
const outcomes = ({ steps }: DrillDraft): string => steps.map(({ outcome }) => outcome[0]).join("");
const codes = ({ findings }: DrillDraft): string[] => [...new Set(findings.map(({ code }) => code))];
const leftOver = (): Promise<string[]> => readdir(join(folder, "scratch"));

/** While `work` runs, an object of the backup is another, or missing when there is no change. */
async function damaged(
  name: string,
  change: ((whole: Buffer) => Buffer) | undefined,
  work: () => Promise<void>,
) {
  const path = (await readdir(store, { recursive: true })).find((file) =>
    file.endsWith(`${backupId}/${name}`),
  );
  const whole = await readFile(join(store, path ?? ""));
  await (change === undefined
    ? rm(join(store, path ?? ""))
    : writeFile(join(store, path ?? ""), change(whole)));
  try {
    await work();
  } finally {
    await writeFile(join(store, path ?? ""), whole);
  }
}
const flipped = (whole: Buffer): Buffer => {
  const copy = Buffer.from(whole);
  const at = Math.floor(copy.length * 0.8);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

t.test("a good backup passes every step, and leaves nothing behind", async (t) => {
  const draft = await made();
  t.strictSame(draft.findings, []);
  t.equal(outcomes(draft), "ppppppp");
  t.match(draft, {
    verdict: "passed",
    backup: { id: backupId, systemIdentifier: /^\d+$/, objects: 13 },
    recoveryKeys: [
      { label: "safe-north", ok: true },
      { label: "safe-south", ok: true },
    ],
    measures: { rows: 3005, tables: 2, rtoSeconds: 60 },
    tools: { postgres: /^\d/, pg_restore: /^\d/ },
  });
  t.ok((draft.measures?.restoreSeconds ?? 0) > 0);
  t.strictSame(await leftOver(), []);
  t.equal(await drilled({ due: () => false }), undefined, "nothing is due");
});

t.test("one database that is damaged hides no other", async (t) => {
  const seen: string[] = [];
  const checking: DrillRequest["checking"] = {
    rtoSeconds: undefined,
    ofDatabase: ({ name }) => {
      seen.push(name);
      return [];
    },
    ofServer: () => [],
    ofMeasures: () => {
      throw new Error("a part of the whole is not to be compared");
    },
  };
  await damaged("crm/data-01.dump.zst.age", flipped, async () => {
    const draft = await made({ checking });
    t.equal(outcomes(draft), "pfppppp");
    t.match(draft.findings, [{ code: "BACKUP_DAMAGED", what: /crm\/data-01.* has another SHA-256/ }]);
    t.strictSame(
      seen,
      ["hr", "postgres"].filter((name) => seen.includes(name)),
    );
    t.ok(seen.includes("hr"));
    t.equal(draft.verdict, "failed");
  });
});

t.test("damage in each object is found, and what can still run does", async (t) => {
  const cases: [name: string, change: typeof flipped | undefined, steps: string, codes: string[]][] = [
    ["key.age", flipped, "pffssss", ["BACKUP_DAMAGED"]],
    ["proof.age", undefined, "pfpfppp", ["BACKUP_DAMAGED"]],
    ["globals.sql.zst.age", flipped, "pfppfsp", ["BACKUP_DAMAGED"]],
    ["inventory.json.age", flipped, "pfppfss", ["BACKUP_DAMAGED"]],
    ["hr/post-data.dump.zst.age", (whole) => whole.subarray(0, -1), "pfppppp", ["BACKUP_DAMAGED"]],
    ["manifest.json", flipped, "fssssss", ["BACKUP_OVERDUE"]],
  ];
  for (const [name, change, steps, found] of cases)
    await damaged(name, change, async () => {
      const draft = await made();
      t.equal(outcomes(draft), steps, name);
      t.strictSame(codes(draft), found, name);
      t.equal(draft.verdict, "failed");
    });
});

t.test("without the day key it stays locked, and a carried key opens it", async (t) => {
  const locked = await made({ dayKeys: [] });
  t.equal(outcomes(locked), "ppfssss");
  t.match(locked.findings, [{ code: "NO_IDENTITY_MATCH", what: /does not hold the day key of/ }]);
  const other = await newDayKey(
    madeAt.toISOString().slice(0, 10),
    madeAt,
    new Date(madeAt.getTime() + 24 * HOUR),
  );
  t.strictSame(codes(await made({ dayKeys: [other] })), ["NO_IDENTITY_MATCH"]);
});

t.test(
  "recovery keys other than the pinned ones, and strangers, are red while the restore goes on",
  async (t) => {
    const { x25519TestKey } = await import("../fixtures/recovery-keys.ts");
    const mine = (await x25519TestKey("safe-south")).key;
    const draft = await made({ pinned: [host.rsa.key, mine] });
    t.equal(outcomes(draft), "pppfppp");
    t.match(draft.recoveryKeys, [{ ok: true }, { ok: false, reason: "no randomness was recorded" }]);
    t.match(draft.findings, [
      { code: "PROOF_FAILED", what: /safe-south is not proved/ },
      { code: "PROOF_FAILED", what: /somebody else can open/ },
    ]);
  },
);

t.test("what this host lacks is told plainly", async (t) => {
  const cases: [string, Partial<DrillRequest>, string][] = [
    ["PG_MAJOR_MISSING", { scratch: scratch({ programs: "/nonexistent" }) }, "ppppfss"],
    ["SCRATCH_FULL", { scratch: scratch({ reserve: 2 ** 60 }) }, "ppppfss"],
    ["PG_FAILED", { scratch: scratch({ settings: { shared_buffers: "nonsense" } }) }, "ppppfss"],
    [
      "RESIDENCY_REFUSED",
      {
        judgeCountry: () => {
          throw new Fault("RESIDENCY_REFUSED", "not there", "x");
        },
      },
      "pfppppp",
    ],
  ];
  for (const [code, changes, steps] of cases) {
    const draft = await made(changes);
    t.strictSame(codes(draft), [code]);
    t.equal(outcomes(draft), steps.toLowerCase(), code);
  }
  t.strictSame(await leftOver(), []);
});

t.test("time: overdue, from the future, a clock that is behind", async (t) => {
  const later = new Date(Date.now() + 31 * HOUR);
  const overdue = await made({ now: () => later });
  t.match(overdue.findings, [{ code: "BACKUP_OVERDUE", what: /is 31 hours old/ }]);
  t.equal(outcomes(overdue), "fpppppp", "and is tested all the same");
  const nothingNew = await made({ now: () => later, due: () => false });
  t.equal(outcomes(nothingNew), "fssssss");
  t.equal(nothingNew.backup, undefined);
  const none = await made({ cluster: "billing" });
  t.match(none.findings, [{ code: "BACKUP_OVERDUE", what: /holds no backup of billing/ }]);
  const behind = await made({ now: () => new Date(Date.now() - 24 * HOUR) });
  t.ok(codes(behind).includes("CLOCK_DOUBTFUL"));
});

t.test("a time limit is a result, an interruption is not", async (t) => {
  const limit = new AbortController();
  const draft = await made({
    signal: limit.signal,
    watch: {
      phase: (name) => {
        if (name === "data") limit.abort(new Fault("TIME_LIMIT", "too long", "x"));
      },
      stream: () => undefined,
      bytes: () => undefined,
    },
  });
  t.equal(outcomes(draft), "ppppfsp");
  t.strictSame(codes(draft), ["TIME_LIMIT"]);
  const stop = new AbortController();
  await t.rejects(
    drilled({
      signal: stop.signal,
      watch: {
        phase: (name) => {
          if (name === "globals") stop.abort(new Fault("INTERRUPTED", "stopped", "x"));
        },
        stream: () => undefined,
        bytes: () => undefined,
      },
    }),
    { code: "INTERRUPTED" },
  );
  t.strictSame(await leftOver(), []);
});
