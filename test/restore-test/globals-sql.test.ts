import fc from "fast-check";
import t from "tap";
import {
  chooseGlobals,
  withoutDatabaseTablespace,
  type GlobalsChoice,
} from "../../src/restore-test/globals-sql.ts";

const ALL: GlobalsChoice = { keepRoles: [], noTablespaces: false };

const DUMP = `--
-- PostgreSQL database cluster dump
--

\\restrict abc
SET standard_conforming_strings = on;

CREATE ROLE clerk;
ALTER ROLE clerk WITH NOSUPERUSER LOGIN VALID UNTIL '2031-12-31 23:59:59+00';
COMMENT ON ROLE clerk IS E'a; "b" isn\\'t ''c'' \\\\;
-- no comment; CREATE ROLE nobody;';
CREATE ROLE "odd ""role""; DROP";
ALTER ROLE "odd ""role""; DROP" SET search_path TO '$user', 'odd; "schema"';
ALTER ROLE clerk IN DATABASE "a;b" SET work_mem TO '5MB';
GRANT clerk TO "odd ""role""; DROP" GRANTED BY postgres;
GRANT "odd ""role""; DROP" TO clerk WITH ADMIN OPTION GRANTED BY postgres;
GRANT SET ON PARAMETER work_mem TO clerk;
CREATE TABLESPACE quick OWNER clerk LOCATION '/srv/quick;';
ALTER TABLESPACE quick SET (random_page_cost=1.1);
GRANT ALL ON TABLESPACE quick TO clerk;
COMMENT ON TABLESPACE quick IS 'ROLE clerk';
CREATE ROLE "TABLESPACE";
ALTER ROLE "TABLESPACE" WITH LOGIN;
\\unrestrict abc
`;

/** What stays, as the lines that begin with a key word. */
function kept(choice: Partial<GlobalsChoice>): string[] {
  return chooseGlobals(DUMP, { ...ALL, ...choice })
    .flatMap((statement) => statement.split("\n"))
    .filter((line) => /^(CREATE|ALTER|GRANT|COMMENT)/.test(line))
    .map((line) => line.slice(0, 40));
}

t.test("everything stays but comments, in its order", async (t) => {
  const statements = chooseGlobals(DUMP, ALL);
  t.equal(kept({}).length, 15);
  t.equal(statements.length, 16);
  t.match(statements[0], /^SET standard/, "what is for psql alone is left out");
  t.match(
    statements[3],
    `E'a; "b" isn\\'t ''c'' \\\\;\n-- no comment; CREATE ROLE nobody;';`,
    "strings stay as they are",
  );
  t.notMatch(statements.join("\n"), /cluster dump|restrict/);
});

t.test("a role that is kept is neither made, changed, described nor given anything", async (t) => {
  t.strictSame(kept({ keepRoles: ["clerk"] }), [
    'CREATE ROLE "odd ""role""; DROP";',
    'ALTER ROLE "odd ""role""; DROP" SET sear',
    'GRANT clerk TO "odd ""role""; DROP" GRAN',
    "GRANT SET ON PARAMETER work_mem TO clerk",
    "CREATE TABLESPACE quick OWNER clerk LOCA",
    "ALTER TABLESPACE quick SET (random_page_",
    "GRANT ALL ON TABLESPACE quick TO clerk;",
    "COMMENT ON TABLESPACE quick IS 'ROLE cle",
    'CREATE ROLE "TABLESPACE";',
    'ALTER ROLE "TABLESPACE" WITH LOGIN;',
  ]);
  t.notMatch(
    kept({ keepRoles: ['odd "role"; DROP'] }).join("\n"),
    /^(CREATE ROLE|ALTER ROLE|GRANT clerk TO) "odd/m,
  );
});

t.test("without tablespaces nothing names one", async (t) => {
  const lines = kept({ noTablespaces: true });
  t.equal(lines.length, 11);
  t.notMatch(lines.join("\n"), /quick/);
  t.match(lines.join("\n"), /CREATE ROLE "TABLESPACE"/, "a role of that name is none");
});

t.test("any names and values come through whole", async (t) => {
  const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const literal = (value: string): string => `E'${value.replace(/[\\']/g, "\\$&")}'`;
  const word = fc.string({
    minLength: 1,
    unit: fc.constantFrom("a", '"', "'", "\\", ";", "-", "\n", "ő", " ", "$"),
  });
  const law = fc.property(word, word, word, (role, other, value) => {
    fc.pre(role !== other);
    const of = (name: string): string =>
      `CREATE ROLE ${ident(name)};\nALTER ROLE ${ident(name)} SET x TO ${literal(value)};`;
    return chooseGlobals(`${of(role)}\n${of(other)}`, { ...ALL, keepRoles: [role] }).join("\n") === of(other);
  });
  const check = fc.check(law, { numRuns: 500 });
  t.notOk(check.failed, fc.defaultReportMessage(check) ?? "");
});

t.test(
  "a database is made in the default tablespace, and nothing else of the script is another",
  async (t) => {
    const before = "SET x = 1;\n\n";
    const after = `\n\n\\connect "my TABLESPACE = a;b"\n\nCREATE FUNCTION f() AS $$ -- CREATE DATABASE x TABLESPACE = y;\n$$;`;
    const make = `CREATE DATABASE "my TABLESPACE = a;b" WITH TEMPLATE = template0 LOCALE = 'TABLESPACE = C;'`;
    t.equal(
      withoutDatabaseTablespace(`${before}${make} TABLESPACE = "qu;ick";${after}`),
      `${before}${make};${after}`,
    );
    t.equal(withoutDatabaseTablespace(`${before}${make};${after}`), `${before}${make};${after}`);
    t.equal(withoutDatabaseTablespace("SELECT 1;"), "SELECT 1;");
  },
);
