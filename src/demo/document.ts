/** Documents: a row for the table, and the bytes of the large object it points to. */
import { createHash } from "node:crypto";
import { companyAt, STREAMS } from "./identity.ts";
import type { Plan } from "./plan.ts";
import { sentences } from "./prose.ts";
import type { Random } from "./random.ts";
import { moment } from "./time.ts";

/** Large objects are numbered from here on, far from those a new database gives out by itself. */
const FIRST_OID = 1_000_000_000;
const KINDS = {
  hu: ["szerződés", "ajánlat", "teljesítési igazolás", "jegyzőkönyv", "tervrajz", "meghatalmazás"],
  ro: ["contract", "ofertă", "proces-verbal", "raport", "schiță", "împuternicire"],
} as const;

export const DOCUMENT_COLUMNS = "id company_id title media_type bytes sha256 content uploaded_at".split(" ");

export interface Document {
  /** The row in COPY's text format without the line's end. */
  row: string;
  oid: number;
  content: Buffer;
}

/** Document `id`: some kilobytes that look like a PDF, part text and part compressed already. */
export function documentAt(random: Random, id: number, plan: Plan): Document {
  const company = random.at(STREAMS.document, id).between(1, plan.companies);
  const { country, name } = companyAt(random, company);
  random.at(STREAMS.document, id).next();
  const title = `${random.pick(KINDS[country.language])} ${random.between(2023, 2026)}-${random.digits(4)}`;
  const text = sentences(random, country, random.between(2, 20)).replaceAll("\\n", "\n");
  const content = Buffer.concat([
    Buffer.from(
      `%PDF-1.7\n% ${name}\n% ${title}\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n${text}\nstream\n`,
    ),
    noise(random, 4 * random.between(100, 1500)),
    Buffer.from("\nendstream\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"),
  ]);
  const oid = FIRST_OID + id;
  const sha256 = createHash("sha256").update(content).digest("hex");
  const row = `${id}\t${company}\t${title}\tapplication/pdf\t${content.length}\t\\\\x${sha256}\t${oid}\t${moment(random.below(1370), random.below(34_000))}`;
  return { row, oid, content };
}

function noise(random: Random, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32LE(random.next(), at);
  return bytes;
}
