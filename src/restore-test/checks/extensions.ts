/** Extensions by name and version, against the inventory. */
import { judged, type Check } from "../check.ts";
import { inDatabase } from "./session.ts";

/**
 * A restore installs the version that the restore-test host has. When it is another than the source's, what was
 * tested is not what would run after a real recovery. Facts: extensions.
 */
export const extensionsCheck: Check = {
  name: "extensions",
  run: (restored) =>
    inDatabase(restored, async (client) => {
      const { rows } = await client.query<{ name: string; version: string }>(
        "SELECT extname AS name, extversion AS version FROM pg_extension",
      );
      const found = new Map(rows.map(({ name, version }) => [name, version]));
      const { extensions } = restored.inventory;
      const problems = extensions.flatMap(({ name, version }) => {
        const here = found.get(name);
        if (here === undefined) return [`${name} ${version} is missing`];
        return here === version ? [] : [`${name} is ${here} instead of ${version}`];
      });
      return judged(
        { name: "extensions", database: restored.database },
        { extensions: extensions.length },
        problems,
      );
    }),
};
