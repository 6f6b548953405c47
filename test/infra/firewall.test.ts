/** The firewall of each role, loaded for real: who reaches what, told by connections that are tried. */
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { twoHosts } from "../fixtures/two-hosts.ts";

const folder = join(import.meta.dirname, "../../infra/firewall");
const ROLES = ["backup-host", "restore-test-host", "gateway", "database"] as const;
/** As networks.nft has them. */
const PLACES = {
  admin: "10.20.0.9",
  backup: "10.10.0.11",
  gateway: "10.10.0.21",
  database: "10.10.0.31",
  gatewayDatabase: "10.10.0.32",
  application: "10.10.1.7",
  monitoring: "10.10.0.41",
  proxy: "192.0.2.1",
  store: "192.0.2.2",
  services: "192.0.2.3",
  mail: "10.10.0.51",
  resolver: "10.10.0.53",
  internet: "198.51.100.7",
};
type Place = keyof typeof PLACES;
const PORTS = [22, 25, 53, 80, 443, 587, 5432, 8080, 9080, 9081, 9082, 9100];

/** All that is open; everything else is tried too, and has to be closed. */
const OUT: Record<(typeof ROLES)[number], [Place, number[]][]> = {
  "backup-host": [
    ["database", [5432]],
    ["store", [443]],
    ["gateway", [443]],
    ["proxy", [443]],
    ["mail", [25, 587]],
    ["resolver", [53]],
  ],
  "restore-test-host": [
    ["store", [443]],
    ["mail", [25, 587]],
    ["resolver", [53]],
  ],
  gateway: [
    ["gatewayDatabase", [5432]],
    ["application", [80, 443, 8080]],
    ["mail", [25, 587]],
    ["services", [443]],
    ["resolver", [53]],
  ],
  database: [["resolver", [53]]],
};
const COMMON_IN: [Place, number[]][] = [["admin", [22]]];
const IN: Record<(typeof ROLES)[number], [Place, number[]][]> = {
  "backup-host": [...COMMON_IN, ["monitoring", [9100]]],
  "restore-test-host": [...COMMON_IN, ["monitoring", [9100]]],
  gateway: [
    ["admin", [22, 80, 443]],
    ["monitoring", [80, 443, 9082, 9100]],
    ["proxy", [80, 443, 9080, 9081]],
    ...Object.keys(PLACES)
      .filter((place) => !["admin", "monitoring", "proxy"].includes(place))
      .map((place): [Place, number[]] => [place as Place, [80, 443]]),
  ],
  database: [...COMMON_IN, ["monitoring", [9100]], ["backup", [5432]], ["application", [5432]]],
};

const isRoot = process.getuid?.() === 0;

t.test(
  "what is open from and to each host, and that nothing else is",
  { skip: !isRoot && "needs root" },
  async (t) => {
    const include = t.testdir();
    mkdirSync(join(include, "lakat"));
    for (const file of ["networks.nft", "base.nft"]) cpSync(join(folder, file), join(include, "lakat", file));
    await Promise.all(
      ROLES.map(async (role) => {
        const hosts = await twoHosts(t, { host: "10.10.9.1", world: Object.values(PLACES), ports: PORTS });
        t.equal(await hosts.out(PLACES.internet, 8080), "open", "the cable is there");
        await hosts.load(join(folder, `${role}.nft`), include);
        await hosts.load(join(folder, `${role}.nft`), include);
        const found = { out: [] as string[], in: [] as string[] };
        for (const [place, address] of Object.entries(PLACES))
          for (const port of PORTS) {
            const out = await hosts.out(address, port);
            if (out === "open") found.out.push(`${place} ${port}`);
            else t.equal(out, "ECONNREFUSED", `${role} to ${place} ${port} is refused at once`);
          }
        // Silence takes its time: from everywhere only what is open, from the internet what must not be.
        for (const [place, ports] of IN[role])
          for (const port of ports)
            if ((await hosts.in(PLACES[place], port)) === "open") found.in.push(`${place} ${port}`);
        const told = (list: [Place, number[]][]): string[] =>
          list.flatMap(([place, ports]) => ports.map((port) => `${place} ${port}`)).sort();
        t.strictSame(found.out.sort(), told(OUT[role]), `${role}, outward`);
        t.strictSame(found.in.sort(), told(IN[role]), `${role}, inward`);
        for (const port of [22, 5432, 9081, 9082, 9100])
          t.equal(
            await hosts.in(PLACES.internet, port, 300),
            "silence",
            `${role} from the internet, ${port}`,
          );
      }),
    );
  },
);
