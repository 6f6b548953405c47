/** Adapter: the audit trail for administrators: searched, exported, its end checked. */
import { Readable } from "node:stream";
import { EXPORT_FORMATS } from "../audit-export.ts";
import {
  auditFields,
  pageMark,
  readAuditQuery,
  readPageMark,
  type AuditAsked,
  type AuditTrouble,
} from "../audit-query.ts";
import type { TombstoneVerifier } from "../audit-tombstone.ts";
import { auditPage, TAIL_PATH, tailPart } from "../pages/admin-audit.ts";
import { CHECK_PATH, checksPart, type ChecksShown } from "../pages/admin-audit-check.ts";
import type { AdminContext } from "../pages/admin-frame.ts";
import { accountIdOf, everyAudit, listAudit, newAudit, type AuditFilter } from "../store/audit-list.ts";
import type { Pool } from "../store/database.ts";
import { REFUSED_STATUS, type AdminArea, type AdminCall } from "./admin-area.ts";
import type { Desk } from "./desk.ts";
import { field, type Form } from "./form.ts";
import { accountIds, UUID } from "./admin-grant-routes.ts";
import type { AuditChecker } from "./audit-checker.ts";

const PAGE = 50;
/** Checks of the chain that are shown. */
const CHECKS = 6;
/** Of new events in one answer. */
const NEW = 200;
const MEDIA_TYPE = { jsonl: "application/jsonl; charset=utf-8", csv: "text/csv; charset=utf-8" };
/** Rows read at once for an export: a page that somebody opens meanwhile waits for no more than these. */
const WINDOW = 500;

export interface AuditAccess {
  pool: Pool;
  /** Knows the signature of tombstones. */
  auditKey: TombstoneVerifier;
}

export function adminAuditRoutes(
  area: AdminArea,
  desk: Desk,
  { pool, checker }: { pool: Pool; checker: AuditChecker },
): void {
  const { gateway } = desk;
  const { timeZone } = gateway.settings;
  const { read } = gateway.store;

  const filterOf = async (asked: AuditAsked): Promise<AuditFilter | { trouble: AuditTrouble }> => {
    const filter = readAuditQuery(asked, timeZone);
    const account = asked.account.trim();
    if ("trouble" in filter || account === "") return filter;
    // The events of an account that was deleted are found by its id.
    const id = UUID.test(account.toLowerCase()) ? account.toLowerCase() : await accountIdOf(pool, account);
    return id === undefined ? { trouble: "account" } : { ...filter, accountId: id };
  };

  /** What is known of checks of the chain, with the names of who began them. */
  const checksShown = async (now: Date): Promise<ChecksShown & { head: number }> => {
    const [checks, { head, rows }] = await Promise.all([
      read.auditChecks.latest(CHECKS, now),
      read.auditChecks.trail(),
    ]);
    return {
      checks,
      names: await read.accounts.namesOf(accountIds(checks.map(({ startedBy }) => startedBy))),
      rows,
      head,
    };
  };

  const show = async (call: AdminCall, asked: AuditAsked, said?: AdminContext["said"], status = 200) => {
    const filter = await filterOf(asked);
    const trouble = "trouble" in filter ? filter.trouble : undefined;
    // The head first: what comes after it and is listed all the same has a higher number, and counts as seen.
    const checks = await checksShown(call.now);
    const rows =
      "trouble" in filter ? [] : await listAudit(pool, filter, PAGE + 1, readPageMark(asked.before));
    const page = rows.slice(0, PAGE);
    const last = page.at(-1);
    const isLive = call.query.get("live") === "on" && asked.before === "";
    const context = { ...call.context(), ...(said !== undefined && { said }) };
    return call.show(
      auditPage(context, asked, {
        rows: page,
        next: rows.length > PAGE && last !== undefined ? pageMark(last) : undefined,
        trouble,
        liveAfter: isLive ? Math.max(checks.head, ...page.map(({ seq }) => seq)) : undefined,
        checks,
      }),
      trouble === undefined ? status : REFUSED_STATUS,
    );
  };

  area.get("/admin/audit", (call) => show(call, askedOf(call.query)));

  // What a page asks for by itself is no use of the session: it ends as if nobody were there.
  area.look(TAIL_PATH, async (call) => {
    const asked = { ...askedOf(call.query), before: "" };
    const filter = await filterOf(asked);
    const after = field(call.query, "after", 15);
    if ("trouble" in filter || !/^\d+$/.test(after)) return call.notFound();
    const { rows, head } = await newAudit(pool, filter, Number(after), NEW);
    return call.show(() => tailPart(call.context(), asked, rows, head).toString());
  });
  area.look(CHECK_PATH, async (call) => {
    const checks = await checksShown(call.now);
    return call.show(() => checksPart(call.context(), checks).toString());
  });

  area.post("/admin/audit/verify", async (call) => {
    const { words } = call;
    const answer = await checker.begin(call);
    if (answer === "begun") return call.done("/admin/audit", "check");
    const asked = askedOf(call.query);
    return answer === "busy"
      ? show(call, asked, { kind: "bad", text: words.verifyBusy }, 503)
      : show(call, asked, { kind: "bad", text: words.refused[answer] }, REFUSED_STATUS);
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
