/** From the words of a command line to the command they name. Pure. */
import { Fault } from "../fault.ts";
import { CATALOGUE } from "./catalogue.ts";

export type Found =
  | { kind: "command"; name: string; args: string[] }
  /** The list of commands, of those that begin with `group` when it is not empty. */
  | { kind: "overview"; group: string }
  | { kind: "version" };

const NAMES = Object.keys(CATALOGUE);
const HELP = /^(-h|--help)$/;

/**
 * In: the arguments after the program's name. Throws USAGE for what names no command, with those that were
 * perhaps meant.
 */
export function findCommand(args: string[]): Found {
  const wanted = args.filter((arg) => arg !== "--json");
  if (wanted[0] === "--version") return { kind: "version" };
  if (wanted[0] === "help") return findCommand([...wanted.slice(1), "--help"]);
  const words = wanted.slice(0, 3);
  for (let n = words.length; n > 0; n--) {
    const name = words.slice(0, n).join(" ");
    if (NAMES.includes(name))
      return { kind: "command", name, args: args.slice(args.indexOf(words[0] ?? "") + n) };
  }
  const group = wanted
    .slice(0, wanted.findIndex((arg) => arg.startsWith("-")) >>> 0)
    .slice(0, 3)
    .join(" ");
  const within = namesIn(group);
  if (wanted.length === 0 || (wanted.some((arg) => HELP.test(arg)) && within.length > 0))
    return { kind: "overview", group };
  throw unknown(wanted, group, within);
}

/** What `lakat --help` prints; with a group, such as `keys`, only its commands. */
export function overview(group: string): string {
  const names = namesIn(group);
  const width = Math.max(...names.map((name) => name.length));
  return [
    ...(group === ""
      ? ["lakat: sealed backups of PostgreSQL, restore tests of them, and a gateway that lets staff in", ""]
      : []),
    ...names.flatMap((name, i) => {
      const line = `  lakat ${name.padEnd(width)}  ${CATALOGUE[name]?.summary ?? ""}`;
      const isNext = i > 0 && topic(name) !== topic(names[i - 1] ?? "");
      return isNext ? ["", line] : [line];
    }),
    "",
    "Each takes --help and --json. Exit codes: 0 all well, 1 failed, 2 called or configured wrongly,",
    "3 done with findings.",
    "",
  ].join("\n");
}

/** What the commands of one paragraph have in common. */
function topic(name: string): string {
  return name.split(" ")[0] ?? "";
}

function namesIn(group: string): string[] {
  return NAMES.filter((name) => group === "" || name.startsWith(`${group} `));
}

function unknown(wanted: string[], group: string, within: string[]): Fault {
  if (group === "")
    return new Fault(
      "USAGE",
      `an option stands before the command (${wanted[0] ?? ""})`,
      "Write it after the command, such as `lakat backup run --config FILE`.",
    );
  if (within.length > 0)
    return new Fault(
      "USAGE",
      `"${group}" is the beginning of several commands`,
      `It is one of ${within.join(", ")}.`,
    );
  const near = namesIn(group.split(" ")[0] ?? "");
  const hint = near.length > 0 ? `Did you mean ${near.join(", ")}?` : "See `lakat --help`.";
  return new Fault("USAGE", `there is no command "${group}"`, hint);
}
