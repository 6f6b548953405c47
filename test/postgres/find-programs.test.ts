import { basename } from "node:path";
import { realpath } from "node:fs/promises";
import t from "tap";
import { findPostgres } from "../../src/postgres/find-programs.ts";

t.test("finds a version's own programs, never the wrapper that picks one", async (t) => {
  const found = await findPostgres({ programs: ["pg_dump", "pg_restore", "psql"] });
  t.ok(found.length > 0);
  for (const { bin, major, version } of found) {
    t.equal(basename(await realpath(`${bin}/pg_dump`)), "pg_dump");
    t.equal(Number.parseInt(version, 10), major);
  }
  t.strictSame(
    [...found].sort((a, b) => b.major - a.major),
    found,
    "newest first",
  );
});
