import t from "tap";
import { isConfidential } from "../src/confidential-url.ts";

t.test("TLS to anywhere, plain HTTP to this machine, and nothing else", async (t) => {
  for (const url of ["https://example.hu", "http://127.0.0.1:9000/x", "http://localhost", "http://[::1]:80"])
    t.ok(isConfidential(new URL(url)), url);
  for (const url of [
    "http://example.hu",
    "http://127.0.0.1.example.hu",
    "http://localhost.example.hu",
    "http://10.0.0.1",
    "ftp://localhost",
    "http://127.0.0.1@example.hu",
  ])
    t.notOk(isConfidential(new URL(url)), url);
});
