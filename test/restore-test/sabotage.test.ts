/** A whole sabotage run: every broken copy is told by its right name; and a drill that is blind is found out. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { Fault, type Code } from "../../src/fault.ts";
import { drill, type DrillDraft, type DrillRequest } from "../../src/restore-test/drill.ts";
import type { SabotageDraft, SabotageRequest } from "../../src/restore-test/sabotage.ts";
import type { ScratchServer } from "../../src/restore-test/scratch-host.ts";
import type { EmptiedPart } from "../../src/restore-test/sabotage/workshop.ts";
import { encodeReport, parseReport, sha256Of, verdictOf } from "../../src/seal/report.ts";
import { sabotageBench } from "../fixtures/sabotage-bench.ts";

const bench = await sabotageBench(t);
const store = join(bench.host.folder, "local");
const VALUE = "one value changed in one row";
const INDEX = "an index corrupted";
const CANARY = "the canary missing";
const TAMPERED = [VALUE, INDEX, CANARY].join(", ");

async function inStore(): Promise<string[]> {
  const files = (await readdir(store, { recursive: true, withFileTypes: true })).filter((e) => e.isFile());
  const one = async (path: string) => `${path} ${sha256Of(await readFile(path))}`;
  return Promise.all(files.map(({ parentPath, name }) => one(join(parentPath, name))));
}

const missed = ({ cases }: SabotageDraft): string[] =>
  cases.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);

/** The drill of each case, by the name under which it began. */
const drafts = new Map<string, DrillDraft | undefined>();

/** Runs with a blind drill for the cases named, and for the others with what the good drill said of them. */
async function blinded(
  real: (request: DrillRequest) => DrillRequest,
  names: readonly string[],
  told: (draft: DrillDraft) => DrillDraft = (draft) => draft,
): Promise<SabotageDraft> {
  let current = "";
  const nothing: EmptiedPart = {
    database: "crm",
    table: "",
    size: 0,
    sha256: "0".repeat(64),
    bytes: async function* () {},
  };
  return bench.ordered({
    change: {
      begins: (name) => (current = name),
      run: async (request) => {
        if (names.includes(current)) return drill(real(request));
        await request.tamper?.({} as ScratchServer);
        const draft = drafts.get(current);
        return draft === undefined ? undefined : told(draft);
      },
    },
    workshop: (tools) =>
      names.includes(TAMPERED)
        ? { ...tools, emptyTable: async () => nothing }
        : {
            ...tools,
            emptyTable: async () => nothing,
            changeValue: async () => "public.",
            corruptIndex: async () => "public.",
            removeCanary: async () => undefined,
          },
  });
}

t.test("all is caught, nothing is left and nothing was written", async (t) => {
  const before = await inStore();
  let current = "";
  const draft = await bench.ordered({
    change: {
      begins: (name) => (current = name),
      run: async (request) => {
        const said = await drill(request);
        drafts.set(current, said);
        return said;
      },
    },
  });
  t.strictSame(draft.findings, [], "all is caught");
  t.strictSame(missed(draft), []);
  t.equal(draft.verdict, "passed");
  t.equal(draft.cases.length, 19);
  t.equal(draft.leftOut, undefined);
  t.strictSame(draft.cases[0]?.found, [], "the unbroken copy has no finding at all");
  t.strictSame(await inStore(), before);
  t.strictSame(await bench.leftOver(), []);
  const report = { ...draft, host: "SHA256:x", kind: "sabotage" as const };
  t.strictSame(parseReport(encodeReport(report)), report, "it is a report");
});

t.test("a drill that does not say one code is found out by the cases that need it", async (t) => {
  const whole = await blinded((request) => request, []);
  t.strictSame(missed(whole), []);
  const codes = new Set(whole.cases.flatMap(({ found }) => found));
  t.ok(codes.size >= 8);
  for (const mute of codes) {
    const draft = await blinded(
      (request) => request,
      [],
      (said) => {
        const findings = said.findings.filter(({ code }) => code !== mute);
        return { ...said, findings, verdict: verdictOf(findings) };
      },
    );
    const needIt = whole.cases.filter(
      ({ expected, found }) =>
        expected.includes(mute) && !found.some((code) => code !== mute && expected.includes(code)),
    );
    t.ok(needIt.length > 0, mute);
    t.strictSame(
      missed(draft),
      needIt.map(({ name }) => name),
      mute,
    );
    t.equal(draft.verdict, "failed");
    t.ok(draft.findings.every(({ code }) => code === "SABOTAGE_MISSED"));
  }
});

t.test("one that is always red, always green, or names another object", async (t) => {
  const said = async (told: (draft: DrillDraft) => DrillDraft): Promise<SabotageDraft> =>
    blinded((request) => request, [], told);
  const red: DrillDraft["findings"] = [{ code: "INTERNAL", what: "x", todo: "y" }];
  const all = await said((draft) => ({ ...draft, verdict: "failed", findings: [...draft.findings, ...red] }));
  t.strictSame(missed(all), ["the copy unbroken"]);
  const none = await said((draft) => ({ ...draft, verdict: "passed" }));
  t.equal(missed(none).length, 18);
  const blurred = await said((draft) => ({
    ...draft,
    findings: draft.findings.map((one) => ({
      ...one,
      what: one.what.replace(/inventory\.json\.age/g, "it"),
    })),
  }));
  t.strictSame(missed(blurred), [
    "the last byte of each object missing",
    "one bit flipped in each object",
    "each object missing",
  ]);
  t.match(blurred.findings[0]?.what, /found, but not of inventory\.json\.age/);
});

t.test("blind drills themselves", async (t) => {
  // One restore for both: what each check does not see the other must not be taken for.
  const checking = bench.checking((check) => check !== "round-trip" && check !== "amcheck");
  const twoChecksLess = await blinded((request) => ({ ...request, checking }), [TAMPERED]);
  t.strictSame(missed(twoChecksLess), [VALUE, INDEX]);
  const gullible = (request: DrillRequest): DrillRequest => ({
    ...request,
    trust: { ...request.trust, acceptUnverified: true },
  });
  const unsigned = ["the manifest changed under its signature", "signed by a key that nobody trusts"];
  t.strictSame(missed(await blinded(gullible, unsigned)), unsigned);
  const takesAny = (request: DrillRequest): DrillRequest => ({
    ...request,
    due: () => true,
    now: () => new Date(),
  });
  t.strictSame(missed(await blinded(takesAny, ["no backup since the last one expected"])), [
    "no backup since the last one expected",
  ]);
});

t.test("what cannot be made is missed, and what has no occasion is told", async (t) => {
  const broken = await bench.ordered({
    change: { run: async () => drafts.get("the copy unbroken"), canary: undefined },
  });
  const { why } = broken.cases.find(({ name }) => name === "a table emptied") ?? {};
  t.match(why, /could not be made: .*the unbroken copy was not restored/);
  t.strictSame(
    broken.leftOut?.map(({ name }) => name),
    ["the canary missing", "an earlier backup shipped as a new one"],
  );
  const threw = await bench.ordered({
    change: {
      run: async () => {
        throw new Error("a defect");
      },
    },
  });
  t.equal(missed(threw).length, 19);
  t.match(threw.findings[0]?.what, /the copy unbroken: .*broke off: INTERNAL: unexpected: a defect/);
  const off = structuredClone(drafts.get("the copy unbroken"));
  for (const check of off?.checks ?? [])
    if (check.name === "amcheck") Object.assign(check, { outcome: "skipped", why: "switched off" });
  const switchedOff = await bench.ordered({ change: { run: async () => off } });
  t.strictSame(switchedOff.leftOut, [{ name: INDEX, why: "check amcheck is skipped: switched off" }]);
});

t.test("stopped midway, nothing is left", async (t) => {
  for (const code of ["INTERRUPTED", "TIME_LIMIT"] satisfies Code[]) {
    const stop = new AbortController();
    const phase = (name: string): void => {
      if (name === "data") stop.abort(new Fault(code, "stopped", "x"));
    };
    const watch = { phase, stream: () => undefined, bytes: () => undefined };
    const run = bench.ordered({ drill: { signal: stop.signal, watch } });
    if (code === "INTERRUPTED") await t.rejects(run, { code });
    else {
      const draft = await run;
      t.equal(missed(draft).length, draft.cases.length, "no case is taken for a success");
      t.ok(draft.findings.every(({ what }) => what.includes(code)));
    }
    t.strictSame(await bench.leftOver(), []);
  }
});

t.test("a backup that cannot be opened is no test", async (t) => {
  const change: Partial<SabotageRequest> = { backupId: "20200101T000000Z-00000000" };
  await t.rejects(bench.ordered({ change }), { code: "BACKUP_NOT_FOUND" });
  await t.rejects(bench.ordered({ drill: { dayKeys: [] } }), { code: "NO_IDENTITY_MATCH" });
  t.strictSame(await bench.leftOver(), []);
});
