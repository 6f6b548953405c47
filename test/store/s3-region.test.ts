import { HeadBucketCommand } from "@aws-sdk/client-s3";
import t from "tap";
import { openS3Bucket } from "../../src/store/s3-client.ts";
import { bucketCountry, bucketRegion, isAws } from "../../src/store/s3-region.ts";
import { s3Store } from "../fixtures/s3-store.ts";
import { faultOf, never } from "../fixtures/store-conformance.ts";

t.test("which endpoints are Amazon's", async (t) => {
  const theirs = [
    undefined,
    "https://s3.eu-central-1.amazonaws.com",
    "https://b.s3.amazonaws.com/",
    "https://s3.us-east-1.amazonaws.com./",
    "https://s3.cn-north-1.amazonaws.com.cn",
    "https://s3.eusc-de-east-1.amazonaws.eu",
  ];
  for (const endpoint of theirs) t.equal(isAws({ endpoint }), true, String(endpoint));
  const others = [
    "http://127.0.0.1:9000",
    "https://amazonaws.com.evil.example",
    "https://s3-amazonaws.com",
    "nonsense",
  ];
  for (const endpoint of others) t.equal(isAws({ endpoint }), false, endpoint);
});

t.test("nothing in the environment leads to another address", async (t) => {
  const { config } = await s3Store(t);
  for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]) {
    process.env[name] = "http://elsewhere.invalid";
    t.teardown(() => Reflect.deleteProperty(process.env, name));
  }
  const command = new HeadBucketCommand({ Bucket: "b" });
  const stop = new Error("far enough");
  let host = "";
  const look = () => (args: { request: unknown }) => {
    host = (args.request as { hostname: string }).hostname;
    return Promise.reject(stop);
  };
  command.middlewareStack.add(look, { step: "finalizeRequest", priority: "low" });
  const bucket = openS3Bucket({ ...config, endpoint: undefined });
  const asked = bucket.ask({
    action: "s3:ListBucket",
    signal: never(),
    send: (client, options) => client.send(command, options),
  });
  t.equal((await faultOf(asked)).cause, stop);
  t.match(host, /^s3\.eu-central-1\.amazonaws\.com$/);
});

t.test("a bucket says where it lies even to a key that may not look at it", async (t) => {
  for (const region of ["eu-central-1", "us-east-1"]) {
    const { config, server } = await s3Store(t, { allow: ["s3:PutObject"] });
    const headers = { "x-amz-bucket-region": "eu-central-1" };
    server.fail({ on: { operation: "HeadBucket" }, how: { status: 403, code: "AccessDenied", headers } });
    t.equal(await bucketRegion(openS3Bucket({ ...config, region }), never()), "eu-central-1");
  }
  const { config } = await s3Store(t);
  t.equal(await bucketRegion(openS3Bucket(config), never()), "eu-central-1");
  const elsewhere = openS3Bucket({ ...config, region: "us-east-1" });
  t.equal(await bucketRegion(elsewhere, never()), "eu-central-1", "asked in the wrong region");
});

t.test("where HeadBucket is silent GetBucketLocation answers", async (t) => {
  const { config, server } = await s3Store(t, { allow: ["s3:GetBucketLocation"] });
  server.fail({ on: { operation: "HeadBucket" }, how: { status: 403, code: "AccessDenied" } });
  t.equal(await bucketRegion(openS3Bucket(config), never()), "eu-central-1");
  const silent = await s3Store(t, { allow: [] });
  silent.server.fail({ on: { operation: "HeadBucket" }, how: { status: 403, code: "AccessDenied" } });
  const fault = await faultOf(bucketRegion(openS3Bucket(silent.config), never()));
  t.match(fault, { code: "STORE_DENIED", todo: /Grant s3:GetBucketLocation/ });
});

t.test("a bucket that is not there", async (t) => {
  const { config } = await s3Store(t);
  const missing = openS3Bucket({ ...config, bucket: "nowhere" });
  t.equal((await faultOf(bucketRegion(missing, never()))).code, "STORE_NOT_FOUND");
});

t.test("other providers declare their country", async (t) => {
  const { config } = await s3Store(t);
  t.equal(await bucketCountry(openS3Bucket(config), never()), "DE");
  const silent = openS3Bucket({ ...config, country: undefined });
  t.match(await faultOf(bucketCountry(silent, never())), {
    code: "RESIDENCY_REFUSED",
    message: "destination offsite: bucket b declares no country",
  });
});

t.test("at Amazon the bucket's own word counts", async (t) => {
  const { config } = await s3Store(t);
  const told = async (changes: Partial<typeof config>, region: string) => {
    const bucket = openS3Bucket({ ...config, endpoint: undefined, country: undefined, ...changes });
    // In place of Amazon: what it answers to HeadBucket.
    const answering = { ...bucket, ask: async () => ({ BucketRegion: region }) as never };
    return bucketCountry(answering, never());
  };
  t.equal(await told({}, "eu-central-1"), "DE");
  t.equal(await told({ region: "eu-west-3", country: "FR" }, "eu-west-3"), "FR");
  t.match(await faultOf(told({}, "us-east-1")), {
    code: "RESIDENCY_REFUSED",
    message: "destination offsite: bucket b lies in us-east-1, and the configuration says eu-central-1",
  });
  t.match(await faultOf(told({ region: "moon-1" }, "moon-1")), {
    message: /moon-1, a region whose country is unknown/,
  });
  t.match(await faultOf(told({ country: "AT" }, "eu-central-1")), {
    message: /which is in DE, and the configuration says AT/,
  });
});
