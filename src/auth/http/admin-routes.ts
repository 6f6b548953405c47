/** Adapter: all of the administration over HTTP, behind its one guard. */
import type { FastifyInstance } from "fastify";
import { adminAccountRoutes } from "./admin-account-routes.ts";
import { adminApplicationRoutes } from "./admin-application-routes.ts";
import { adminArea } from "./admin-area.ts";
import { adminAuditRoutes, type AuditAccess } from "./admin-audit-routes.ts";
import { adminGrantRoutes } from "./admin-grant-routes.ts";
import { openAuditChecker } from "./audit-checker.ts";
import type { Desk } from "./desk.ts";

/** Routes below /admin; they are there once the listener is ready. The listener takes forms already. */
export function adminRoutes(
  app: FastifyInstance,
  desk: Desk,
  access: AuditAccess & { failed: (error: unknown) => void },
): void {
  const { now, gateway } = desk.options;
  const { pool, auditKey, failed } = access;
  const checker = openAuditChecker({ pool, store: gateway.store, key: auditKey, now, failed });
  app.addHook("onClose", () => checker.stop());
  adminArea(app, desk, (area) => {
    adminAccountRoutes(area, desk, access);
    adminApplicationRoutes(area, desk, access);
    adminGrantRoutes(area, desk);
    adminAuditRoutes(area, desk, { pool: access.pool, checker });
  });
}
