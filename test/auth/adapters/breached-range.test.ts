import { createHash } from "node:crypto";
import t from "tap";
import { breachedRange } from "../../../src/auth/adapters/breached-range.ts";
import { startWebServer } from "../../fixtures/web-server.ts";

const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex").toUpperCase();
const PASSWORD = "vitorla csat dió kémény";
const REST = sha1(PASSWORD).slice(5);
const other = (i: number): string => sha1(`other ${i}`).slice(5);

t.test("asks by the first five digits alone, padded, and reads the answer", async (t) => {
  let body = "";
  const { url, requests } = await startWebServer(t, (response) => void response.end(body));
  const range = breachedRange(`${url}/range/`);
  const cases: [what: string, body: string, has: boolean][] = [
    ["in it", `${other(1)}:4\r\n${REST}:12\r\n${other(2)}:1`, true],
    ["lower case and line feeds", `${other(1)}:4\n${REST.toLowerCase()}:12\n`, true],
    ["not in it", `${other(1)}:4\r\n${other(2)}:1`, false],
    ["padding", `${other(1)}:4\r\n${REST}:0`, false],
  ];
  for (const [what, text, found] of cases) {
    body = text;
    t.equal(await range.has(PASSWORD), found, what);
  }
  const [first] = requests;
  t.equal(first?.url, `/range/${sha1(PASSWORD).slice(0, 5)}`);
  t.match(first?.headers, { "add-padding": "true", "user-agent": "lakat" });
  t.equal(first?.body.length, 0);
  t.notMatch(JSON.stringify([first?.url, first?.headers]), REST.slice(0, 8));
});

t.test("whatever is no answer rejects", async (t) => {
  let answer: NonNullable<Parameters<typeof startWebServer>[1]> = () => undefined;
  const server = await startWebServer(t, (response, request) => answer(response, request));
  const ask = (): Promise<boolean> => breachedRange(server.url, 200).has(PASSWORD);
  const cases: [what: string, answer: typeof answer, message: RegExp][] = [
    ["an error", (r) => void r.writeHead(500).end(`${other(1)}:1`), /answered 500/],
    ["too many", (r) => void r.writeHead(429).end(), /answered 429/],
    ["elsewhere", (r) => void r.writeHead(302, { location: "http://127.0.0.1:1/" }).end(), /answered 302/],
    ["a page", (r) => void r.end("<html>sign in to the network</html>"), /no list/],
    ["nothing", (r) => void r.end(), /no list/],
    ["half a line", (r) => void r.end(`${other(1)}:4\r\n${other(2)}`), /no list/],
    ["a line that is wrong after the right one", (r) => void r.end(`${REST}:1\r\nx`), /no list/],
    ["much", (r) => void r.end(`${other(1)}:1\r\n`.repeat(40_000)), /without an end/],
    ["silence", () => undefined, /no answer within 0.2 seconds/],
    ["silence after the head", (r) => r.flushHeaders(), /no answer within 0.2 seconds/],
    ["broken off", (r) => void r.destroy(), /not reached/],
  ];
  for (const [what, next, message] of cases) {
    answer = next;
    await t.rejects(ask(), { code: "BREACHED_UNKNOWN", message }, what);
  }
  await server.stop();
  const error = await ask().catch((thrown: unknown) => thrown);
  t.match(error, { code: "BREACHED_UNKNOWN", message: /ECONNREFUSED/, cause: undefined });
});

t.test("only https, or this machine", async (t) => {
  for (const bad of [
    "http://breached.example/range",
    "ftp://127.0.0.1/range",
    "breached.example",
    "https://user:word@breached.example/range",
    "https://breached.example/range?key=1",
    "https://breached.example/range#x",
    "",
  ])
    t.throws(() => breachedRange(bad), { code: "CONFIG_INVALID" }, bad);
  for (const good of ["https://breached.example/range", "http://localhost:1/range", "http://[::1]:1"])
    t.doesNotThrow(() => breachedRange(good), good);
});
