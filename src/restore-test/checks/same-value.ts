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

/** Floats go to e308. */
const MOST_EXPONENT = 400;

/** A number as digits without an exponent and without the zeros that say nothing; what is none as it stands. */
function worth(text: string): string {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match ?? [];
  const by = Number(exponent);
  if (whole + fraction === "" || Math.abs(by) > MOST_EXPONENT) return text;
  const digits = "0".repeat(Math.max(0, -by)) + whole + fraction + "0".repeat(Math.max(0, by));
  const point = Math.max(0, -by) + whole.length + by;
  const [before, after] = [digits.slice(0, point).replace(/^0+/, ""), digits.slice(point).replace(/0+$/, "")];
  if (before + after === "") return "0";
  return `${sign === "-" ? "-" : ""}${before || "0"}${after === "" ? "" : `.${after}`}`;
}
