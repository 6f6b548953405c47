/** What `pg_dumpall --globals-only` wrote, statement by statement, and the choice among them. Pure. */

export interface GlobalsChoice {
  /** Roles that stay as they are: nothing that makes, changes, describes or empowers them is chosen. */
  keepRoles: readonly string[];
  noTablespaces: boolean;
  /** Tablespaces are made inside of the data folder (PostgreSQL 15's allow_in_place_tablespaces). */
  inPlace?: boolean | undefined;
}

/**
 * In: SQL text. Out: the statements that are wanted, one by one. psql's own `\` lines are left out: they are for psql
 * alone, and in a file that somebody forged they would be commands to this host.
 */
export function chooseGlobals(sql: string, choice: GlobalsChoice): string[] {
  return statements(sql)
    .filter((statement) => !statement.text.startsWith("\\") && isWanted(statement, choice))
    .map((statement) => (choice.inPlace === true ? inPlace(statement) : statement.text));
}

/** `CREATE TABLESPACE … LOCATION '/a/folder'` with an empty location, which is last; other statements as they are. */
function inPlace({ text, words }: Statement): string {
  if (words[0]?.text !== "CREATE" || words[1]?.text !== "TABLESPACE" || words[1].quoted) return text;
  return text.replace(/LOCATION ('(?:[^']|'')*'|[eE]'(?:[^'\\]|''|\\[^])*');$/, "LOCATION '';");
}

/**
 * A database's definition as pg_restore writes it out, without the tablespace it is made in, which
 * `--no-tablespaces` leaves there.
 */
export function withoutDatabaseTablespace(sql: string): string {
  const start = sql.search(/^CREATE DATABASE /m);
  if (start < 0) return sql;
  let at = start;
  let cut: number | undefined;
  for (const [token, quoted, bare] of sql.slice(start).matchAll(TOKEN)) {
    if (token === ";") return cut === undefined ? sql : sql.slice(0, cut).trimEnd() + sql.slice(at);
    if (quoted === undefined && bare === "TABLESPACE") cut = at;
    at += token.length;
  }
  return sql;
}

interface Statement {
  text: string;
  /** Key words and names, unquoted, as far as a decision needs them; strings and punctuation left out. */
  words: Word[];
}

interface Word {
  text: string;
  quoted: boolean;
}

/**
 * Comments, psql lines, quoted names, strings (with and without backslash escapes), or a bare word. PostgreSQL
 * quotes every name and value in its own dumps like this, whatever is in them.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
const TOKEN =
  /--[^\n]*|^\\[^\n]*|"((?:[^"]|"")*)"|[eE]'(?:[^'\\]|''|\\[^])*'|'(?:[^']|'')*'|([\p{L}\p{N}_$]+)|;|[^]/gmu;

function statements(sql: string): Statement[] {
  const found: Statement[] = [];
  let statement: Statement = { text: "", words: [] };
  const close = (): void => {
    found.push(statement);
    statement = { text: "", words: [] };
  };
  for (const [token, quoted, bare] of sql.matchAll(TOKEN)) {
    if (token.startsWith("--") || (token.trim() === "" && statement.text === "")) continue;
    if (token.startsWith("\\") && statement.text !== "") close();
    statement.text += token;
    if (quoted !== undefined) statement.words.push({ text: quoted.replaceAll('""', '"'), quoted: true });
    if (bare !== undefined) statement.words.push({ text: bare, quoted: false });
    if (token === ";" || (token.startsWith("\\") && token.length > 1)) close();
  }
  if (statement.text !== "") close();
  return found;
}

function isWanted({ words }: Statement, { keepRoles, noTablespaces }: GlobalsChoice): boolean {
  const at = (i: number): string => words[i]?.text ?? "";
  const indexOf = (key: string): number => words.findIndex(({ text, quoted }) => !quoted && text === key);
  const [verb] = words;
  if (verb === undefined) return true;
  const on = indexOf("ON");
  if (noTablespaces && (at(1) === "TABLESPACE" || (on > 0 && at(on + 1) === "TABLESPACE"))) return false;
  if (at(1) === "ROLE") return !keepRoles.includes(at(2));
  if (on > 0 && at(on + 1) === "ROLE") return !keepRoles.includes(at(on + 2));
  if (verb.text === "GRANT" && at(2) === "TO") return !keepRoles.includes(at(3));
  return true;
}
