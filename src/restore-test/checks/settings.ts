/** The server's settings that say how data is read, against the source's. */
import type { Inventory } from "../../seal/inventory.ts";
import { judged, type Check } from "../check.ts";
import { inDatabase } from "./session.ts";

/**
 * Settings by which the same bytes mean something else to who reads them, and PostgreSQL's own default of each:
 * the inventory has only what differs from it, while initdb writes some by the surroundings of the host it runs
 * on.
 *
 * Not here: encoding and collation (each database is made with its own), what sizes a server or makes it
 * durable, what belongs to its machine, messages' language, data_checksums (they guard the pages of a server
 * that is thrown away), and what is fixed when PostgreSQL is built, which no inventory has.
 */
const DEFAULTS: Readonly<Record<string, string>> = {
  // How text becomes dates, times, numbers and money, and back.
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "GMT",
  timezone_abbreviations: "Default",
  lc_monetary: "C",
  lc_numeric: "C",
  lc_time: "C",
  extra_float_digits: "1",
  bytea_output: "hex",
  xmlbinary: "base64",
  xmloption: "content",
  // How text becomes words, and SQL becomes a query.
  default_text_search_config: "pg_catalog.simple",
  search_path: '"$user", public',
  array_nulls: "on",
  backslash_quote: "safe_encoding",
  standard_conforming_strings: "on",
  transform_null_equals: "off",
  lo_compat_privileges: "off",
};

/**
 * What the scratch server is to be started with so that it reads data as the source does: of each setting that
 * matters the source's value, or PostgreSQL's default where the inventory names none. `lc_…` need the locale on
 * this host.
 */
export function meaningfulSettings(settings: Inventory["settings"]): Record<string, string> {
  const source = new Map(settings.map(({ name, value }) => [name.toLowerCase(), value]));
  return Object.fromEntries(
    Object.entries(DEFAULTS).map(([name, value]) => [name, source.get(name.toLowerCase()) ?? value]),
  );
}

/**
 * Of the whole cluster, so once for each restore test; `settings` are the inventory's. What ALTER DATABASE and
 * ALTER ROLE set comes with the dump: a setting whose server-wide value such a one hides is left out. Facts: settings.
 */
export function settingsCheck(settings: Inventory["settings"]): Check {
  return {
    name: "settings",
    // template1: a restored database may have settings of its own.
    run: (restored) =>
      inDatabase({ ...restored, database: "template1" }, async (client) => {
        // The session's own search_path, and other settings of a session, would hide the server's.
        await client.query("RESET ALL");
        const { rows } = await client.query<{ name: string; value: string }>(
          `SELECT name, current_setting(name) AS value FROM pg_settings
           WHERE lower(name) = ANY ($1)
             AND source IN ('default', 'environment variable', 'configuration file', 'command line', 'override')`,
          [Object.keys(DEFAULTS).map((name) => name.toLowerCase())],
        );
        const found = new Map(rows.map(({ name, value }) => [name.toLowerCase(), value]));
        let compared = 0;
        const problems = Object.entries(meaningfulSettings(settings)).flatMap(([name, value]) => {
          const here = found.get(name.toLowerCase());
          if (here === undefined) return [];
          compared++;
          return here === value ? [] : [`${name} is ${here} instead of ${value}`];
        });
        return judged({ name: "settings" }, { settings: compared }, problems);
      }),
  };
}
