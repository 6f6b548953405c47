/** Whose address a guess is counted against: not the one that the guesser writes. */
import t from "tap";
import { LOGIN, withGateway } from "../fixtures/gateway.ts";
import { plainRequest, type PlainAnswer } from "../fixtures/plain-request.ts";

const LIMIT = 4;
const STRANGER = "127.0.0.2";

t.test("forged addresses", async (t) => {
  const gateway = await withGateway(t, { lanes: { address: LIMIT } });
  const { pages } = gateway.node.ports;
  const { hasher } = gateway.node.gateway;
  let looked = 0;
  const verify = hasher.verify.bind(hasher);
  hasher.verify = (...args) => {
    looked++;
    return verify(...args);
  };
  const form = /name="token" value="([^"]*)"/.exec((await gateway.browser().get(`${LOGIN}/sign-in`)).body);
  let names = 0;

  /** A guess at a name of its own: nothing but its address is counted twice. */
  const guess = (headers: Record<string, string | string[]>, from?: string): Promise<PlainAnswer> =>
    plainRequest(pages, {
      method: "POST",
      path: "/sign-in",
      headers: {
        host: "login.example.hu",
        origin: LOGIN,
        "content-type": "application/x-www-form-urlencoded",
        ...headers,
      },
      body: new URLSearchParams({
        token: form?.[1] ?? "",
        name: `nobody-${names++}`,
        password: "long enough, and wrong",
      }).toString(),
      ...(from !== undefined && { from }),
    });

  /** Guesses with each of these headers at once; how many passwords were looked at. */
  const lookedAt = async (all: Record<string, string | string[]>[], from?: string): Promise<number> => {
    const before = looked;
    const answers = await Promise.all(all.map((headers) => guess(headers, from)));
    t.same(new Set(answers.map(({ status }) => status)), new Set([401]));
    return looked - before;
  };
  const times = <T>(count: number, make: (i: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(i));
  const xff = (value: string | string[]): Record<string, string | string[]> => ({ "x-forwarded-for": value });

  await t.test("attack 7: whoever is no proxy has the address it comes from", async (t) => {
    const forged = times(12, (i) => ({
      "x-forwarded-for": `198.51.100.${i}`,
      "x-real-ip": `198.51.100.${i}`,
      "true-client-ip": `198.51.100.${i}`,
      "cf-connecting-ip": `198.51.100.${i}`,
      forwarded: `for=198.51.100.${i}`,
      "x-client-ip": `198.51.100.${i}`,
    }));
    t.equal(await lookedAt([...forged, xff("127.0.0.1"), xff("::1"), xff("garbage")], STRANGER), LIMIT);
  });

  await t.test(
    "attack 7: behind a proxy the rightmost hop counts, in whatever form it is written",
    async (t) => {
      const rotated = [
        ...times(6, (i) => xff(`198.51.100.${i}, 192.0.2.1`)),
        ...times(3, (i) => xff([`198.51.100.${i}`, "192.0.2.1"])),
        xff("192.0.2.1:4711"),
        xff("::ffff:192.0.2.1"),
        xff("[::ffff:c000:201]:443"),
        xff("127.0.0.1, 192.0.2.1, 127.0.0.1"),
        xff("garbage, 192.0.2.1"),
        { ...xff("192.0.2.1"), "x-real-ip": "198.51.100.77", forwarded: "for=198.51.100.77" },
      ];
      t.equal(await lookedAt(rotated), LIMIT);
      const six = times(12, (i) => xff(`2001:db8:1:2:${i}:${i * 7}::${i}`));
      t.equal(await lookedAt([...six, xff("[2001:DB8:1:2::9]:80"), xff("2001:db8:1:2::9%eth0")]), LIMIT);
      t.equal(await lookedAt([xff("2001:db8:1:3::1"), xff("192.0.2.2")]), 2, "neighbours are not locked");
    },
  );

  await t.test("attack 7: an address that cannot be read is nobody's", async (t) => {
    const before = looked;
    const garbage = [
      "",
      " ",
      ",",
      "unknown",
      "192.0.2.1,",
      "0x7f.1",
      "192.0.2.300",
      "192.0.2.1 192.0.2.2",
      "::1::",
      "192.0.2.1;",
    ];
    const answers = await Promise.all(garbage.map((value) => guess(xff(value))));
    t.same(new Set(answers.map(({ status }) => status)), new Set([400]));
    t.equal(looked, before);
  });

  await t.test("attack 7: own successes give one address no more guesses", async (t) => {
    const insider = await gateway.person();
    const browser = gateway.browser({ address: "192.0.2.50" });
    const before = looked;
    await gateway.signIn(browser, insider);
    await Promise.all(times(LIMIT - 1, () => guess(xff("192.0.2.50"))));
    browser.setCookie("login.example.hu", "__Host-lakat-device", undefined);
    browser.setCookie("login.example.hu", "__Host-lakat", undefined);
    await gateway.signIn(browser, insider);
    await Promise.all(times(6, () => guess(xff("192.0.2.50"))));
    t.equal(looked - before, 2 + LIMIT);
  });
});
