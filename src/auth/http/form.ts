/** Adapter: what a form sent. Only `application/x-www-form-urlencoded`, and every field once. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ClientError } from "./client-error.ts";

/** Lets a listener take forms; `request.body` is then a Form. */
export function acceptForms(listener: FastifyInstance): void {
  listener.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "buffer" },
    (_request, body: Buffer, done) => {
      try {
        done(null, parseForm(body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

export type Form = ReadonlyMap<string, string>;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** In: the body as it came. Throws ClientError 400 for bytes that are no text and for a field that is there twice. */
function parseForm(body: Buffer): Form {
  let text: string;
  try {
    text = UTF8.decode(body);
    // A lone percent or percent-encoded bytes that are no UTF-8 would be replaced in silence by URLSearchParams.
    decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new ClientError(400, "the form holds bytes that are no text");
  }
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) throw new ClientError(400, "a field of the form is there twice");
    form.set(name, value);
  }
  return form;
}

/** The fields of the request's form; an empty one when it had no body. */
export function formOf(request: FastifyRequest): Form {
  return request.body instanceof Map ? (request.body as Form) : new Map();
}

/** A field's value, "" when it is not there. Longer than `most` characters throws ClientError 400. */
export function field(form: Form, name: string, most = 500): string {
  const value = form.get(name) ?? "";
  if (value.length > most) throw new ClientError(400, `the field ${name} is too long`);
  return value;
}

/** A query's value by the same rules: once, and not too long. */
export function queryOf(request: FastifyRequest): Form {
  const at = request.raw.url?.indexOf("?") ?? -1;
  return at < 0 ? new Map() : parseForm(Buffer.from(request.raw.url?.slice(at + 1) ?? "", "latin1"));
}
