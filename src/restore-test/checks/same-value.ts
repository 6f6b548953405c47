/** When a value of the database is what the configuration says. Pure. */

/** A value as YAML has it. */
export type Scalar = string | number | boolean | null;

/** Numbers of pg_type: int8, int2, int4, float4, float8, numeric. */
const NUMBERS = new Set([20, 21, 23, 700, 701, 1700]);
const BOOLEAN = 16;

/**
 * `value` is as the server writes it, of type `type`. Numbers are the same by what they are worth (1.50 is 1.5,
 * however long they are), booleans also as `true` and `t`; all else letter by letter: in a text, 007 is not 7.
 */
export function sameValue(expected: Scalar, value: string | null, type: number | undefined): boolean {
  if (expected === null || value === null) return expected === value;
  const said = String(expected);
  if (type === BOOLEAN) return (value === "t" ? ["true", "t"] : ["false", "f"]).includes(said);
  if (type !== undefined && NUMBERS.has(type)) return worth(said) === worth(value);
  return said === value;
}

/** A decimal number without the zeros that say nothing; another number as Number writes it; else the text. */
function worth(text: string): string {
  const match = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text);
  if (match === null || !/\d/.test(text)) return Number.isNaN(Number(text)) ? text : String(Number(text));
  const [, sign = "", whole = "", fraction = ""] = match;
  if (whole === "" && fraction === "") return "0";
  return `${sign === "-" ? "-" : ""}${whole || "0"}${fraction === "" ? "" : `.${fraction}`}`;
}
