/** Adapter: what pages load: the style sheet, and scripts from src/auth/browser. A browser asks each time whether one changed. */
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import type { FastifyInstance } from "fastify";
import { ICON } from "../pages/mark.ts";
import { ICON_PATH, SCRIPTS, scriptPath, STYLE_PATH } from "../pages/page.ts";
import { STYLE } from "../pages/style.ts";

interface Asset {
  path: string;
  type: string;
  body: string;
}

export function assetRoutes(app: FastifyInstance): void {
  const scripts = SCRIPTS.map((name): Asset => {
    const source = readFileSync(new URL(`../browser/${name}.ts`, import.meta.url), "utf8");
    return { path: scriptPath(name), type: "text/javascript", body: stripTypeScriptTypes(source) };
  });
  const assets: Asset[] = [
    { path: STYLE_PATH, type: "text/css", body: STYLE },
    { path: ICON_PATH, type: "image/svg+xml", body: ICON },
    ...scripts,
  ];
  for (const { path, type, body } of assets) {
    const tag = `"${hash("sha256", body, "base64url").slice(0, 22)}"`;
    for (const base of ["", "/.lakat"])
      app.get(base + path, (request, reply) => {
        reply.header("Cache-Control", "no-cache").header("ETag", tag);
        if (request.headers["if-none-match"] === tag) return reply.code(304).send();
        return reply.header("Content-Type", `${type}; charset=utf-8`).send(body);
      });
  }
}
