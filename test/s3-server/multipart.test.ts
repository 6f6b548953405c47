import {
  AbortMultipartUploadCommand,
  ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type ChecksumType,
  type CompletedPart,
  type S3Client,
} from "@aws-sdk/client-s3";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import t from "tap";
import { algorithmNamed, ALGORITHMS, hasher, joinChecksums } from "../fixtures/s3-server/checksum.ts";
import { outcome, testServer } from "../fixtures/s3-server/client.ts";

const Bucket = "plain";
const Key = "k";
const MIB = 1 << 20;
const md5 = (data: Buffer): Buffer => createHash("md5").update(data).digest();
const crc = (data: Buffer): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(data));
  return bytes;
};

const begin = async (client: S3Client, more: object = {}): Promise<string | undefined> =>
  (await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId;
const part = (
  client: S3Client,
  UploadId: string | undefined,
  PartNumber: number,
  Body: Buffer,
  more: object = {},
) => client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }));
const complete = (
  client: S3Client,
  UploadId: string | undefined,
  Parts: CompletedPart[],
  more: object = {},
) =>
  client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
  );
const head = (client: S3Client) =>
  client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));

async function read(client: S3Client, more: object = {}): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

t.test("parts become one object, in the order of their numbers", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "s3-parts-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { client } = await testServer(t, { folder });
  const [one, two, three] = [randomBytes(5 * MIB), randomBytes(5 * MIB), randomBytes(700_001)];
  const id = await begin(client);
  const last = await part(client, id, 7, three);
  await part(client, id, 1, two);
  const first = await part(client, id, 1, one);
  const second = await part(client, id, 2, two);
  await part(client, id, 9, three);
  const listed = await client.send(new ListPartsCommand({ Bucket, Key, UploadId: id, MaxParts: 2 }));
  t.match(listed, {
    IsTruncated: true,
    NextPartNumberMarker: "2",
    Parts: [{ Size: 5 * MIB }, { PartNumber: 2 }],
  });
  const done = await complete(client, id, [
    { PartNumber: 1, ETag: first.ETag },
    { PartNumber: 2, ETag: second.ETag },
    { PartNumber: 7, ETag: last.ETag },
  ]);
  const whole = Buffer.concat([one, two, three]);
  t.equal(done.ETag, `"${md5(Buffer.concat([md5(one), md5(two), md5(three)])).toString("hex")}-3"`);
  t.ok((await read(client)).equals(whole));
  const range = { Range: `bytes=${5 * MIB - 10}-${10 * MIB + 9}` };
  t.ok((await read(client, range)).equals(whole.subarray(5 * MIB - 10, 10 * MIB + 10)), "across parts");
  t.equal(readdirSync(join(folder, "blobs")).length, 3, "parts that were replaced or left out are gone");
  t.equal(await outcome(complete(client, id, [{ PartNumber: 1, ETag: first.ETag }])), "404 NoSuchUpload");
});

t.test("uploads are listed until they are aborted", async (t) => {
  const { client } = await testServer(t);
  const ids = [await begin(client), await begin(client)];
  await part(client, ids[0], 1, Buffer.from("x"));
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  t.strictSame(new Set(Uploads?.map((u) => u.UploadId)), new Set(ids));
  const page = await client.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1 }));
  const rest = await client.send(
    new ListMultipartUploadsCommand({
      Bucket,
      KeyMarker: page.NextKeyMarker,
      UploadIdMarker: page.NextUploadIdMarker,
    }),
  );
  t.equal(rest.Uploads?.length, 1);
  for (const UploadId of ids) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  t.equal((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads, undefined);
  t.equal(await outcome(part(client, ids[0], 2, Buffer.from("x"))), "404 NoSuchUpload");
});

t.test("completions that S3 refuses", async (t) => {
  const { client } = await testServer(t, { limits: { maxParts: 3 } });
  const id = await begin(client);
  const small = await part(client, id, 1, Buffer.from("small"));
  const other = await part(client, id, 2, Buffer.from("other"));
  const [one, two] = [
    { PartNumber: 1, ETag: small.ETag },
    { PartNumber: 2, ETag: other.ETag },
  ];
  t.equal(await outcome(complete(client, id, [one, two])), "400 EntityTooSmall");
  t.equal(await outcome(complete(client, id, [two, one])), "400 InvalidPartOrder");
  t.equal(await outcome(complete(client, id, [{ PartNumber: 1, ETag: other.ETag }])), "400 InvalidPart");
  t.equal(await outcome(complete(client, id, [{ PartNumber: 3, ETag: other.ETag }])), "400 InvalidPart");
  t.equal(await outcome(complete(client, id, [])), "400 MalformedXML");
  t.equal(await outcome(complete(client, id, [one], { MpuObjectSize: 6 })), "400 InvalidRequest");
  t.equal(await outcome(part(client, id, 4, Buffer.from("x"))), "400 InvalidArgument", "beyond the limit");
  t.equal(await outcome(complete(client, id, [one], { MpuObjectSize: 5 })), "done");
});

t.test("a part can be copied from an object", async (t) => {
  const { client } = await testServer(t);
  await client.send(new PutObjectCommand({ Bucket, Key: "from", Body: "0123456789" }));
  const id = await begin(client);
  const { CopyPartResult } = await client.send(
    new UploadPartCopyCommand({
      Bucket,
      Key,
      UploadId: id,
      PartNumber: 1,
      CopySource: `${Bucket}/from`,
      CopySourceRange: "bytes=2-4",
    }),
  );
  await complete(client, id, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
  t.equal((await read(client)).toString(), "234");
});

for (const algorithm of ALGORITHMS) {
  t.test(`${algorithm} of a single upload is checked, kept and told`, async (t) => {
    const { client } = await testServer(t);
    const field = `Checksum${algorithm}`;
    const ChecksumAlgorithm = algorithm;
    const body = randomBytes(5000);
    const put = await client.send(new PutObjectCommand({ Bucket, Key, Body: body, ChecksumAlgorithm }));
    const value = hasher(algorithm);
    value.update(body);
    const right = value.digest().toString("base64");
    t.match(put, { [field]: right, ChecksumType: "FULL_OBJECT" });
    t.match(await head(client), { [field]: right });
    t.notMatch(
      await client.send(new HeadObjectCommand({ Bucket, Key })),
      { [field]: right },
      "only when asked",
    );
    const wrong = hasher(algorithm);
    wrong.update(Buffer.from("something else"));
    const send = (text: string): Promise<string> =>
      outcome(client.send(new PutObjectCommand({ Bucket, Key, Body: body, [field]: text })));
    t.equal(await send(wrong.digest().toString("base64")), "400 BadDigest");
    t.equal(await send("bm8="), "400 InvalidRequest");
  });
}

t.test("Content-MD5 is checked", async (t) => {
  const { client } = await testServer(t);
  const send = (text: string): Promise<string> =>
    outcome(client.send(new PutObjectCommand({ Bucket, Key, Body: "body", ContentMD5: text })));
  t.equal(await send(md5(Buffer.from("body")).toString("base64")), "done");
  t.equal(await send(md5(Buffer.from("other")).toString("base64")), "400 BadDigest");
  t.equal(await send("AAAA"), "400 InvalidDigest");
});

const bodies = [randomBytes(5 * MIB), randomBytes(1234)];

for (const [type, expected] of [
  ["COMPOSITE", `${crc(Buffer.concat(bodies.map(crc))).toString("base64")}-2`],
  ["FULL_OBJECT", crc(Buffer.concat(bodies)).toString("base64")],
] as [ChecksumType, string][]) {
  t.test(`CRC32 of a multipart upload as ${type}`, async (t) => {
    const { client } = await testServer(t);
    const id = await begin(client, { ChecksumAlgorithm: "CRC32", ChecksumType: type });
    const parts: CompletedPart[] = [];
    for (const [i, body] of bodies.entries()) {
      const { ETag, ChecksumCRC32 } = await part(client, id, i + 1, body);
      parts.push({ PartNumber: i + 1, ETag, ChecksumCRC32 });
    }
    t.equal(
      await outcome(part(client, id, 2, Buffer.from("x"), { ChecksumCRC32: "AAAAAA==" })),
      "400 BadDigest",
    );
    t.equal(
      await outcome(part(client, id, 2, Buffer.from("x"), { ChecksumAlgorithm: "SHA1" })),
      "400 InvalidRequest",
    );
    const swapped = parts.map((p, i) => ({ ...p, ChecksumCRC32: parts[1 - i]?.ChecksumCRC32 }));
    t.equal(await outcome(complete(client, id, swapped)), "400 InvalidPart");
    if (type === "COMPOSITE") {
      const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
      t.equal(
        await outcome(complete(client, id, bare)),
        "400 InvalidRequest",
        "every part's has to be named",
      );
    } else {
      const ofPart = { ChecksumCRC32: parts[0]?.ChecksumCRC32 };
      t.equal(await outcome(complete(client, id, parts, ofPart)), "400 BadDigest");
    }
    const done = await complete(client, id, parts, { ChecksumType: type });
    t.match(done, { ChecksumCRC32: expected, ChecksumType: type });
    t.match(await head(client), { ChecksumCRC32: expected, ChecksumType: type });
    const attributes = await client.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key,
        ObjectAttributes: ["Checksum", "ObjectParts", "ObjectSize"],
      }),
    );
    t.match(attributes, {
      ObjectSize: 5 * MIB + 1234,
      Checksum: { ChecksumCRC32: expected.replace("-2", ""), ChecksumType: type },
      ObjectParts: { TotalPartsCount: 2 },
    });
  });
}

t.test("kinds of checksums that do not exist", async (t) => {
  const { client } = await testServer(t);
  const attempt = (ChecksumAlgorithm: string, ChecksumType: string): Promise<string> =>
    outcome(begin(client, { ChecksumAlgorithm, ChecksumType }));
  t.equal(await attempt("SHA256", "FULL_OBJECT"), "400 InvalidRequest");
  t.equal(await attempt("CRC64NVME", "COMPOSITE"), "400 InvalidRequest");
  t.equal(await attempt("CRC64NVME", "FULL_OBJECT"), "done");
});

t.test("check values of the published algorithms", async (t) => {
  const of = (name: string): string => {
    const hash = hasher(algorithmNamed(name) ?? "SHA1");
    hash.update(Buffer.from("1234"));
    hash.update(Buffer.from("56789"));
    return hash.digest().toString("hex");
  };
  // The CRC catalogue's check values, each of the text 123456789.
  t.equal(of("crc32"), "cbf43926");
  t.equal(of("crc32c"), "e3069283");
  t.equal(of("crc64nvme"), "ae8b14860a799888");
  t.equal(of("sha256"), createHash("sha256").update("123456789").digest("hex"));
});

t.test("joined CRCs are those of the joined bytes", async (t) => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 });
  const crcs = fc.constantFrom(...(["CRC32", "CRC32C", "CRC64NVME"] as const));
  fc.assert(
    fc.property(pieces, crcs, (arrays, algorithm) => {
      const buffers = arrays.map((a) => Buffer.from(a));
      const value = (data: Buffer): string => {
        const hash = hasher(algorithm);
        hash.update(data);
        return hash.digest().toString("base64");
      };
      const parts = buffers.map((b) => ({ value: value(b), size: b.length }));
      return joinChecksums(algorithm, "FULL_OBJECT", parts).value === value(Buffer.concat(buffers));
    }),
  );
  t.pass("for any pieces");
});

t.test("servers that lie about it", async (t) => {
  const { client, server } = await testServer(t);
  const wrong = { Bucket, Key, Body: "body", ChecksumCRC32: "AAAAAA==" };
  server.lies.ignoreChecksums = true;
  const put = await client.send(new PutObjectCommand(wrong));
  t.equal(put.ChecksumCRC32, undefined);
  const id = await begin(client, { ChecksumAlgorithm: ChecksumAlgorithm.CRC32 });
  const { ETag } = await part(client, id, 1, Buffer.from("x"), { ChecksumCRC32: "AAAAAA==" });
  await complete(client, id, [{ PartNumber: 1, ETag }]);
  t.equal((await head(client)).ChecksumCRC32, undefined);

  server.lies.ignoreChecksums = undefined;
  server.lies.returnWrongChecksum = true;
  const right = crc(Buffer.from("body")).toString("base64");
  const told = await client.send(new PutObjectCommand({ Bucket, Key, Body: "body" }));
  t.ok(told.ChecksumCRC32);
  t.not(told.ChecksumCRC32, right);
  t.not((await head(client)).ChecksumCRC32, right);

  server.lies.returnWrongChecksum = undefined;
  server.lies.corruptStored = true;
  await client.send(new PutObjectCommand({ Bucket, Key, Body: "body" }));
  t.equal((await head(client)).ChecksumCRC32, right);
  t.equal((await server.objects(Bucket)[0]?.read())?.toString(), "boey", "d is e with another last bit");
});
