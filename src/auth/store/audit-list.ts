/** Adapter: the audit trail as people search it: pages, newest first, and all of it in order for an export. */
import { decodeEntry, type RecordedEvent } from "../audit-entry.ts";
import type { Outcome } from "../audit-event.ts";
import type { Queryable } from "./database.ts";

export interface AuditFilter {
  /** What was done to this account or by it. */
  accountId?: string | undefined;
  events?: readonly string[] | undefined;
  outcome?: Outcome | undefined;
  /** One address, or a network (CIDR). */
  address?: string | undefined;
  /** From this moment on. */
  since?: Date | undefined;
  /** Before this moment. */
  until?: Date | undefined;
}

export interface AuditRow {
  seq: number;
  at: Date;
  body: string;
  hash: Buffer;
  /** Undefined when the body is no entry any more: somebody changed it. */
  event: RecordedEvent | undefined;
}

/** Where a page ended: give its last row for the next page. */
export type PageEnd = Pick<AuditRow, "seq" | "at">;

interface Row {
  seq: string;
  at: Date | number;
  body: string;
  hash: Buffer;
}

/**
 * Up to `limit` rows, newest first, older than `after`. Reads little more than it returns, however long the trail
 * is: each branch walks one index backwards and stops.
 */
export async function listAudit(
  db: Queryable,
  filter: AuditFilter,
  limit: number,
  after?: PageEnd,
): Promise<AuditRow[]> {
  const values: unknown[] = [limit];
  const $ = (value: unknown): string => `$${values.push(value)}`;
  const everywhere = conditionsOf(filter, $);
  if (after !== undefined) {
    const [at, seq] = [$(after.at), $(after.seq)];
    everywhere.push(`at <= ${at}`, `(at, seq) < (${at}::timestamptz, ${seq}::bigint)`);
  }
  const branches = branchesOf(filter, $).map(
    (branch) =>
      `(SELECT seq, at, body, hash FROM audit WHERE ${[branch, ...everywhere].join(" AND ")} ORDER BY at DESC, seq DESC LIMIT $1)`,
  );
  const { rows } = await db.query<Row>(
    `SELECT * FROM (${branches.join(" UNION ALL ")}) found ORDER BY at DESC, seq DESC LIMIT $1`,
    values,
  );
  return rows.map(asAuditRow);
}

/** How far back a look for what is new goes at most. */
const NEW_ROWS = 5000;

/**
 * Up to `limit` of the newest rows after the number `after` that fit, newest first, and the number of the last row
 * there is: whatever is committed later has a higher one. Reads only what is new, at most 5000 rows of it.
 */
export async function newAudit(
  db: Queryable,
  filter: AuditFilter,
  after: number,
  limit: number,
): Promise<{ rows: AuditRow[]; head: number }> {
  const values: unknown[] = [after, limit, NEW_ROWS];
  const $ = (value: unknown): string => `$${values.push(value)}`;
  const wanted = ["seq > greatest($1, h.seq - $3)", ...conditionsOf(filter, $)];
  if (filter.accountId !== undefined) wanted.push(`(${branchesOf(filter, $).join(" OR ")})`);
  const { rows } = await db.query<Omit<Row, "seq"> & { head: string; seq: string | null }>(
    `SELECT h.seq AS head, a.* FROM audit_head h LEFT JOIN LATERAL (
       SELECT seq, at, body, hash FROM audit WHERE ${wanted.join(" AND ")} ORDER BY seq DESC LIMIT $2
     ) a ON true ORDER BY a.seq DESC`,
    values,
  );
  return {
    head: Number(rows[0]?.head ?? after),
    rows: rows.flatMap(({ seq, ...row }) => (seq === null ? [] : asAuditRow({ seq, ...row }))),
  };
}

/**
 * Every row up to `upto` that fits, in the order of seq, in constant memory: windows of as many rows, whether they
 * fit or not, so that no single query takes long.
 */
export async function* everyAudit(
  db: Queryable,
  filter: AuditFilter,
  upto: number,
  window = 5000,
): AsyncGenerator<AuditRow> {
  for (let after = 0; ;) {
    const values: unknown[] = [after, upto, window];
    const $ = (value: unknown): string => `$${values.push(value)}`;
    const wanted = [...conditionsOf(filter, $)];
    if (filter.accountId !== undefined) wanted.push(`(${branchesOf(filter, $).join(" OR ")})`);
    const { rows } = await db.query<Omit<Row, "seq"> & { reached: string | null; seq: string | null }>(
      `WITH page AS MATERIALIZED (SELECT * FROM audit WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3)
       SELECT reached, p.seq, p.at, p.body, p.hash FROM (SELECT max(seq) AS reached FROM page) r
       LEFT JOIN (SELECT * FROM page${wanted.length === 0 ? "" : ` WHERE ${wanted.join(" AND ")}`}) p ON true
       ORDER BY p.seq`,
      values,
    );
    for (const { seq, ...row } of rows) if (seq !== null) yield asAuditRow({ seq, ...row });
    const reached = rows[0]?.reached ?? null;
    if (reached === null) return;
    after = Number(reached);
  }
}

/** The id of the account with this name or e-mail address; undefined when there is none. */
export async function accountIdOf(db: Queryable, name: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    "SELECT id FROM account WHERE name = lower($1) OR email = lower($1)",
    [name],
  );
  return rows[0]?.id;
}

/** What holds for each row wanted, but for the account. */
function conditionsOf(
  { events, outcome, address, since, until }: AuditFilter,
  $: (value: unknown) => string,
): string[] {
  const wanted: string[] = [];
  if (events !== undefined) wanted.push(`event = ANY(${$(events)}::text[])`);
  if (outcome !== undefined) wanted.push(`outcome = ${$(outcome)}`);
  if (address !== undefined)
    wanted.push(`address ${address.includes("/") ? "<<=" : "="} ${$(address)}::inet`);
  if (since !== undefined) wanted.push(`at >= ${$(since)}`);
  if (until !== undefined) wanted.push(`at < ${$(until)}`);
  return wanted;
}

/** Conditions that no row meets twice; each has an index that ends in time and seq. */
function branchesOf(
  { accountId, events, outcome, address }: AuditFilter,
  $: (value: unknown) => string,
): string[] {
  if (accountId !== undefined)
    return [
      `account_id = ${$(accountId)}::uuid`,
      // As the index audit_actor says it.
      `(actor = ${$(`account:${accountId}`)} AND actor LIKE 'account:%' AND (account_id IS NULL OR actor <> 'account:' || account_id::text))`,
    ];
  if (address !== undefined) return ["address IS NOT NULL"];
  const outcomes = outcome === undefined ? ["success", "failure"] : [outcome];
  if (events === undefined) return outcomes.map((one) => `outcome = '${one}'`);
  return events.flatMap((event) => {
    const name = $(event);
    return outcomes.map((one) => `event = ${name} AND outcome = '${one}'`);
  });
}

/** A row as PostgreSQL has it; its event is undefined when the body cannot be read. */
export function asAuditRow({ seq, at, body, hash }: Row): AuditRow {
  let event: RecordedEvent | undefined;
  try {
    event = decodeEntry(body);
  } catch {
    event = undefined;
  }
  return { seq: Number(seq), at: new Date(at), body, hash, event };
}
