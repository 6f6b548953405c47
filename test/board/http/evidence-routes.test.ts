/** What hosts push, over HTTP and by the command, to a running gateway: only what a pinned key signed becomes the board. */
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { boardParts } from "../../../src/commands/gateway-board.ts";
import { tellBoard } from "../../../src/commands/evidence.ts";
import { sampleEvidence } from "../../../src/demo/evidence.ts";
import { signEnvelope } from "../../../src/seal/envelope.ts";
import { MANIFEST_TYPE } from "../../../src/seal/manifest.ts";
import { encodeReport, REPORT_TYPE } from "../../../src/seal/report.ts";
import { newSigningKey } from "../../../src/seal/signing-key.ts";
import { Browser } from "../../fixtures/browser.ts";
import { LOGIN, withGateway } from "../../fixtures/gateway.ts";
import { lakat } from "../../fixtures/lakat.ts";
import { plainRequest } from "../../fixtures/plain-request.ts";
import { daily } from "../../fixtures/reports.ts";

const keys = { backup: newSigningKey(), restoreTest: newSigningKey() };
const folder = t.testdir();
const gateway = await withGateway(t);
for (const [name, key] of Object.entries(keys)) {
  await writeFile(join(folder, `${name}.pub`), key.publicPem);
  await writeFile(join(folder, `${name}.key`), key.privatePem, { mode: 0o600 });
}
const now = gateway.now();
const evidence = sampleEvidence(now, "Europe/Budapest", keys);
const [manifest = Buffer.of(), drill = Buffer.of()] = [
  evidence.find((one) => one.includes(MANIFEST_TYPE)),
  evidence.find((one) => one.includes(REPORT_TYPE)),
];
const refused: string[] = [];
const parts = await boardParts(
  {
    time_zone: "Europe/Budapest",
    board: {
      roles: ["ops"],
      backup_hosts: [join(folder, "backup.pub")],
      restore_tests: [join(folder, "restoreTest.pub")],
      clusters: ["crm"],
      expect: 30 * 3_600_000,
    },
  },
  gateway.settings,
  gateway.database.pool,
  (fault) => refused.push(fault.code),
);
const node = await gateway.another(parts);

const push = (body: Buffer | string, headers: Record<string, string> = {}) =>
  plainRequest(node.ports.pages, {
    method: "POST",
    path: "/evidence",
    headers: {
      host: "login.example.hu",
      "content-type": "application/vnd.dsse+json",
      "x-forwarded-for": "192.0.2.7",
      ...headers,
    },
    body: body.toString("utf8"),
  });
const rows = async (): Promise<number> =>
  (await gateway.rows<{ n: number }>("SELECT count(*)::integer AS n FROM evidence"))[0]?.n ?? -1;
const boardPage = await (async () => {
  const browser = new Browser({ pages: node.ports.pages, authz: node.ports.authz });
  await gateway.signIn(browser, await gateway.person({ roles: ["ops"] }));
  return async (path = "/backups") => (await browser.get(`${LOGIN}${path}`)).body;
})();

t.test("only what a pinned key signed, each for its own kind, once", async (t) => {
  const other = newSigningKey();
  const report = encodeReport({ ...daily(), host: other.keyid });
  const own = encodeReport({ ...daily(), host: keys.restoreTest.keyid });
  const right = signEnvelope(REPORT_TYPE, own, keys.restoreTest).toString();
  const late = { ...daily(), host: keys.restoreTest.keyid, finishedAt: "2099-01-01T00:00:00.000Z" };
  const payload = Buffer.from((JSON.parse(manifest.toString()) as { payload: string }).payload, "base64");
  const bad: [string, Buffer | string][] = [
    ["nothing", ""],
    ["no JSON", "{"],
    ["no envelope", "{}"],
    ["cut off", manifest.subarray(0, -40)],
    [
      "a bit flipped",
      manifest.toString().replace(/"payload":"(.)/, (all, c) => all.slice(0, -1) + (c === "e" ? "f" : "e")),
    ],
    ["signed by a stranger", signEnvelope(REPORT_TYPE, report, other)],
    ["a report by a backup host", signEnvelope(REPORT_TYPE, report, keys.backup)],
    ["a manifest by a restore-test host", signEnvelope(MANIFEST_TYPE, payload, keys.restoreTest)],
    ["a manifest called a report", signEnvelope(REPORT_TYPE, payload, keys.restoreTest)],
    ["with a blank", ` ${right}`],
    ["with blanks", JSON.stringify(JSON.parse(right), undefined, 1)],
    ["with one more signature", right.replace('"signatures":[', '"signatures":[{"keyid":"x","sig":""},')],
    ["that names another host", signEnvelope(REPORT_TYPE, report, keys.restoreTest)],
    ["from the future", signEnvelope(REPORT_TYPE, encodeReport(late), keys.restoreTest)],
    ["another document", signEnvelope("application/vnd.lakat.day-key+json", report, keys.restoreTest)],
  ];
  for (const [what, body] of bad) {
    const { status, body: said } = await push(body);
    t.equal(status, 422, what);
    t.match(
      JSON.parse(said),
      { code: /^((SIGNATURE|MANIFEST)_INVALID|EVIDENCE_REFUSED)$/, what: String, todo: String },
      what,
    );
  }
  t.equal(refused.length, bad.length, "each refusal is told");
  t.equal((await push(manifest, { "content-type": "application/x-www-form-urlencoded" })).status, 415);
  t.equal((await push(Buffer.alloc(5 * 1024 * 1024, "a"))).status, 413);
  t.equal((await push(manifest, { host: "crm.example.hu" })).status, 404, "not on an application's host");
  t.equal(await rows(), 0, "nothing of it is kept");
  t.match(await boardPage(), "No evidence yet");

  const answers = await Promise.all([push(manifest), push(manifest)]);
  t.strictSame(answers.map(({ status }) => status).sort(), [200, 201], "two at once: one is new");
  t.equal((await push(drill, { "content-type": "application/json" })).status, 201, "as a webhook sends it");
  t.equal(await rows(), 2);
});

t.test("bodies that never end keep others out for a moment only, and not for good", async (t) => {
  const slow = await Promise.all(
    [1, 2].map(
      () =>
        new Promise<ReturnType<typeof connect>>((resolve) => {
          const socket = connect(node.ports.pages, "127.0.0.1", () => {
            socket.write(
              "POST /evidence HTTP/1.1\r\nHost: login.example.hu\r\nX-Forwarded-For: 192.0.2.8\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
              () => resolve(socket),
            );
          });
          socket.on("error", () => undefined);
        }),
    ),
  );
  let answer = await push(manifest);
  // The two may not have been read yet.
  while (answer.status !== 503) answer = await push(manifest);
  t.equal(answer.headers["retry-after"], "5");
  for (const socket of slow) socket.destroy();
  while (answer.status === 503) answer = await push(manifest);
  t.equal(answer.status, 200);
});

t.test("a host pushes what it has signed, also what it could not before", async (t) => {
  const state = join(folder, "state");
  await mkdir(state);
  const config = join(folder, "lakat.yaml");
  const url = `http://127.0.0.1:${await proxyPort(t)}`;
  const write = async (to: string): Promise<void> =>
    writeFile(
      config,
      JSON.stringify({
        role: "restore-test",
        signing_key: join(folder, "restoreTest.key"),
        backup_hosts: [join(folder, "backup.pub")],
        source: { type: "directory", name: "local", path: folder, country: "DE" },
        state_directory: state,
        evidence: { url: to },
      }),
    );
  await write("http://127.0.0.1:1");
  const told: string[] = [];
  const outbox = join(state, "evidence");
  const night = evidence.slice(-8);
  for (const [i, envelope] of night.entries()) {
    const id = idOf(envelope);
    await tellBoard(
      { state_directory: state, evidence: { url: "http://127.0.0.1:1" } },
      id,
      envelope,
      new AbortController().signal,
      (fault) => told.push(fault.code),
    );
    t.equal((await readdir(outbox)).length, i + 1, "it is kept");
  }
  t.strictSame([...new Set(told)], ["EVIDENCE_NOT_SENT"], "the run is told and goes on");
  const away = await lakat(["evidence", "push", "--config", config]);
  t.match(away, {
    exit: 1,
    stderr: /^lakat: EVIDENCE_NOT_SENT: the board at 127\.0\.0\.1:1 was not reached/,
  });

  await write(url);
  await writeFile(join(outbox, `${idOf(night[0] ?? Buffer.of()).slice(0, -8)}00000000.json`), "{}");
  const before = await rows();
  const some = await lakat(["evidence", "push", "--config", config, "--json"]);
  t.match(some, { exit: 1, stderr: /EVIDENCE_REFUSED/ });
  t.match(some.json(), { waiting: 1 });
  t.equal(await rows(), before + night.length, "one that is refused keeps none of the others");
  t.match(await lakat(["evidence", "push", "--config", config]), { exit: 1, stdout: /waiting: 1/ });
});

t.test("the board is what was pushed, and its reports are a click away; silence turns it red", async (t) => {
  for (const one of evidence) await push(one);
  const page = await boardPage();
  t.match(page, "crm");
  t.match(page, "billing");
  t.notMatch(page, "The daily report did not come");
  const [, path = ""] = /href="(\/backups\/reports\/[^"]+)"/.exec(page) ?? [];
  t.match(await boardPage(path), "SHA-256");
  await gateway.pass(40 * 3_600_000);
  const browser = new Browser({ pages: node.ports.pages, authz: node.ports.authz });
  await gateway.signIn(browser, await gateway.person({ roles: ["ops"] }));
  const late = (await browser.get(`${LOGIN}/backups`)).body;
  t.match(late, "The backups are not good");
  t.match(late, "The daily report did not come");
});

t.test("what is old goes: signed reports first, then what is known of them", async (t) => {
  const [sweep] = parts.sweeps;
  const all = await rows();
  await sweep?.(new Date(now.getTime() + 60 * 86_400_000));
  const kept = await gateway.rows<{ kind: string }>("SELECT kind FROM evidence WHERE envelope IS NOT NULL");
  t.ok(kept.length > 0 && kept.length < all && kept.every(({ kind }) => kind !== "manifest"));
  t.equal(await rows(), all);
  await sweep?.(new Date(now.getTime() + 401 * 86_400_000));
  t.equal(await rows(), 0);
});

/** As the proxy in front of the gateway: what came is sent on under the login host's name. */
async function proxyPort(t: Test): Promise<number> {
  const server = createServer((request, response) => {
    const headers = { ...request.headers, host: "login.example.hu", "x-forwarded-for": "192.0.2.9" };
    const { method, url: path } = request;
    const on = ask({ port: node.ports.pages, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    request.pipe(on);
  }).listen(0, "127.0.0.1");
  t.teardown(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function idOf(envelope: Buffer): string {
  const { payload } = JSON.parse(envelope.toString()) as { payload: string };
  const { id, backupId } = JSON.parse(Buffer.from(payload, "base64").toString()) as Record<string, string>;
  return id ?? backupId ?? "";
}
