/** `lakat drill list`, `drill show` and `report verify`: what a host remembers of its restore tests. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import t from "tap";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { signEnvelope } from "../../src/seal/envelope.ts";
import { REPORT_TYPE } from "../../src/seal/report.ts";
import { dayHost, HOUR } from "../fixtures/day-host.ts";

const finding = { code: "PG_FAILED" as const, what: "something", todo: "Do." };

/** A host with three restore tests, the newest of hr. */
async function threeTests(t: Parameters<typeof dayHost>[0]) {
  const host = await dayHost(t);
  const [crm, hr] = [await host.backup("crm", 60 * HOUR), await host.backup("hr", 50 * HOUR)];
  const kept = [
    await host.tested(crm, 40 * HOUR),
    await host.tested(crm, 30 * HOUR, [finding]),
    await host.tested(hr, 20 * HOUR),
  ] as const;
  return { ...host, kept };
}

t.test("list: the newest, of one cluster, and what is damaged", async (t) => {
  const { run, kept } = await threeTests(t);
  const all = await run(["drill", "list"]);
  t.equal(all.exit, 0, all.stderr);
  const lines = all.stdout.trimEnd().split("\n");
  t.match(lines[0], /^REPORT +CLUSTER +BACKUP +VERDICT +RESTORE +FINDINGS$/);
  t.match(
    lines[1],
    new RegExp(`^${kept[0].id} +crm +\\d{8}T\\d{6}Z-[0-9a-f]{8} +passed +1[12] min \\d+ s +-$`),
  );
  t.match(lines[2], /failed .* PG_FAILED$/);
  t.match(lines[3], kept[2].id);
  t.match((await run(["drill", "list", "--cluster", "hr", "--json"])).json(), {
    drills: [{ report: kept[2].id }],
  });
  t.equal((await run(["drill", "list", "--last", "2"])).stdout.trimEnd().split("\n").length, 3);
  for (const last of ["0", "-1", "x"])
    t.match(await run(["drill", "list", `--last=${last}`]), { exit: 2, stderr: /USAGE: --last/ });

  await writeFile(kept[0].file, "{");
  const damaged = await run(["drill", "list"]);
  t.equal(damaged.exit, 3);
  t.match(damaged.stderr, `lakat: HISTORY_DAMAGED: 1 of the reports kept on this host`);
  t.match(damaged.stderr, kept[0].file);
  t.equal(damaged.stdout.trimEnd().split("\n").length, 3, "the others are listed");
});

t.test("list and show on a host that has tested nothing", async (t) => {
  const { run } = await dayHost(t);
  t.match(await run(["drill", "list"]), { exit: 0, stdout: "no restore tests\n" });
  t.match(await run(["drill", "show"]), { exit: 2, stderr: /USAGE: no restore test is kept on this host/ });
  t.match(await run(["report", "verify"]), { exit: 0, stdout: "no reports\n" });
});

t.test("show: the newest or the one named, its signature and what it follows", async (t) => {
  const { run, kept, key } = await threeTests(t);
  const newest = await run(["drill", "show"]);
  t.equal(newest.exit, 0, newest.stderr);
  t.match(newest.stdout, `signed by   ${key.keyid} (checked)`);
  t.match(newest.stdout, `follows     ${kept[1].id} (checked)`);
  t.match((await run(["drill", "show", kept[0].id])).stdout, "follows     none: it is the first");
  t.match(
    (await run(["drill", "show", kept[1].id])).stdout,
    /\(PG_FAILED\)\n +What to do: Do\.\n +something/,
  );
  const named = (await run(["drill", "show", kept[1].id, "--json"])).json();
  t.match(named, { ok: true, report: { id: kept[1].id, verdict: "failed" }, chain: "kept" });
  t.equal((await run(["drill", "show", "--page"])).stdout, `${kept[2].file.replace(/json$/, "html")}\n`);
  t.match(await run(["drill", "show", "2"]), { exit: 2, stderr: /USAGE: 3 reports begin with 2\. Name one/ });
  t.match(await run(["drill", "show", "1999"]), { exit: 2, stderr: /USAGE: no report 1999 is kept/ });

  await rm(kept[1].file);
  const broken = await run(["drill", "show"]);
  t.equal(broken.exit, 3);
  t.match(broken.stderr, `HISTORY_DAMAGED: the report before ${kept[2].id} is not the one that it names`);
  await rm(kept[0].file);
  t.match(await run(["drill", "show"]), { exit: 0, stdout: /follows +\S+, which is not kept any more/ });
});

t.test("verify: whole, and where it breaks", async (t) => {
  const { run, kept } = await threeTests(t);
  const verify = () => run(["report", "verify"]);
  t.match(await verify(), {
    exit: 0,
    stdout: /^3 reports, from \S+ to \S+: each follows the one before it\n$/,
  });

  const [middle] = [await readFile(kept[1].file)];
  const put = (content: Buffer | string) => writeFile(kept[1].file, content);
  const breaks = async (): Promise<unknown> => (await run(["report", "verify", "--json"])).json()["breaks"];

  await rm(kept[1].file);
  t.match(await breaks(), [{ id: kept[2].id, kind: "removed", what: `report ${kept[1].id}, which` }]);
  t.match(await verify(), { exit: 3, stderr: /^lakat: HISTORY_DAMAGED: report .* is not here any more/ });

  const envelope = JSON.parse(middle.toString()) as { payload: string };
  const payload = Buffer.from(envelope.payload, "base64");
  const other = Buffer.from(payload.toString().replace('"failed"', '"passed"'));
  await put(JSON.stringify({ ...envelope, payload: other.toString("base64") }));
  t.match(await breaks(), [{ id: kept[1].id, kind: "changed" }]);

  await put(signEnvelope(REPORT_TYPE, payload, newSigningKey()));
  t.match(await breaks(), [{ id: kept[1].id, kind: "stranger" }]);

  await put("no envelope");
  t.match(await breaks(), [{ id: kept[1].id, kind: "unreadable" }]);

  await put(await readFile(kept[0].file));
  t.match(await breaks(), [{ id: kept[1].id, kind: "changed", what: /under another name/ }]);

  await put(middle);
  t.strictSame(await breaks(), []);
  await rename(kept[0].file, `${kept[0].file}.away`);
  t.strictSame(await breaks(), [], "what is older than the oldest was removed in its time");
});
