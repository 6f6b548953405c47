import fc from "fast-check";
import t from "tap";
import { canonicalAddress, columnsOf, decodeEntry, encodeEntry } from "../../src/auth/audit-entry.ts";
import { EVENTS, type AuditEvent } from "../../src/auth/audit-event.ts";
import { anyEvent } from "../fixtures/audit-events.ts";

const ID = "3f2a8c1e-4b5d-4e6f-8a9b-0c1d2e3f4a5b";
const EVENT: AuditEvent = {
  at: new Date("2026-03-01T10:00:00.5Z"),
  event: "sign-in",
  outcome: "success",
  actor: { kind: "account", id: ID, name: "anna" },
  account: { id: ID, name: "anna" },
  address: "2001:DB8::0001",
  userAgent: "Mozilla/5.0",
  details: { tries: 2, apps: ["crm"], again: false },
};

t.test("keys stand in a fixed order, times in UTC with milliseconds", async (t) => {
  const text = encodeEntry({ ...EVENT });
  t.equal(
    text,
    `{"at":"2026-03-01T10:00:00.500Z","event":"sign-in","outcome":"success","retention":"detail","actor":{"kind":"account","id":"${ID}","name":"anna"},"account":{"id":"${ID}","name":"anna"},"address":"2001:db8::1","userAgent":"Mozilla/5.0","details":{"again":false,"apps":["crm"],"tries":2}}`,
  );
  const turned = Object.fromEntries(Object.entries(EVENT).reverse()) as unknown as AuditEvent;
  t.equal(encodeEntry(turned), text, "whatever order they came in");
  t.match(columnsOf(decodeEntry(text)), { actor: `account:${ID}`, accountId: ID, address: "2001:db8::1" });
});

t.test("what is read back is what was written, for any event", async () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const text = encodeEntry(event);
      const read = decodeEntry(text);
      // Writing it again changes nothing: it was cleaned and cut once.
      t.equal(encodeEntry(read), text);
      t.strictSame(decodeEntry(encodeEntry(read)), read);
      t.equal(read.at.getTime(), event.at.getTime());
      t.equal(read.event, event.event);
      t.equal(read.retention, EVENTS[event.event]);
      t.ok(!/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]|\p{Cs}/u.test(text), text);
      t.notMatch(text, /\\u|\\n|\\r/, "nor hidden behind an escape");
      t.ok(text.length <= 16_384);
    }),
    { numRuns: 300 },
  );
});

t.test("a line of a log cannot be forged", async (t) => {
  const text = encodeEntry({
    ...EVENT,
    userAgent: 'x"}\r\n{"at":"2026-03-01T10:00:00.500Z","event":"audit.purged"\u001b[2J\u202e',
    account: { id: ID, name: "n".repeat(5000) },
  });
  t.notMatch(text, /[\r\n\u001b\u202e]/);
  const read = decodeEntry(text);
  t.equal(read.event, "sign-in");
  t.match(read.userAgent, /^x"\} \{"at"/);
  t.equal(read.account?.name.length, 100);
  t.match(read.account?.name, /n…$/);
});

t.test("details that are too long are left out; the event is written", async (t) => {
  const details = Object.fromEntries(["a", "b"].map((key) => [key, Array<string>(50).fill("x".repeat(300))]));
  t.strictSame(decodeEntry(encodeEntry({ ...EVENT, details })).details, { cut: true });
});

t.test("anything but the canonical form is no entry", async (t) => {
  const text = encodeEntry(EVENT);
  for (const [what, changed] of [
    ["a space", text.replace(",", ", ")],
    ["keys in another order", text.replace(/("event":"sign-in"),("outcome":"success")/, "$2,$1")],
    ["a key twice", text.replace('"outcome"', '"outcome":"failure","outcome"')],
    ["a key that is not known", text.replace('"outcome"', '"more":1,"outcome"')],
    ["an escape", text.replace("anna", "\\u0061nna")],
    ["a control character", text.replace("Mozilla", "\\u0007ozilla")],
    ["an address in another spelling", text.replace("2001:db8::1", "2001:DB8::1")],
    ["another time zone", text.replace("500Z", "500+00:00")],
    ["a number too many", text.replace("2}", "2.0}")],
    ["half of it", text.slice(0, -5)],
    ["nothing", ""],
  ] as const) {
    t.not(changed, text, what);
    t.throws(() => decodeEntry(changed), { name: "TypeError" }, what);
  }
});

t.test("what only a defect could pass is refused", async (t) => {
  for (const broken of [
    { at: new Date(NaN) },
    { at: new Date("+012026-01-01T00:00:00Z") },
    { address: "crm.example.hu" },
    { sessionId: "1" },
    { account: { id: "anna", name: "anna" } },
    { details: { "a\nb": 1 } },
    { details: { n: NaN } },
  ])
    t.throws(() => encodeEntry({ ...EVENT, ...broken }), JSON.stringify(broken));
});

t.test("an address has one spelling", async (t) => {
  for (const [text, canonical] of [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:192.0.2.1", "::ffff:c000:201"],
    ["192.0.2.01", undefined],
    ["192.0.2", undefined],
    ["192.0.2.1.", undefined],
    ["192.0.2.256", undefined],
    ["::1]/@x[", undefined],
    ["1::2::3", undefined],
    ["", undefined],
  ] as const)
    t.equal(canonicalAddress(text), canonical, text);
});
