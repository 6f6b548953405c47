/** Adapter: the audit trail for administrators: searched, exported, its end checked. */
import { Readable } from "node:stream";
import { Fault } from "../../fault.ts";
import { EXPORT_FORMATS } from "../audit-export.ts";
import { headText } from "../audit-link.ts";
import {
  auditFields,
  pageMark,
  readAuditQuery,
  readPageMark,
  type AuditAsked,
  type AuditTrouble,
} from "../audit-query.ts";
import type { TombstoneVerifier } from "../audit-tombstone.ts";
import { auditPage } from "../pages/admin-audit.ts";
import type { AdminContext } from "../pages/admin-frame.ts";
import { checkNewest } from "../store/audit-check.ts";
import { accountIdOf, everyAudit, listAudit, type AuditFilter } from "../store/audit-list.ts";
import type { Pool } from "../store/database.ts";
import { REFUSED_STATUS, type AdminArea, type AdminCall } from "./admin-area.ts";
import type { Desk } from "./desk.ts";
import { field, type Form } from "./form.ts";
import { UUID } from "./admin-grant-routes.ts";

const PAGE = 50;
/** So many rows are checked while somebody waits; all of them are for `lakat audit verify`. */
const CHECKED = 100_000;
const MEDIA_TYPE = { jsonl: "application/jsonl; charset=utf-8", csv: "text/csv; charset=utf-8" };
/** Rows read at once for an export: a page that somebody opens meanwhile waits for no more than these. */
const WINDOW = 500;

export interface AuditAccess {
  pool: Pool;
  /** Knows the signature of tombstones. */
  auditKey: TombstoneVerifier;
}

export function adminAuditRoutes(area: AdminArea, desk: Desk, { pool, auditKey }: AuditAccess): void {
  const { gateway } = desk;
  const { timeZone } = gateway.settings;

  const filterOf = async (asked: AuditAsked): Promise<AuditFilter | { trouble: AuditTrouble }> => {
    const filter = readAuditQuery(asked, timeZone);
    const account = asked.account.trim();
    if ("trouble" in filter || account === "") return filter;
    // The events of an account that was deleted are found by its id.
    const id = UUID.test(account.toLowerCase()) ? account.toLowerCase() : await accountIdOf(pool, account);
    return id === undefined ? { trouble: "account" } : { ...filter, accountId: id };
  };

  const show = async (call: AdminCall, asked: AuditAsked, said?: AdminContext["said"], status = 200) => {
    const filter = await filterOf(asked);
    const trouble = "trouble" in filter ? filter.trouble : undefined;
    const rows =
      "trouble" in filter ? [] : await listAudit(pool, filter, PAGE + 1, readPageMark(asked.before));
    const page = rows.slice(0, PAGE);
    const last = page.at(-1);
    const next = rows.length > PAGE && last !== undefined ? pageMark(last) : undefined;
    const context = { ...call.context(), ...(said !== undefined && { said }) };
    return call.show(
      auditPage(context, asked, { rows: page, next, trouble, checked: CHECKED }),
      trouble === undefined ? status : REFUSED_STATUS,
    );
  };

  area.get("/admin/audit", (call) => show(call, askedOf(call.query)));

  let checking = false;
  area.post("/admin/audit/verify", async (call) => {
    const { words } = call;
    const busy = () => show(call, askedOf(call.query), { kind: "bad", text: words.verifyBusy }, 503);
    if (checking) return await busy();
    checking = true;
    try {
      const { rows, head, broken } = await checkNewest(pool, auditKey, CHECKED);
      const at = head === undefined ? "–" : headText(head);
      return await show(
        call,
        askedOf(call.query),
        broken === 0
          ? { kind: "good", text: words.verified(rows, at) }
          : { kind: "bad", text: words.broken(broken, at) },
      );
    } catch (error) {
      if (error instanceof Fault && error.code === "AUDIT_BUSY") return await busy();
      throw error;
    } finally {
      checking = false;
    }
  });

  area.post("/admin/audit/export", async (call) => {
    const { form, by, now } = call;
    const asked = askedOf(form);
    const filter = await filterOf(asked);
    if ("trouble" in filter) return show(call, asked);
    const format = form.get("format") === "csv" ? "csv" : "jsonl";
    const { audit } = gateway.store.read;
    // Before the first row is read: an export that breaks off was one too.
    await audit.append({
      at: now,
      event: "audit.exported",
      outcome: "success",
      ...by,
      details: { format, ...Object.fromEntries(auditFields(asked)) },
    });
    const { seq } = await audit.head();
    return call.reply
      .header("Content-Type", MEDIA_TYPE[format])
      .header(
        "Content-Disposition",
        `attachment; filename="audit-${now.toISOString().slice(0, 10)}.${format}"`,
      )
      .send(Readable.from(linesOf(pool, filter, seq, format)));
  });
}

async function* linesOf(
  pool: Pool,
  filter: AuditFilter,
  upto: number,
  format: "jsonl" | "csv",
): AsyncGenerator<string> {
  const lines = EXPORT_FORMATS[format];
  let piece = lines.head;
  for await (const row of everyAudit(pool, filter, upto, WINDOW)) {
    piece += lines.line(row);
    if (piece.length < 65_536) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

function askedOf(form: Form): AuditAsked {
  return {
    account: field(form, "account", 300),
    event: field(form, "event", 100),
    outcome: field(form, "outcome", 20),
    address: field(form, "address", 100),
    from: field(form, "from", 30),
    to: field(form, "to", 30),
    before: field(form, "before", 50),
  };
}
