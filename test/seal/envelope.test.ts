import { randomBytes, sign, createPrivateKey } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { openEnvelope, signEnvelope } from "../../src/seal/envelope.ts";
import { newSigningKey } from "../../src/seal/signing-key.ts";

const TYPE = "application/vnd.test+json";
const key = newSigningKey();

interface Envelope {
  payloadType: string;
  payload: string;
  signatures: { keyid: string; sig: string }[];
}

function changed(change: (envelope: Envelope) => unknown): Buffer {
  const envelope = JSON.parse(signEnvelope(TYPE, Buffer.from("payload"), key).toString()) as Envelope;
  return Buffer.from(JSON.stringify(change(envelope)));
}

t.test("any payload comes back", async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
      const payload = Buffer.from(bytes);
      return openEnvelope(signEnvelope(TYPE, payload, key), TYPE, [newSigningKey(), key]).equals(payload);
    }),
  );
  t.pass();
});

t.test("what is signed is DSSE's pre-authentication encoding", async (t) => {
  const sig = sign(null, Buffer.from("DSSEv1 29 http://example.com/HelloWorld 11 hello world"), {
    key: createPrivateKey(key.privatePem),
  }).toString("base64");
  const type = "http://example.com/HelloWorld";
  const payload = Buffer.from("hello world");
  const ours = JSON.parse(signEnvelope(type, payload, key).toString()) as Envelope;
  t.same(ours, { payloadType: type, payload: "aGVsbG8gd29ybGQ=", signatures: [{ keyid: key.keyid, sig }] });
});

t.test("refused, with the reason", async (t) => {
  const other = newSigningKey();
  const flip = (text: string) => (text.startsWith("A") ? "B" : "A") + text.slice(1);
  const cases: [string, Buffer, RegExp][] = [
    ["unknown key", signEnvelope(TYPE, Buffer.from("payload"), other), /not by a trusted key/],
    [
      "another type",
      signEnvelope("application/other", Buffer.from("payload"), key),
      /of type application\/other/,
    ],
    ["type changed", changed((e) => ({ ...e, payloadType: "text/plain" })), /of type text\/plain/],
    [
      "type changed to the expected",
      Buffer.from(
        signEnvelope("application/other", Buffer.from("p"), key)
          .toString()
          .replace("application/other", TYPE),
      ),
      /changed after signing/,
    ],
    ["payload changed", changed((e) => ({ ...e, payload: flip(e.payload) })), /changed after signing/],
    [
      "signature changed",
      changed((e) => ({ ...e, signatures: e.signatures.map((s) => ({ ...s, sig: flip(s.sig) })) })),
      /changed after signing/,
    ],
    [
      "somebody else's signature under a trusted name",
      changed((e) => ({
        ...e,
        signatures: [{ keyid: key.keyid, sig: other.sign(Buffer.from("x")).toString("base64") }],
      })),
      /changed after signing/,
    ],
    ["no signature", changed((e) => ({ ...e, signatures: [] })), /no signature/],
    [
      "no signatures",
      changed(({ payload, payloadType }) => ({ payload, payloadType })),
      /not a DSSE envelope: sign/,
    ],
    ["unknown field", changed((e) => ({ ...e, extra: 1 })), /not a DSSE envelope/],
    ["not base64", changed((e) => ({ ...e, payload: "%%%" })), /not a DSSE envelope: payload/],
    ["not JSON", Buffer.from("{"), /not JSON/],
    ["not UTF-8", Buffer.from([0x22, 0xff, 0x22]), /not JSON/],
    ["empty", Buffer.alloc(0), /not JSON/],
    ["too large", Buffer.alloc(16 * 1024 * 1024 + 1, 0x20), /larger than 16 MiB/],
  ];
  for (const [name, bytes, message] of cases) {
    t.throws(() => openEnvelope(bytes, TYPE, [key]), { code: "SIGNATURE_INVALID", message }, name);
  }
  t.throws(
    () =>
      openEnvelope(
        changed((e) => e),
        TYPE,
        [],
      ),
    { code: "SIGNATURE_INVALID" },
    "nobody is trusted",
  );
});

t.test("one trusted signature among others is enough", async (t) => {
  const stranger = { keyid: "SHA256:stranger", sig: randomBytes(64).toString("base64") };
  const bytes = changed((e) => ({ ...e, signatures: [stranger, ...e.signatures] }));
  t.equal(openEnvelope(bytes, TYPE, [key]).toString(), "payload");
});
