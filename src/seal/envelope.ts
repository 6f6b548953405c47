/**
 * Signed documents: DSSE v1.0 (https://github.com/secure-systems-lab/dsse). What is signed is the payload
 * together with its type, so that a day key can never pass for a manifest.
 */
import { z } from "zod";
import { Fault, firstLine } from "../fault.ts";
import type { SigningKey, VerifyKey } from "./signing-key.ts";

/** A manifest of thousands of databases stays far below it. */
const MAX_ENVELOPE = 16 * 1024 * 1024;

const Envelope = z.strictObject({
  payloadType: z.string().max(200),
  payload: z.base64(),
  signatures: z.array(z.strictObject({ keyid: z.string().max(200), sig: z.base64().max(200) })).max(16),
});

/** Out: the envelope as UTF-8 JSON with one signature. */
export function signEnvelope(payloadType: string, payload: Buffer, key: SigningKey): Buffer {
  const sig = key.sign(preAuthEncoding(payloadType, payload)).toString("base64");
  const envelope = {
    payloadType,
    payload: payload.toString("base64"),
    signatures: [{ keyid: key.keyid, sig }],
  };
  return Buffer.from(`${JSON.stringify(envelope)}\n`);
}

/**
 * In: an envelope, the type its payload must have, the keys trusted for it. Out: the payload, signed by at least
 * one of them. Throws SIGNATURE_INVALID, which says whether the form, the type, the signer or the payload is
 * wrong. A `keyid` in the file only chooses among `trustedKeys`; it is never believed.
 */
export function openEnvelope(bytes: Buffer, payloadType: string, trustedKeys: readonly VerifyKey[]): Buffer {
  return openEnvelopeOf(bytes, new Map([[payloadType, trustedKeys]])).payload;
}

/** The same for one of several types, each with the keys trusted for it. Out: also which it is, and who signed. */
export function openEnvelopeOf(
  bytes: Buffer,
  trusted: ReadonlyMap<string, readonly VerifyKey[]>,
): { payloadType: string; payload: Buffer; keyid: string } {
  const { payloadType, payload: encoded, signatures } = parse(bytes);
  const trustedKeys = trusted.get(payloadType);
  if (trustedKeys === undefined)
    throw invalid(`it is of type ${payloadType}, not ${[...trusted.keys()].join(" or ")}`);
  if (signatures.length === 0) throw invalid("it carries no signature");
  const payload = Buffer.from(encoded, "base64");
  const signed = preAuthEncoding(payloadType, payload);
  let known = false;
  for (const { keyid, sig } of signatures) {
    const key = trustedKeys.find((k) => k.keyid === keyid);
    if (key === undefined) continue;
    known = true;
    if (key.verify(signed, Buffer.from(sig, "base64"))) return { payloadType, payload, keyid };
  }
  const signers = signatures.map((s) => s.keyid).join(", ");
  if (!known) throw invalid(`it is signed by ${signers}, not by a trusted key`);
  throw invalid(`its content does not fit the signature of ${signers}: it was changed after signing`);
}

/**
 * The payload of an envelope whatever its signature, for the person who has lost every public key. What it says
 * is nobody's word. Throws SIGNATURE_INVALID for what is no envelope of this type.
 */
export function readUnverifiedEnvelope(bytes: Buffer, payloadType: string): Buffer {
  const envelope = parse(bytes);
  if (envelope.payloadType !== payloadType)
    throw invalid(`it is of type ${envelope.payloadType}, not ${payloadType}`);
  return Buffer.from(envelope.payload, "base64");
}

function parse(bytes: Buffer): z.infer<typeof Envelope> {
  if (bytes.length > MAX_ENVELOPE) throw invalid("it is larger than 16 MiB");
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalid("it is not JSON", error);
  }
  const parsed = Envelope.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(`it is not a DSSE envelope: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  return parsed.data;
}

/** DSSE's PAE: with the lengths in front, no two pairs of type and payload give the same bytes. */
function preAuthEncoding(payloadType: string, payload: Buffer): Buffer {
  const typeBytes = Buffer.byteLength(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${typeBytes} ${payloadType} ${payload.length} `), payload]);
}

function invalid(why: string, cause?: unknown): Fault {
  return new Fault(
    "SIGNATURE_INVALID",
    firstLine(`the signed document is refused: ${why}`),
    "Find out who wrote it: take the document from another destination, or pin the signer's key if it is yours.",
    { cause },
  );
}
