/** Against a server on loopback that behaves as SMSAPI does: errors with status 200, an idx taken once. */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import t, { type Test } from "tap";
import { openSmsapi } from "../../../src/auth/adapters/smsapi.ts";
import type { Sms, Trouble } from "../../../src/auth/message.ts";
import { startWebServer, type WebRequest } from "../../fixtures/web-server.ts";

const TOKEN = "planted-token-3f9a";
const MESSAGE: Sms = {
  kind: "sms",
  to: "+36201234567",
  text: "Kódja: 48151623. Ne adja meg senkinek!\n@login.example.hu #48151623",
};
const never = new AbortController().signal;

type Behaviour = (response: ServerResponse, request: WebRequest) => void;

const json =
  (body: unknown, status = 200): Behaviour =>
  (response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const fault = (error: unknown): Behaviour =>
  json({ error, message: "refused for 36201234567: 48151623", invalid_numbers: [] });
const dies: Behaviour = (response) => void response.socket?.destroy();
const diesInTheMiddle: Behaviour = (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
  response.write('{"count":1,"list":[{"id":"1"');
  response.socket?.end();
};
const silent: Behaviour = () => undefined;

/** Takes each idx once, as `check_idx=1` asks for, whichever host it comes to. */
function smsapi(taken = new Set<string>()): Behaviour & { taken: Set<string> } {
  const behaviour: Behaviour = (response, request) => {
    const form = new URLSearchParams(request.body.toString());
    const idx = form.get("idx") ?? "";
    if (request.headers.authorization !== `Bearer ${TOKEN}`) fault(101)(response, request);
    else if (form.get("check_idx") === "1" && taken.has(idx))
      json({ error: 53, message: "Not unique idx" })(response, request);
    else {
      taken.add(idx);
      json({ count: 1, list: [{ id: "123", points: 0.16, number: form.get("to"), idx, status: "QUEUE" }] })(
        response,
        request,
      );
    }
  };
  return Object.assign(behaviour, { taken });
}

async function hosts(t: Test, first: Behaviour, second: Behaviour, limitMs?: number) {
  const [one, two] = [await startWebServer(t, first), await startWebServer(t, second)];
  const send = openSmsapi({
    token: TOKEN,
    from: "Example",
    url: one.url,
    fallbackUrl: two.url,
    ...(limitMs === undefined ? {} : { limitMs }),
  });
  return {
    one,
    two,
    send: (id: string, signal = never) =>
      send(MESSAGE, { id, createdAt: new Date(0), expiresAt: new Date(600_000) }, signal),
  };
}

t.test("a message goes out as SMSAPI wants it", async (t) => {
  const { one, two, send } = await hosts(t, smsapi(), smsapi());
  const id = randomUUID();
  t.equal(await send(id), undefined);
  t.equal(two.requests.length, 0);
  const [request] = one.requests;
  t.match(request, { method: "POST", url: "/sms.do", headers: { authorization: `Bearer ${TOKEN}` } });
  t.strictSame(Object.fromEntries(new URLSearchParams(request?.body.toString())), {
    to: "36201234567",
    message: MESSAGE.text,
    from: "Example",
    format: "json",
    encoding: "utf-8",
    idx: id,
    check_idx: "1",
  });
});

t.test("an idx that SMSAPI has had is as good as sent", async (t) => {
  const api = smsapi();
  const { one, send } = await hosts(t, api, api);
  const id = randomUUID();
  t.equal(await send(id), undefined);
  t.equal(await send(id), undefined);
  t.strictSame([one.requests.length, api.taken.size], [2, 1]);
});

t.test("the other host is asked with the same idx when the first fails, and only then", async (t) => {
  const cases: [name: string, first: Behaviour, isAsked: boolean, trouble: Trouble | undefined][] = [
    ["gone", dies, true, undefined],
    ["dies in the middle of its answer", diesInTheMiddle, true, undefined],
    ["503", json({}, 503), true, undefined],
    ["500 with an error of its own", json({ error: 13 }, 500), true, undefined],
    ["silent", silent, true, undefined],
    ["200, but a page of something else", (response) => void response.end("<html>hello"), true, undefined],
    ["200 with nothing sent", json({ count: 0, list: [] }), true, undefined],
    ["200 without an end", (response) => void response.write(Buffer.alloc(100_000, 32)), true, undefined],
    ["no valid number", fault(13), false, { word: "smsapi-error-13", final: true }],
    ["wrong token", fault(101), false, { word: "smsapi-error-101", final: true }],
    ["country not allowed", fault("112"), false, { word: "smsapi-error-112", final: true }],
    ["out of credit", fault(103), false, { word: "smsapi-out-of-credit", final: false }],
    ["too many to one number", fault(52), false, { word: "smsapi-error-52", final: false }],
    ["their trouble", fault(201), false, { word: "smsapi-error-201", final: false }],
    [
      "an error that is no number",
      fault("36201234567"),
      false,
      { word: "smsapi-error-unknown", final: false },
    ],
    ["an error that is no value", fault({ a: 1 }), false, { word: "smsapi-error-unknown", final: false }],
    ["401", json({ message: "no" }, 401), false, { word: "smsapi-http-401", final: true }],
    ["401 with an error", json({ error: 101 }, 401), false, { word: "smsapi-error-101", final: true }],
    ["429", json({}, 429), false, { word: "smsapi-http-429", final: false }],
    [
      "a redirect",
      (response) => void response.writeHead(307, { location: "http://127.0.0.1:9/" }).end(),
      false,
      { word: "smsapi-http-307", final: true },
    ],
  ];
  await Promise.all(
    cases.map(async ([name, first, isAsked, trouble]) => {
      const { one, two, send } = await hosts(t, first, smsapi(), 400);
      const id = randomUUID();
      t.strictSame(await send(id), trouble, name);
      t.equal(two.requests.length, isAsked ? 1 : 0, `${name}: the other host`);
      for (const { body } of [...one.requests, ...two.requests])
        t.equal(new URLSearchParams(body.toString()).get("idx"), id, `${name}: idx`);
    }),
  );
});

t.test("a try whose answer was lost is not a second SMS", async (t) => {
  const api = smsapi();
  const takesAndDies: Behaviour = (response, request) => {
    api.taken.add(new URLSearchParams(request.body.toString()).get("idx") ?? "");
    dies(response, request);
  };
  const { two, send } = await hosts(t, takesAndDies, api);
  t.equal(await send(randomUUID()), undefined);
  t.strictSame([two.requests.length, api.taken.size], [1, 1], "the other host said: not unique");
});

t.test("both away: it may pass; what is said names neither number, code nor token", async (t) => {
  for (const [first, word] of [
    [dies, "smsapi-unreachable"],
    [silent, "smsapi-timeout"],
    [json({}, 502), "smsapi-http-502"],
  ] as const) {
    const { send } = await hosts(t, first, first, 300);
    t.strictSame(await send(randomUUID()), { word, final: false });
  }
  const { one, two, send } = await hosts(t, smsapi(), smsapi());
  await Promise.all([one.stop(), two.stop()]);
  t.strictSame(await send(randomUUID()), { word: "smsapi-unreachable", final: false });
});

t.test("what it says is one of our own words, whatever SMSAPI answers", async (t) => {
  for (const error of [
    13,
    8,
    103,
    99_999,
    -1,
    1e9,
    1.5,
    "x".repeat(500),
    "13\n36201234567",
    null,
    [],
    true,
  ]) {
    const { send } = await hosts(t, fault(error), smsapi());
    t.match((await send(randomUUID()))?.word, /^[a-z0-9-]{1,40}$/, String(error));
  }
});

t.test("an aborted try ends at once and does not go on to the other host", async (t) => {
  const stop = new AbortController();
  const { two, send } = await hosts(t, () => stop.abort(new Error("stopping")), smsapi());
  await t.rejects(send(randomUUID(), stop.signal), /^stopping$/);
  t.equal(two.requests.length, 0);
});

t.test("only https, but for this machine", async (t) => {
  const open = (url: string, fallbackUrl: string) => () => openSmsapi({ token: TOKEN, url, fallbackUrl });
  const fine = "https://api.smsapi.com";
  t.doesNotThrow(open(fine, "https://api2.smsapi.com"));
  t.doesNotThrow(open("http://127.0.0.1:1", "http://localhost:1"));
  for (const bad of [
    "http://api.smsapi.com",
    "ftp://127.0.0.1",
    "https://a:b@api.smsapi.com",
    "api.smsapi.com",
    "",
  ]) {
    t.throws(open(bad, fine), { code: "CONFIG_INVALID", message: /^sms\.url / }, bad);
    t.throws(open(fine, bad), { code: "CONFIG_INVALID", message: /^sms\.fallback_url / }, bad);
  }
});
