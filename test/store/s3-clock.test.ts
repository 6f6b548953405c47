/** The store's clock, as it dates its answers. */
import t from "tap";
import { startS3Server } from "../fixtures/s3-server/s3-server.ts";
import { faultOf, never } from "../fixtures/store-conformance.ts";
import { openS3Source } from "../../src/store/s3-source.ts";
import { sourceBelow } from "../../src/store/prefix.ts";

const MINUTE = 60_000;

t.test(
  "is told, also below a prefix and to a key that may do nothing; a store that is gone is a fault",
  async (t) => {
    let ahead = 10 * MINUTE;
    const key = { secretAccessKey: "nobody-knows-it-but-this-test" };
    const server = await startS3Server({
      buckets: [{ name: "b", region: "eu-central-1" }],
      keys: [
        { ...key, accessKeyId: "reader", allow: ["s3:ListBucket"] },
        { ...key, accessKeyId: "nobody", allow: [] },
      ],
      now: () => new Date(Date.now() + ahead),
    });
    t.teardown(() => server.stop());
    const source = (accessKeyId: string, retry = {}) =>
      openS3Source({
        ...key,
        ...retry,
        name: "offsite",
        accessKeyId,
        endpoint: server.endpoint,
        region: "eu-central-1",
        bucket: "b",
        pathStyle: true,
        checksum: "crc32",
        country: "DE",
      });
    const off = async (who: string, prefix?: string): Promise<number> => {
      const at = await sourceBelow(source(who), prefix).clock?.(never());
      return Math.round(((at?.getTime() ?? NaN) - Date.now()) / MINUTE);
    };
    t.equal(await off("reader"), 10);
    ahead = -14 * MINUTE;
    t.equal(await off("reader", "lakat/deep"), -14);
    t.equal(await off("nobody"), -14, "a denial is dated too");
    ahead = 24 * 60 * MINUTE;
    t.equal(await off("reader"), 24 * 60, "a refusal because of that very clock is dated as well");
    await server.stop();
    const retry = { retry: { firstPauseMs: 1, longestPauseMs: 1, totalMs: 0 } };
    t.match(await faultOf(Promise.resolve(source("reader", retry).clock?.(never()))), {
      code: "STORE_UNREACHABLE",
    });
  },
);
