/** Webhook and dead man's switch on a real HTTP server. */
import t, { type Test } from "tap";
import { ping } from "../../src/delivery/ping.ts";
import { openWebhook } from "../../src/delivery/webhook.ts";
import { openEnvelope } from "../../src/seal/envelope.ts";
import { parseReport, REPORT_TYPE, sha256Of } from "../../src/seal/report.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";
import { drillDraft, signDraft } from "../fixtures/drafts.ts";
import { startRawServer } from "../fixtures/smtp-server.ts";
import { faultOf, never } from "../fixtures/store-conformance.ts";
import { startWebServer } from "../fixtures/web-server.ts";

const NOW = new Date("2026-11-24T03:00:00Z");
const SECRET = "/hooks/t0ken-nobody-may-see";
const key = newSigningKey();
const made = signDraft(drillDraft(NOW), key);

async function post(url: string, signal = never()): Promise<unknown> {
  const hook = openWebhook(url, 300);
  const mail = { subject: "", text: "", html: "" };
  const { parcel = {} } = await hook.pack({ ...made, page: "", mail });
  return hook.send({ report: made.report.id, channel: "webhook", since: NOW, parcel }, signal);
}

async function fails(t: Test, url: string, what: RegExp, code = "REPORT_NOT_SENT"): Promise<void> {
  for (const send of [() => post(url), () => ping(url, never(), 300)]) {
    const fault = await faultOf(send());
    t.match(fault, { code, message: what });
    const said = `${fault.message} ${fault.todo} ${String(fault.cause)}`;
    for (const secret of ["t0ken", "127.0.0.1", "127.0.0.2", "example"])
      t.notOk(said.includes(secret), `${said}: no ${secret}`);
  }
}

t.test("the receiver gets the signed envelope and can check it", async (t) => {
  const server = await startWebServer(t, (response) => void response.writeHead(204).end());
  t.strictSame(await post(`${server.url}${SECRET}`), []);
  const [request] = server.requests;
  t.match(request, {
    method: "POST",
    url: SECRET,
    headers: {
      "content-type": "application/json",
      "lakat-report-id": made.report.id,
      "lakat-report-sha256": made.sha256,
    },
  });
  const body = request?.body ?? Buffer.alloc(0);
  t.equal(sha256Of(body), made.sha256);
  t.strictSame(parseReport(openEnvelope(body, REPORT_TYPE, [key])), made.report);
});

t.test("the switch is called by GET, without a body", async (t) => {
  const server = await startWebServer(t);
  await ping(`${server.url}${SECRET}`, never());
  t.match(server.requests, [{ method: "GET", url: SECRET, body: Buffer.alloc(0) }]);
});

t.test("a redirect is not followed", async (t) => {
  const other = await startWebServer(t);
  for (const status of [301, 302, 303, 307, 308]) {
    const server = await startWebServer(
      t,
      (response) => void response.writeHead(status, { location: `${other.url}/elsewhere` }).end(),
    );
    await fails(t, `${server.url}${SECRET}`, new RegExp(`redirect \\(${status}\\)`));
  }
  t.strictSame(other.requests, []);
});

t.test("every other trouble is told without the address", async (t) => {
  for (const status of [400, 404, 500, 503]) {
    const server = await startWebServer(t, (response) => void response.writeHead(status).end("no"));
    await fails(t, `${server.url}${SECRET}`, new RegExp(`answered ${status}`));
  }
  const hanging = await startWebServer(t, () => undefined);
  await fails(t, `${hanging.url}${SECRET}`, /no answer within 0.3 seconds/);
  const dropping = await startRawServer(t, (socket) => void socket.once("data", () => socket.destroy()));
  await fails(t, `http://127.0.0.1:${dropping}${SECRET}`, /was not reached: \w+/);
  const gone = await startWebServer(t);
  await gone.stop();
  await fails(t, `${gone.url}${SECRET}`, /was not reached: ECONNREFUSED/);
  const plain = await startWebServer(t);
  await fails(t, `https${plain.url.slice(4)}${SECRET}`, /was not reached: \w*SSL\w*/);
});

t.test("an answer without an end is an answer", async (t) => {
  const endless = await startWebServer(t, (response) => {
    const timer = setInterval(() => response.write("x".repeat(1000)), 5);
    response.on("close", () => clearInterval(timer));
  });
  t.strictSame(await post(`${endless.url}${SECRET}`), []);
});

t.test("addresses that would show the report on a network are refused", async (t) => {
  for (const url of [
    `http://127.0.0.2${SECRET}`,
    `http://hooks.example.org${SECRET}`,
    `http://localhost.example.org${SECRET}`,
    `ftp://127.0.0.1${SECRET}`,
    `file://${SECRET}`,
    SECRET,
    `https://user:t0ken@hooks.example.org/`,
  ])
    await fails(t, url, /address/, "CONFIG_INVALID");
});

t.test("an interrupted run stops waiting", async (t) => {
  const server = await startWebServer(t, () => undefined);
  const stop = new AbortController();
  const reason = new Error("interrupted");
  const sending = post(`${server.url}${SECRET}`, stop.signal);
  stop.abort(reason);
  await t.rejects(sending, reason);
});
