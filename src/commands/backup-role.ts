/** `lakat backup role`: prints SQL, touches nothing. */
import { roleSql } from "../backup/role.ts";
import { text, texts, type Command } from "./command.ts";

export const command: Command = {
  usage: `[options]

  --name ROLE          default: lakat
  --database NAME      a database to be backed up; give it once for each
                       (default: postgres)

Pipe it to psql as a superuser:
  lakat backup role --database crm | psql -d postgres`,
  options: { name: { type: "string" }, database: { type: "string", multiple: true } },
  async run(call) {
    const databases = texts(call, "database");
    const sql = roleSql(text(call, "name") ?? "lakat", databases.length > 0 ? databases : ["postgres"]);
    return { text: sql.trimEnd(), json: { sql }, findings: [] };
  },
};
