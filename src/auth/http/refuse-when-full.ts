/** Adapter: surplus sign-ins are told to come again. */
import type { onRequestHookHandler } from "fastify";
import type { Page } from "../pages/page.ts";
import { messagePage } from "../pages/sign-in.ts";
import type { Language } from "../settings.ts";
import { signInWords } from "../words/sign-in.ts";
import type { Desk } from "./desk.ts";

/**
 * A sign-in beyond what may be looked at is answered before its form is read, by a page that is made once: in a flood
 * these are nearly all, and proxies wait on the same event loop.
 */
export function refuseWhenFull(desk: Desk): onRequestHookHandler {
  const pages = new Map<Language, Page>();
  const pageIn = (language: Language): Page => {
    const known = pages.get(language);
    if (known !== undefined) return known;
    const words = signInWords(language);
    const context = { language, organisation: desk.gateway.settings.organisation };
    const again = { title: words.signIn, text: words.busy, href: "/sign-in", link: words.again };
    // It runs no script, so it is the same whatever its nonce.
    const text = messagePage(context, { ...again, kind: "bad" })("");
    const page = (): string => text;
    pages.set(language, page);
    return page;
  };
  return (request, reply, next) => {
    if (!desk.options.admission.isFull()) {
      next();
      return;
    }
    desk.options.counted("password", "busy");
    void desk.page(reply.header("Retry-After", "5"), pageIn(desk.visit(request).language), 503);
  };
}
