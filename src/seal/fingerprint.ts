import { createHash } from "node:crypto";

/**
 * In: a public key as DER SubjectPublicKeyInfo (RFC 5280; X25519 and Ed25519 by RFC 8410). Out: `SHA256:` and
 * 64 hex digits. By hand: `openssl x509 -in key.crt -pubkey -noout | openssl pkey -pubin -outform DER |
 * sha256sum`.
 */
export function fingerprintOf(spkiDer: Buffer): string {
  return `SHA256:${createHash("sha256").update(spkiDer).digest("hex")}`;
}

/** A fingerprint to be read out: 16 groups of four hex digits, four groups a line. */
export function fingerprintForVoice(fingerprint: string): string {
  const groups = fingerprint.replace(/^SHA256:/, "").match(/.{1,4}/g) ?? [];
  const lines: string[] = [];
  for (let i = 0; i < groups.length; i += 4) lines.push(groups.slice(i, i + 4).join(" "));
  return lines.join("\n");
}
