import { createHash } from "node:crypto";
import t from "tap";
import { newSigningKey, signingKeyFromPem, verifyKeyFromPem } from "../../src/seal/signing-key.ts";
import { run } from "../fixtures/programs.ts";

t.test("a signing key survives its PEM files", async (t) => {
  const key = newSigningKey();
  const data = Buffer.from("a report");
  const signature = signingKeyFromPem(key.privatePem).sign(data);
  const publicKey = verifyKeyFromPem(key.publicPem);
  t.equal(signature.length, 64);
  t.ok(publicKey.verify(data, signature));
  t.notOk(publicKey.verify(Buffer.from("a deport"), signature), "other data");
  t.notOk(newSigningKey().verify(data, signature), "another key");
  t.notOk(publicKey.verify(data, Buffer.alloc(3)), "no signature at all");
  t.equal(publicKey.keyid, key.keyid);
  const der = await run("openssl", ["pkey", "-pubin", "-outform", "DER"], Buffer.from(key.publicPem));
  t.equal(key.keyid, `SHA256:${createHash("sha256").update(der).digest("hex")}`, "openssl agrees");
});

t.test("other keys are refused", async (t) => {
  const { privatePem, publicPem } = newSigningKey();
  const rsa = (await run("openssl", ["genrsa", "2048"])).toString();
  const rsaPublic = (await run("openssl", ["rsa", "-pubout"], Buffer.from(rsa))).toString();
  for (const pem of ["", "x", publicPem, rsa]) {
    t.throws(() => signingKeyFromPem(pem), { code: "KEY_FILE_INVALID", message: /private key/ });
  }
  for (const pem of ["", "x", privatePem, rsaPublic, publicPem.replace("MC", "MD")]) {
    t.throws(() => verifyKeyFromPem(pem), { code: "KEY_FILE_INVALID", message: /public key/ });
  }
});
