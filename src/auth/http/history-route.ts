/** Adapter: what happened to one's own account, over HTTP. */
import type { FastifyInstance } from "fastify";
import { pageMark, readPageMark } from "../audit-query.ts";
import { HISTORY_EVENTS, historyEntry } from "../own-history.ts";
import { HISTORY_PATH } from "../pages/account.ts";
import { historyPage } from "../pages/history.ts";
import type { Desk } from "./desk.ts";
import { field, queryOf } from "./form.ts";
import { ownContext, ownHandlers } from "./own.ts";

const PAGE = 30;

export function historyRoute(app: FastifyInstance, desk: Desk): void {
  const { read } = desk.gateway.store;
  const { look } = ownHandlers(desk);
  app.get(
    HISTORY_PATH,
    look({ page: HISTORY_PATH }, async ({ signedIn, owner, request, reply }) => {
      const before = readPageMark(field(queryOf(request), "before", 50));
      const { id } = owner.account;
      const rows = await read.history.of(id, HISTORY_EVENTS, PAGE + 1, before);
      const shown = rows.slice(0, PAGE);
      const last = shown.at(-1);
      const html = historyPage(ownContext(desk, signedIn, "/account"), {
        entries: shown.flatMap(({ event }) => (event && historyEntry(event, id)) ?? []),
        isFirst: before === undefined,
        next: rows.length > PAGE && last !== undefined ? pageMark(last) : undefined,
        address: owner.address,
      });
      return desk.page(reply, html);
    }),
  );
}
