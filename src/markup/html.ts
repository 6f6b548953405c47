/** HTML whose every value is escaped unless it is HTML already. Pure. */
import { printable } from "./printable.ts";

/** Markup that is safe to put into a page. Only `html` and `trusted` make it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What may stand in a template: nothing, text and numbers (escaped), markup, and lists of these. */
export type Value = Html | string | number | undefined | false | readonly Value[];

/** Tagged template. A value is right as content and inside an attribute in double quotes, nowhere else. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  let text = parts[0] ?? "";
  values.forEach((value, i) => {
    text += textOf(value) + (parts[i + 1] ?? "");
  });
  return new Html(text);
}

/** Takes text of ours (a style sheet) for markup as it is. Never give it anything that came from elsewhere. */
export function trusted(text: string): Html {
  return new Html(text);
}

function textOf(value: Value): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "string" || typeof value === "number") return escape(String(value));
  return value.map(textOf).join("");
}

const NAMES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (char) => NAMES[char] ?? "");
}
