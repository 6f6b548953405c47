/** The pages of signing in. Pure. */
import { html } from "../../markup/html.ts";
import type { Language } from "../settings.ts";
import { signInWords } from "../words/sign-in.ts";
import { providerWords } from "../words/provider.ts";
import { button, form, hidden, notice, page, passwordField, textField, type Page } from "./page.ts";

export interface PageContext {
  language: Language;
  organisation: string;
  /** Of the form on the page. */
  token: string;
  next: string | undefined;
}

export type SignInTrouble = "refused" | "busy" | "over" | "form-old" | "with";

/** Providers to sign in with, and the label of the one that somebody is being linked to. */
export interface OtherWays {
  providers: readonly { name: string; label: string }[];
  link: string | undefined;
}

/** Name and password. What was typed as the name is shown again, the password never. */
export function signInPage(
  context: PageContext,
  typed = "",
  trouble?: SignInTrouble,
  { providers, link }: OtherWays = { providers: [], link: undefined },
): Page {
  const others = providerWords(context.language);
  const words = signInWords(context.language);
  const blamedBy = trouble === "refused" ? "said" : undefined;
  const fields = [
    hidden("next", context.next),
    link !== undefined && hidden("link", "1"),
    textField({
      name: "name",
      blamedBy,
      label: words.name,
      autocomplete: "username",
      value: typed,
      attributes: html` autocapitalize="none" spellcheck="false"
      maxlength="254"${typed === "" && html` autofocus`}`,
    }),
    passwordField(context.language, {
      name: "password",
      label: words.password,
      blamedBy,
      autocomplete: "current-password",
      attributes: html`${typed !== "" && html` autofocus`}`,
    }),
  ];
  return page({ ...context, title: words.signIn, scripts: ["password"] }, [
    trouble !== undefined && notice("bad", troubleText(context.language, trouble), "said"),
    link !== undefined && notice("note", others.link(link)),
    form("/sign-in", context.token, fields, button(words.signIn)),
    html`<p><a href="/forgotten">${words.forgotten}</a></p>`,
    link === undefined &&
      providers.map(({ name, label }) =>
        form(
          `/sign-in/with/${name}`,
          context.token,
          hidden("next", context.next),
          button(others.with(label), "quiet"),
        ),
      ),
  ]);
}

/** What went wrong with a password, in the same words wherever one is asked for. */
function troubleText(language: Language, trouble: SignInTrouble): string {
  const words = signInWords(language);
  return {
    refused: words.refused,
    busy: words.busy,
    over: words.over,
    "form-old": words.formOld,
    with: providerWords(language).refused,
  }[trouble];
}

/** The password once more, for what needs it. */
export function confirmPage(context: PageContext, name: string, trouble?: SignInTrouble): Page {
  const words = signInWords(context.language);
  const blamedBy = trouble === "refused" ? "said" : undefined;
  const fields = [
    hidden("next", context.next),
    html`<input type="hidden" name="name" value="${name}" autocomplete="username" />`,
    passwordField(context.language, {
      name: "password",
      label: words.password,
      blamedBy,
      autocomplete: "current-password",
      attributes: html` autofocus`,
    }),
  ];
  return page({ ...context, title: words.confirmTitle, scripts: ["password"] }, [
    trouble !== undefined && notice("bad", troubleText(context.language, trouble), "said"),
    html`<p>${words.confirmWhy}</p>`,
    form("/confirm", context.token, fields, button(words.next)),
  ]);
}

/** `where`: what can be signed out of, by the value that the form sends. */
export function signOutPage(
  context: PageContext,
  action: string,
  where: { value: string; text: string }[],
): Page {
  const words = signInWords(context.language);
  const buttons = where.map(
    ({ value, text }, i) =>
      html`<button class="${i === 0 ? "main" : "quiet"}" name="what" value="${value}">${text}</button>`,
  );
  return page({ ...context, title: words.signOutTitle }, [
    html`<p>${where.length > 1 ? words.signOutAsk : words.signOutLead}</p>`,
    form(action, context.token, undefined, buttons),
  ]);
}

/** `href`: where to sign in again. */
export function signedOutPage(context: Pick<PageContext, "language" | "organisation">, href: string): Page {
  const words = signInWords(context.language);
  const { signedOutTitle: title, signedOut: text, signIn: link } = words;
  return messagePage(context, { title, text, href, link, kind: "good", isAnswer: true });
}

/** A page with one sentence, and perhaps a link that leads on. */
export function messagePage(
  context: Pick<PageContext, "language" | "organisation">,
  message: {
    title: string;
    text: string;
    href?: string;
    link?: string;
    kind?: "bad" | "good" | "note";
    /** The answer to a form: the choice of a language leads on instead of back to it. */
    isAnswer?: boolean;
  },
): Page {
  const { title, text, href, link, kind = "note", isAnswer = false } = message;
  return page({ ...context, title, ...(isAnswer && { again: href ?? "/account" }) }, [
    notice(kind, text),
    href !== undefined && html`<p class="actions"><a class="button" href="${href}">${link ?? href}</a></p>`,
  ]);
}
