import t from "tap";
import { openBytes, sealBytes } from "../../src/seal/age.ts";
import { DAY_KEY_TYPE, newDayKey, openDayKey, publishDayKey } from "../../src/seal/day-key.ts";
import { signEnvelope } from "../../src/seal/envelope.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";

const host = newSigningKey();
const day = "2026-11-23";
const made = new Date("2026-11-20T04:00:00Z");
const now = new Date("2026-11-23T03:00:00Z");
const notAfter = new Date("2026-11-24T12:00:00Z");
const opening = { day, now, trusted: [host] };

t.test("a published day key is taken, and its identity opens what is sealed to it", async (t) => {
  const dayKey = await newDayKey(day, made, notAfter);
  const published = publishDayKey(dayKey, host);
  t.notOk(published.includes(dayKey.identity), "the secret stays");
  t.notOk(Buffer.from(published.toString().slice(60), "base64").includes("AGE-SECRET"), "the secret stays");
  const opened = openDayKey(published, opening);
  t.match(opened, { day, recipient: dayKey.recipient, notAfter, fingerprint: /^SHA256:[0-9a-f]{64}$/ });
  const sealed = await sealBytes(Buffer.from("x"), [opened.recipient]);
  t.equal((await openBytes(sealed, [dayKey.identity])).toString(), "x");
});

t.test("refused, with the reason", async (t) => {
  const dayKey = await newDayKey(day, made, notAfter);
  const other = newSigningKey();
  const content = {
    version: 1,
    day,
    recipient: dayKey.recipient,
    createdAt: made.toISOString(),
    notAfter: notAfter.toISOString(),
  };
  const signed = (change: object) =>
    signEnvelope(DAY_KEY_TYPE, Buffer.from(JSON.stringify({ ...content, ...change })), host);
  const unsigned = {
    payloadType: DAY_KEY_TYPE,
    payload: Buffer.from("{}").toString("base64"),
    signatures: [],
  };
  const tampered = JSON.parse(publishDayKey(dayKey, host).toString()) as { payload: string };
  const stranger = await newDayKey(day, made, notAfter);
  tampered.payload = Buffer.from(JSON.stringify({ ...content, recipient: stranger.recipient })).toString(
    "base64",
  );
  const cases: [string, Buffer, RegExp][] = [
    ["bare", Buffer.from(JSON.stringify(content)), /not a DSSE envelope/],
    ["unsigned", Buffer.from(JSON.stringify(unsigned)), /no signature/],
    ["signed by another", publishDayKey(dayKey, other), /not by a trusted key/],
    ["recipient exchanged", Buffer.from(JSON.stringify(tampered)), /changed after signing/],
    [
      "a manifest's type",
      signEnvelope("application/vnd.lakat.manifest+json", Buffer.from("{}"), host),
      /of type/,
    ],
    [
      "yesterday's",
      publishDayKey(await newDayKey("2026-11-22", made, notAfter), host),
      /another day, 2026-11-22/,
    ],
    ["out of date", publishDayKey({ ...dayKey, notAfter: now.toISOString() }, host), /out of date since/],
    ["no age recipient", signed({ recipient: "age1nonsense" }), /no usable age X25519/],
    ["version 2", signed({ version: 2 }), /version/],
    ["unknown field", signed({ extra: true }), /extra/],
    ["no such day", signed({ day: "2026-02-30" }), /day/],
    ["not JSON", signEnvelope(DAY_KEY_TYPE, Buffer.from("x"), host), /not JSON/],
  ];
  for (const [name, bytes, message] of cases) {
    t.throws(() => openDayKey(bytes, opening), { code: "DAY_KEY_INVALID", message }, name);
  }
  const good = publishDayKey(dayKey, host);
  t.throws(() => openDayKey(good, { ...opening, now: notAfter }), { code: "DAY_KEY_INVALID" });
  t.doesNotThrow(() => openDayKey(good, { ...opening, now: new Date(notAfter.getTime() - 1) }));
  await t.rejects(newDayKey("2026-02-30", made, notAfter), { code: "DAY_KEY_INVALID" });
});
