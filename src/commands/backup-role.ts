/** `lakat backup role`: prints SQL, touches nothing. */
import { roleSql } from "../backup/role.ts";
import { text, texts, type Command } from "./command.ts";

export const command: Command = {
  usage: `[options]

  --name ROLE          default: lakat
  --database NAME      a database to be backed up; give it once for each
                       (default: postgres)
  --canary DATABASE    the one in which each backup writes its canary: makes
                       the table, and lets the role write to it

Pipe it to psql as a superuser:
  lakat backup role --database crm | psql -d postgres`,
  options: {
    name: { type: "string" },
    database: { type: "string", multiple: true },
    canary: { type: "string" },
  },
  async run(call) {
    const databases = texts(call, "database");
    const canary = text(call, "canary");
    const sql = roleSql(
      text(call, "name") ?? "lakat",
      databases.length > 0 || canary !== undefined ? databases : ["postgres"],
      canary,
    );
    return { text: sql.trimEnd(), json: { sql }, findings: [] };
  },
};
