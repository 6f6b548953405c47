import { createHash, createHmac, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import t from "tap";
import { newAccessKey, testServer } from "../fixtures/s3-server/client.ts";
import { decodeChunked } from "../fixtures/s3-server/chunked-body.ts";
import type { S3Server } from "../fixtures/s3-server/s3-server.ts";
import { authenticate, EMPTY_SHA256 } from "../fixtures/s3-server/signature-v4.ts";
import { parseXml, xmlDocument } from "../fixtures/s3-server/xml.ts";

/** The example that AWS publishes with its signatures; a key of nobody. */
const EXAMPLE = {
  id: ["AKIAIOSFODNN7", "EXAMPLE"].join(""),
  secret: ["wJalrXUtnFEMI/K7MDENG/bPxRfiCY", "EXAMPLEKEY"].join(""),
  now: new Date("2013-05-24T00:00:00Z"),
};
const secretOf = (id: string): string | undefined => (id === EXAMPLE.id ? EXAMPLE.secret : undefined);

t.test("the signature of AWS's GET example is accepted", async (t) => {
  const request = (range: string, signature: string) => ({
    method: "GET",
    rawPath: "/test.txt",
    rawQuery: "",
    rawHeaders: [
      ["Host", "examplebucket.s3.amazonaws.com"],
      ["Range", range],
      ["x-amz-content-sha256", EMPTY_SHA256],
      ["x-amz-date", "20130524T000000Z"],
      [
        "Authorization",
        `AWS4-HMAC-SHA256 Credential=${EXAMPLE.id}/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
      ],
    ].flat(),
  });
  const good = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
  t.match(authenticate(request("bytes=0-9", good), secretOf, EXAMPLE.now), { region: "us-east-1" });
  t.throws(() => authenticate(request("bytes=0-8", good), secretOf, EXAMPLE.now), {
    code: "SignatureDoesNotMatch",
  });
  const header = { ...request("bytes=0-9", good) };
  header.rawHeaders = [...header.rawHeaders, "x-amz-acl", "public-read"];
  t.throws(
    () => authenticate(header, secretOf, EXAMPLE.now),
    { code: "AccessDenied" },
    "every x-amz header is signed",
  );
  const later = new Date(EXAMPLE.now.getTime() + 16 * 60_000);
  t.throws(() => authenticate(request("bytes=0-9", good), secretOf, later), { code: "RequestTimeTooSkewed" });
});

t.test("the presigned URL of AWS's example is accepted until it expires", async (t) => {
  const request = {
    method: "GET",
    rawPath: "/test.txt",
    rawQuery: `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${EXAMPLE.id}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`,
    rawHeaders: ["Host", "examplebucket.s3.amazonaws.com"],
  };
  const at = (hours: number): Date => new Date(EXAMPLE.now.getTime() + hours * 3_600_000);
  t.match(authenticate(request, secretOf, at(23)), { payload: "UNSIGNED-PAYLOAD" });
  t.throws(() => authenticate(request, secretOf, at(25)), {
    code: "AccessDenied",
    message: "Request has expired",
  });
});

interface Upload {
  mode: string;
  headers?: Record<string, string>;
  /** Makes the framed body from the seed signature and a function that signs what follows it. */
  frame: (seed: string, sign: (lines: string[]) => string) => Buffer;
  length: number;
}

const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");

/** Signs and sends an upload with a signer of the test's own. Returns the status and the error's code. */
async function send(
  server: S3Server,
  { accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string },
  { mode, headers: more = {}, frame, length }: Upload,
): Promise<string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${date.slice(0, 8)}/eu-central-1/s3/aws4_request`;
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac("sha256", key).update(text).digest();
  const signingKey = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const headers: Record<string, string> = {
    ...more,
    host: `127.0.0.1:${server.port}`,
    "x-amz-content-sha256": mode,
    "x-amz-date": date,
    "x-amz-decoded-content-length": String(length),
  };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name] ?? ""}\n`).join("");
  const canonical = ["PUT", "/plain/k", "", lines, names.join(";"), mode].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const seed = hmac(signingKey, toSign).toString("hex");
  const sign = ([kind = "", previous = "", ...rest]: string[]): string =>
    hmac(signingKey, [`AWS4-HMAC-SHA256-${kind}`, date, scope, previous, ...rest].join("\n")).toString("hex");
  delete headers["host"];
  const response = await fetch(`${server.endpoint}/plain/k`, {
    method: "PUT",
    body: new Uint8Array(frame(seed, sign)),
    headers: {
      ...headers,
      "content-encoding": "aws-chunked",
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope},SignedHeaders=${names.join(";")},Signature=${seed}`,
    },
  });
  const code = /<Code>(\w+)/.exec(await response.text())?.[1];
  return code === undefined ? String(response.status) : `${response.status} ${code}`;
}

const pieces = [randomBytes(70_000), randomBytes(5)];
const whole = Buffer.concat(pieces);

/** Signed chunks, each continuing the signature before it; `damage` may change one before it is sent. */
function signedChunks(trailer: string | undefined, damage = (data: Buffer): Buffer => data): Upload["frame"] {
  return (seed, sign) => {
    let previous = seed;
    const frames = [...pieces, Buffer.alloc(0)].map((piece) => {
      previous = sign(["PAYLOAD", previous, EMPTY_SHA256, sha256(piece)]);
      const head = `${piece.length.toString(16)};chunk-signature=${previous}\r\n`;
      const end = piece.length === 0 && trailer !== undefined ? "" : "\r\n";
      return Buffer.concat([Buffer.from(head), damage(piece), Buffer.from(end)]);
    });
    if (trailer === undefined) return Buffer.concat(frames);
    const signature = sign(["TRAILER", previous, sha256(`${trailer}\n`)]);
    const last = `${trailer}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`;
    return Buffer.concat([...frames, Buffer.from(last)]);
  };
}

const flip = (data: Buffer): Buffer => {
  const copy = Buffer.from(data);
  if (copy.length === 5) copy[2] = (copy[2] ?? 0) ^ 1;
  return copy;
};

t.test("bodies in signed chunks", async (t) => {
  const { server, root } = await testServer(t);
  const signed = { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", length: whole.length };
  t.equal(await send(server, root, { ...signed, frame: signedChunks(undefined) }), "200");
  t.strictSame(await server.objects("plain")[0]?.read(), whole);
  const refused = "403 SignatureDoesNotMatch";
  t.equal(await send(server, root, { ...signed, frame: signedChunks(undefined, flip) }), refused);
  t.equal(
    await send(server, newAccessKey(), { ...signed, frame: signedChunks(undefined) }),
    "403 InvalidAccessKeyId",
  );
  const cut: Upload["frame"] = (seed, sign) => signedChunks(undefined)(seed, sign).subarray(0, 60_000);
  t.equal(await send(server, root, { ...signed, frame: cut }), "400 IncompleteBody");
  t.equal(
    await send(server, root, { ...signed, length: 7, frame: signedChunks(undefined) }),
    "400 IncompleteBody",
  );

  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(whole));
  const trailer = `x-amz-checksum-crc32:${value.toString("base64")}`;
  const headers = { "x-amz-trailer": "x-amz-checksum-crc32" };
  const trailing = { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", headers, length: whole.length };
  t.equal(await send(server, root, { ...trailing, frame: signedChunks(trailer) }), "200");
  t.equal(server.objects("plain")[0]?.version.checksum?.value, value.toString("base64"));
  t.equal(
    await send(server, root, { ...trailing, frame: signedChunks("x-amz-checksum-crc32:AAAAAA==") }),
    "400 BadDigest",
  );
  const forged: Upload["frame"] = (seed, sign) => {
    const text = signedChunks(trailer)(seed, sign).toString("latin1");
    return Buffer.from(
      text.replace(/(?<=trailer-signature:)./, (c) => (c === "0" ? "1" : "0")),
      "latin1",
    );
  };
  t.equal(await send(server, root, { ...trailing, frame: forged }), refused);
});

t.test("bodies in unsigned chunks with a trailer", async (t) => {
  const { server, root } = await testServer(t);
  const value = createHash("sha256").update(whole).digest("base64");
  const upload = {
    mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    headers: { "x-amz-trailer": "x-amz-checksum-sha256" },
    length: whole.length,
  };
  const frame = (trailer: string, damage = (data: Buffer): Buffer => data) => {
    const chunks = pieces.map((p) => [
      Buffer.from(`${p.length.toString(16)}\r\n`),
      damage(p),
      Buffer.from("\r\n"),
    ]);
    return () => Buffer.concat([...chunks.flat(), Buffer.from(`0\r\n${trailer}\r\n`)]);
  };
  const right = `x-amz-checksum-sha256:${value}\r\n`;
  t.equal(await send(server, root, { ...upload, frame: frame(right) }), "200");
  t.equal(await send(server, root, { ...upload, frame: frame(right, flip) }), "400 BadDigest");
  t.equal(await send(server, root, { ...upload, frame: frame("") }), "400 MalformedTrailerError");
  t.equal(
    await send(server, root, { ...upload, frame: () => whole }),
    "400 IncompleteBody",
    "not framed at all",
  );
  const huge = Buffer.alloc(30_000_000);
  t.equal(
    await send(server, root, { ...upload, frame: () => huge }),
    "400 IncompleteBody",
    "refused at its start",
  );
  t.ok((server.requests.at(-1)?.bytesIn ?? huge.length) < 1_000_000, "and not read on");
  t.equal(
    await send(server, root, { ...upload, mode: "nonsense", frame: frame(right) }),
    "400 InvalidArgument",
  );
});

t.test("frames are read however the network cuts them", async (t) => {
  const body = Buffer.from("3\r\nabc\r\n2\r\n\r\n\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n");
  const signer = authenticateNobody();
  for (const size of [1, 2, 3, 7, body.length]) {
    const trailers = new Map<string, string>();
    const cuts = Array.from({ length: Math.ceil(body.length / size) }, (_, i) =>
      body.subarray(i * size, (i + 1) * size),
    );
    const options = { mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER", signer, trailers };
    const data = await Array.fromAsync(decodeChunked(arriving(cuts), options));
    t.equal(Buffer.concat(data).toString(), "abc\r\n");
    t.strictSame([...trailers], [["x-amz-checksum-crc32", "AAAAAA=="]]);
  }
});

async function* arriving(cuts: Buffer[]): AsyncGenerator<Buffer> {
  yield* cuts;
}

function authenticateNobody() {
  const [accessKeyId, region, payload, amzDate, scope, signature] = ["", "", "", "", "", ""];
  return { accessKeyId, region, payload, amzDate, scope, signature, signingKey: Buffer.alloc(0) };
}

t.test("XML goes out and comes in unchanged", async (t) => {
  const text = "a&b<c>\"' \u0001 ü😀";
  const document = xmlDocument("Root", {
    Key: text,
    Item: [{ N: 1 }, { N: 2 }],
    None: undefined,
    Flag: true,
  });
  const root = parseXml(document, "Root");
  t.equal(root.all("Key")[0]?.text, text);
  t.strictSame(
    root.all("Item").map((i) => i.value("N")),
    ["1", "2"],
  );
  t.strictSame(root.all("None"), []);
  for (const broken of ["", "<Root>", "<Root></Other>", "<Other/>", "<Root/><Root/>"]) {
    t.throws(() => parseXml(broken, "Root"), { code: "MalformedXML" }, broken);
  }
});
