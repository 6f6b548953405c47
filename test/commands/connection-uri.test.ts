import t from "tap";
import { connectionFromUri } from "../../src/commands/connection-uri.ts";
import { Fault } from "../../src/fault.ts";

const ENV = { PGHOST: "db.example", PGPORT: "6000", PGUSER: "ann", PGPASSWORD: "from the environment" };

t.test("what is left out comes from the environment, as libpq does it", async (t) => {
  for (const [uri, env, expected] of [
    ["postgres://", {}, ["/var/run/postgresql", 5432, "postgres", undefined, undefined]],
    ["postgres://", ENV, ["db.example", 6000, "ann", "from the environment", undefined]],
    ["postgresql:///crm", ENV, ["db.example", 6000, "ann", "from the environment", "crm"]],
    ["postgres://h", {}, ["h", 5432, "postgres", undefined, undefined]],
    ["postgres://h/", {}, ["h", 5432, "postgres", undefined, undefined]],
    ["postgres://bob@h:5433/crm", ENV, ["h", 5433, "bob", "from the environment", "crm"]],
    ["postgres://bob:pw@h/crm", ENV, ["h", 6000, "bob", "pw", "crm"]],
    ["postgres://b%40b:p%3Aw%2F@h/cr%2Fm%20%C5%91", {}, ["h", 5432, "b@b", "p:w/", "cr/m ő"]],
    ["postgres://[::1]:5433/crm", {}, ["::1", 5433, "postgres", undefined, "crm"]],
    ["postgres://u:pw@:5433/crm?host=/run/pg", {}, ["/run/pg", 5433, "u", "pw", "crm"]],
    ["postgres://u@/crm?host=%2Frun%2Fpg&port=7000", {}, ["/run/pg", 7000, "u", undefined, "crm"]],
  ] as const) {
    const { connection, database } = connectionFromUri(uri, env);
    const { host, port, user, password } = connection;
    t.strictSame([host, port, user, password, database], expected, uri);
  }
});

t.test("how far the server is trusted", async (t) => {
  const tls = (query: string, env = {}) => {
    const { sslmode, sslrootcert } = connectionFromUri(`postgres://h/${query}`, env).connection;
    return [sslmode, sslrootcert];
  };
  t.strictSame(tls(""), [undefined, undefined]);
  t.strictSame(tls("?sslmode=verify-full&sslrootcert=/etc/ca.pem"), ["verify-full", "/etc/ca.pem"]);
  t.strictSame(tls("", { PGSSLMODE: "require" }), ["require", undefined]);
  // libpq's defaults, weaker than ours: the connection's own default stands.
  t.strictSame(
    [tls("?sslmode=prefer"), tls("?sslmode=allow")],
    [
      [undefined, undefined],
      [undefined, undefined],
    ],
  );
});

t.test("what is no such URI is refused, and what it may hold is not repeated", async (t) => {
  for (const uri of [
    "",
    "crm",
    "host=h password=hunter2",
    "mysql://u:hunter2@h/crm",
    "postgres:u:hunter2@h",
    "postgres://u:hunter2@h:port/crm",
    "postgres://u:hunter2@h:99999/crm",
    "postgres://u:hunter2@h/crm?sslmode=hunter2x",
    "postgres://u:hunter2@h/crm?port=0",
    "postgres://u:hunter2@h/crm?port=x",
    "postgres://u:hunter2@h/%FF",
    "postgres://u:%FFhunter2@h/crm",
    "postgres://u:hunter2@h/crm?options=-chunter2",
    "postgres://u:hunter2@a,b/crm",
  ]) {
    try {
      const { connection } = connectionFromUri(uri, {});
      t.fail(`accepted ${uri} as ${connection.host} ${connection.port}`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      t.equal(error.code, "USAGE", uri);
      t.notMatch(`${error.message} ${error.todo}`, "hunter2");
    }
  }
});
