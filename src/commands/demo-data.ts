/** `lakat demo data`: a believable small CRM to try things on. */
import { loadDemo } from "../demo/demo.ts";
import { Fault } from "../fault.ts";
import { programsFor } from "../postgres/programs.ts";
import { text, type Command } from "./command.ts";
import { connectionFromUri } from "./connection-uri.ts";
import { durationText, progressLine, sizeText } from "./progress.ts";
import { table } from "../report/table.ts";

const UNITS: Record<string, number> = { KB: 1e3, MB: 1e6, GB: 1e9 };

export const command: Command = {
  usage: `--to URI [options]

  --to URI             postgres://user@host:port/database, which must exist
  --size SIZE          about how much a plain dump is to hold: 10MB, 1GB;
                       default 100MB
  --seed N             the same seed and size give the same data; default 1`,
  options: { to: { type: "string" }, size: { type: "string" }, seed: { type: "string" } },
  async run(call) {
    const { connection, database } = connectionFromUri(text(call, "to") ?? "", call.env);
    if (database === undefined)
      throw new Fault("USAGE", "no database is named", "End the URI with /database.");
    const size = /^(\d+(?:\.\d+)?) ?(KB|MB|GB)$/.exec(text(call, "size") ?? "100MB");
    if (size === null)
      throw new Fault("USAGE", "--size is a number with KB, MB or GB", "Give --size, such as 100MB.");
    const bytes = Number(size[1]) * (UNITS[size[2] ?? ""] ?? 1);
    const seed = Number(text(call, "seed") ?? "1");
    const programs = (await programsFor(0)).bin;
    const began = call.now().getTime();
    const line = progressLine(call.stderr, bytes, () => call.now().getTime());
    line.phase("load");
    let before = 0;
    const onProgress = (sent: number): void => {
      line.bytes(sent - before);
      before = sent;
    };
    try {
      const loaded = await loadDemo({
        connection,
        database,
        programs,
        seed,
        bytes,
        signal: call.signal,
        onProgress,
      });
      const seconds = (call.now().getTime() - began) / 1000;
      line.end();
      const rows = loaded.tables.map(({ name, rows: n }) => [`crm.${name}`, String(n)]);
      return {
        text: `${table(["TABLE", "ROWS"], rows)}\n${sizeText(loaded.bytes)} of a made-up CRM in ${durationText(seconds)}`,
        json: { ...loaded, seed, seconds },
        findings: [],
      };
    } finally {
      line.end();
    }
  },
};
