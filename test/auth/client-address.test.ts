import fc from "fast-check";
import t from "tap";
import { clientAddress, laneAddress, trustedProxies } from "../../src/auth/client-address.ts";

const trusted = trustedProxies(["127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48", "fd00::/8"]);

t.test("a list that trusts nobody, everybody or garbage is refused", async (t) => {
  const lists = [
    [],
    ["0.0.0.0/0"],
    ["::/0"],
    ["0.0.0.0/1", "128.0.0.0/1"],
    ["10.0.0.0/7"],
    ["2000::/3"],
    ["2001:db8::/15"],
    ["::ffff:0:0/96"],
    ["::ffff:10.0.0.1/104"],
    ["0.0.0.0"],
    ["::"],
    ["224.0.0.1"],
    ["10.1.2.3/8"],
    ["2001:db8::1/64"],
    ["10.0.0.0/33"],
    ["10.0.0.0/"],
    ["10.0.0.0/8/8"],
    ["010.0.0.1"],
    ["0x7f.1"],
    ["127.1"],
    ["localhost"],
    ["fe80::1%eth0"],
    ["127.0.0.1", ""],
    ["*"],
  ];
  for (const list of lists)
    t.throws(() => trustedProxies(list), { code: "CONFIG_INVALID" }, JSON.stringify(list));
  for (const list of [
    ["10.0.0.0/8"],
    ["fc00::/7"],
    ["fe80::/10"],
    ["2a00::/16"],
    ["::1"],
    ["::ffff:127.0.0.1"],
  ])
    t.ok(trustedProxies(list), JSON.stringify(list));
});

t.test("the client is the rightmost hop that is no trusted proxy", async (t) => {
  const cases: [peer: string, forwarded: string | undefined, client: string | undefined][] = [
    // nobody but a trusted proxy may speak for a client
    ["192.0.2.1", "198.51.100.7", "192.0.2.1"],
    ["192.0.2.1", "garbage", "192.0.2.1"],
    ["2001:db8::1", "198.51.100.7", "2001:db8::1"],
    ["127.0.0.1", undefined, "127.0.0.1"],
    ["127.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["127.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"],
    // what the client wrote stands left and counts for nothing, whatever it is
    ["127.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"],
    ["127.0.0.1", "garbage, 198.51.100.7", "198.51.100.7"],
    ["127.0.0.1", ",,198.51.100.7", "198.51.100.7"],
    ["127.0.0.1", "203.0.113.9, 198.51.100.7, 10.1.1.1, 2001:db8:ffff::2", "198.51.100.7"],
    ["127.0.0.1", "10.0.0.9, 198.51.100.7, 10.1.1.1", "198.51.100.7"],
    // a request of a proxy's own
    ["127.0.0.1", "10.0.0.9, 10.0.0.8", "10.0.0.9"],
    // as proxies write it
    ["127.0.0.1", "198.51.100.7:4711", "198.51.100.7"],
    ["127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"],
    ["127.0.0.1", "[2001:db8::7]", "2001:db8::7"],
    ["127.0.0.1", "2001:DB8:0:0::7", "2001:db8::7"],
    ["127.0.0.1", "198.51.100.7,10.0.0.1:80", "198.51.100.7"],
    // garbage where it decides
    ["127.0.0.1", "", undefined],
    ["127.0.0.1", "198.51.100.7, ", undefined],
    ["127.0.0.1", "198.51.100.7, garbage", undefined],
    ["127.0.0.1", "198.51.100.7, unknown, 10.0.0.1", undefined],
    ["127.0.0.1", "198.51.100.7 10.0.0.1", undefined],
    ["127.0.0.1", "0x7f.1", undefined],
    ["127.0.0.1", "198.51.100.007", undefined],
    ["127.0.0.1", "198.51.100.7:", undefined],
    ["127.0.0.1", "198.51.100.7:999999", undefined],
    ["127.0.0.1", "[198.51.100.7", undefined],
    ["127.0.0.1", "2001:db8::7%eth0:80", undefined],
    ["127.0.0.1", '"198.51.100.7"', undefined],
    ["127.0.0.1", "198.51.100.7\u0000", undefined],
    ["/run/socket", "198.51.100.7", undefined],
  ];
  for (const [peer, forwarded, client] of cases)
    t.equal(clientAddress(peer, forwarded, trusted), client, `${peer} | ${forwarded ?? "-"}`);
});

const text = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.constantFrom(",", "10.0.0.1", "127.0.0.1, "));

t.test("whatever a client writes before what its proxy appends changes nothing", async () => {
  fc.assert(
    fc.property(
      fc.array(text),
      fc.ipV4(),
      fc.array(fc.constantFrom("10.9.9.9", "127.0.0.1")),
      (mine, ip, hops) => {
        fc.pre(!trusted.includes(ip));
        const chain = [...mine, ip, ...hops].join(", ");
        return clientAddress("10.0.0.1", chain, trusted) === ip;
      },
    ),
  );
});

t.test("never a trusted proxy in the name of somebody else, and never a throw", async () => {
  fc.assert(
    fc.property(text, fc.string(), (peer, forwarded) => {
      const client = clientAddress(peer, forwarded, trusted);
      return client === undefined || laneAddress(client) !== "";
    }),
  );
});

t.test("attempts are counted by IPv4 address and by /64 of IPv6", async (t) => {
  t.equal(laneAddress("198.51.100.7"), "198.51.100.7");
  t.equal(laneAddress("::ffff:198.51.100.7"), "198.51.100.7");
  t.equal(laneAddress("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  t.equal(laneAddress("2001:db8:1:2::"), laneAddress("2001:db8:1:2:ffff::1"));
  t.not(laneAddress("2001:db8:1:2::"), laneAddress("2001:db8:1:3::"));
  t.throws(() => laneAddress("garbage"), TypeError);
});
