/** Adapter: the prints of the secrets that the nodes on this database have. */
import type { Queryable } from "./database.ts";

/** Remembers those that are new here, and resolves to the names of those that were others before, in order. */
export async function differingSecrets(
  db: Queryable,
  prints: ReadonlyMap<string, Buffer>,
): Promise<string[]> {
  const values = [[...prints.keys()], [...prints.values()]];
  await db.query(
    "INSERT INTO secret_print SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT (name) DO NOTHING",
    values,
  );
  const { rows } = await db.query<{ name: string }>(
    "SELECT name FROM secret_print JOIN unnest($1::text[], $2::bytea[]) AS mine (name, print) USING (name) WHERE secret_print.print <> mine.print ORDER BY name",
    values,
  );
  return rows.map(({ name }) => name);
}

/** From now on this is the secret of that name. */
export async function rememberSecret(db: Queryable, name: string, print: Buffer): Promise<void> {
  await db.query(
    "INSERT INTO secret_print VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET print = excluded.print",
    [name, print],
  );
}

/** Peppers that passwords were hashed with and that are not among `ids`, and how many passwords each. */
export async function missingPeppers(
  db: Queryable,
  ids: readonly string[],
): Promise<{ id: string; passwords: number }[]> {
  const { rows } = await db.query<{ id: string; passwords: number }>(
    "SELECT pepper_id AS id, count(*)::integer AS passwords FROM account WHERE pepper_id IS NOT NULL AND pepper_id <> ALL ($1::text[]) GROUP BY pepper_id ORDER BY pepper_id",
    [ids],
  );
  return rows;
}
