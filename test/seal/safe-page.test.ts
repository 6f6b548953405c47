import { randomBytes } from "node:crypto";
import t from "tap";
import { renderSVG } from "uqr";
import { newRsaRecoveryKey } from "../../src/seal/new-recovery-key.ts";
import { qrTexts, safePage } from "../../src/seal/safe-page.ts";
import type { SafePageContent } from "../../src/seal/safe-page.ts";
import { x25519TestKey } from "../fixtures/recovery-keys.ts";

const madeAt = new Date("2026-11-23T12:00:00Z");
const rsa = await newRsaRecoveryKey({ name: "north", now: madeAt, years: 10, bits: 4096 });
const rsaPage: SafePageContent = {
  name: `"north" <safe & sound>`,
  kind: "ssh-rsa",
  fingerprint: rsa.fingerprint,
  madeAt,
  notAfter: new Date("2036-11-23T12:00:00Z"),
  keyText: rsa.identityText,
  locked: false,
};

t.test("the codes' texts, one below the other, are the file", async (t) => {
  const x25519 = await x25519TestKey("south");
  t.equal(qrTexts(x25519.identityText).length, 1);
  t.equal(qrTexts(rsa.identityText).length, 6);
  const locked = `-----BEGIN X-----\n${randomBytes(3000)
    .toString("base64")
    .replace(/(.{64})/g, "$1\n")}\n-----END X-----\n`;
  for (const file of [x25519.identityText, rsa.identityText, locked]) {
    t.equal(`${qrTexts(file).join("\n")}\n`, file);
    t.ok(qrTexts(file).every((text) => text.length <= 600));
  }
});

t.test("the page has all of it, and needs nothing from outside", async (t) => {
  const page = safePage(rsaPage);
  for (const text of qrTexts(rsa.identityText)) {
    t.ok(page.includes(renderSVG(text, { ecc: "M", border: 4 })), "a code");
  }
  t.match(page, `<pre class="key">${rsa.identityText}</pre>`);
  const digits = rsa.fingerprint.slice("SHA256:".length);
  t.match(
    page,
    `${digits.slice(0, 4)} ${digits.slice(4, 8)} ${digits.slice(8, 12)} ${digits.slice(12, 16)}<br`,
  );
  t.match(page, "2026-11-23");
  t.match(page, "2036-11-23");
  t.match(page, "age -d -i recovery.key key.age &gt; backup.key");
  t.match(page, "openssl pkey -in recovery.key -pubout -outform DER | sha256sum");
  t.match(page, "&quot;north&quot; &lt;safe &amp; sound&gt;");
  t.notMatch(page, /<script|<link|<img|@import|url\(|(?<!xmlns=")https?:/);
  t.notMatch(page, "openssl pkcs8", "nothing to unlock");
});

t.test("a locked key is unlocked first, each kind in its way", async (t) => {
  t.match(safePage({ ...rsaPage, locked: true }), "openssl pkcs8 -in recovery.locked -out recovery.key");
  const x25519 = await x25519TestKey("south");
  const recipient = x25519.publicText.trim();
  const page = safePage({
    name: "south",
    kind: "X25519",
    fingerprint: x25519.key.fingerprint,
    madeAt,
    recipient,
    keyText: x25519.identityText,
    locked: true,
  });
  t.match(page, "age -d -o recovery.key recovery.locked");
  t.match(page, "age-keygen -y recovery.key");
  t.match(page, recipient);
  t.notMatch(page, "openssl");
});
