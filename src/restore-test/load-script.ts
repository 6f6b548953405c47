/** The script beside an opened backup. Pure: a manifest in, a POSIX shell script out. */
import type { Manifest } from "../seal/manifest.ts";

/** A script that loads the opened parts into the server that PGHOST, PGPORT and PGUSER name. */
export function loadScript(manifest: Manifest): string {
  const files = (database: string, role: string): string[] =>
    manifest.objects
      .filter((object) => object.database === database && object.role === role)
      .map(({ name }) => shellWord(`./${name.replace(/\.zst\.age$/, "")}`));
  const databases = manifest.source.databases.map(({ name }) => {
    const conninfo = shellWord(`dbname='${name.replace(/[\\']/g, "\\$&")}'`);
    // Every new server has an empty database of this name; all others are made, with owner and settings.
    const maker = name === "postgres" ? `-d ${conninfo}` : "--create -d template1";
    return [
      `echo ${shellWord(`database ${name}`)}`,
      ...files(name, "pre-data").map((file) => `pg_restore --exit-on-error ${maker} ${file}`),
      ...files(name, "data").map((file) => `pg_restore --exit-on-error -d ${conninfo} ${file}`),
      ...files(name, "post-data").map(
        (file) => `pg_restore --exit-on-error --jobs="$jobs" -d ${conninfo} ${file}`,
      ),
      `psql -X -q -d ${conninfo} -c ANALYZE`,
    ].join("\n");
  });
  return `#!/bin/sh
# Loads backup ${manifest.backupId} of ${manifest.cluster} (PostgreSQL ${manifest.source.serverVersion.replace(/[^\w. ()+-]/g, "")})
# with PostgreSQL's own programs, into the server that PGHOST, PGPORT, PGUSER and PGPASSWORD name.
# Use a superuser of a new, empty server. A database that exists stops the script; nothing is overwritten.
set -eu
cd "$(dirname -- "$0")"
jobs=\${JOBS:-2}
# A database that is set to read only is so from the moment it is made.
export PGOPTIONS='-c default_transaction_read_only=off'

echo roles
# Roles the server already has are kept as they are; psql says so and goes on. It obeys no command to this host that
# stands in the file, which cannot know the word given here; one that pg_dumpall chose itself is left out.
word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')
sed '/^\\\\\\(un\\)\\{0,1\\}restrict [0-9A-Za-z]*$/d' ./globals.sql |
  psql -X -q -d template1 -c "\\restrict $word" -f -

${databases.join("\n\n")}
echo "loaded; the passwords of roles are not part of a backup: set them with \\\\password"
`;
}

/** A word that no shell takes apart. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
