/** Adapter: the language of the pages, as chosen in their footer. Whoever is signed in changes that of the account. */
import type { FastifyInstance } from "fastify";
import { LANGUAGES } from "../account-name.ts";
import { changeLanguage } from "../own-account.ts";
import { messagePage } from "../pages/sign-in.ts";
import { signInWords } from "../words/sign-in.ts";
import { LANGUAGE_COOKIE, setCookie } from "./cookies.ts";
import type { Desk } from "./desk.ts";
import { field } from "./form.ts";
import { choiceSubject } from "./language-choice.ts";
import { originOf, ownPath, seeOther } from "./visit.ts";

const YEAR_SECONDS = 365 * 86_400;

export function languageRoutes(app: FastifyInstance, desk: Desk): void {
  const { organisation, applications, publicUrl } = desk.gateway.settings;
  for (const base of ["", "/.lakat"] as const)
    app.post(`${base}/language`, async (request, reply) => {
      const visit = desk.visit(request);
      const origin = base === "" ? publicUrl : (applications.on(visit.host)[0]?.origin ?? publicUrl);
      const { form, isFresh } = desk.form(request, choiceSubject(request, base), origin);
      const back = ownPath(field(form, "back", 9000), base) ?? (base === "" ? "/account" : "/");
      const language = LANGUAGES.find((known) => known === form.get("language"));
      if (!isFresh) {
        const words = signInWords(visit.language);
        const message = { title: words.failedTitle, text: words.formOld, href: back, link: words.again };
        return desk.page(
          reply,
          messagePage({ language: visit.language, organisation }, { ...message, kind: "bad" }),
          403,
        );
      }
      if (language === undefined) return seeOther(reply, back);
      const signedIn = base === "" ? await desk.signedIn(request) : undefined;
      if (signedIn !== undefined) {
        const { account, session } = signedIn;
        await changeLanguage(
          desk.gateway,
          { account, session, ...originOf(visit), now: visit.now },
          language,
        );
      }
      return seeOther(reply, back, [setCookie(LANGUAGE_COOKIE, language, YEAR_SECONDS)]);
    });
}
