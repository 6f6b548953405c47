/** What is wrong with a configuration, in words. Pure. */
import type { z } from "zod";
import { firstLine } from "../fault.ts";

/** Every mistake as `path: what would be right`, in the order of the file's keys. */
export function mistakes(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => {
    const at = (extra?: PropertyKey): string =>
      [...issue.path, ...(extra === undefined ? [] : [extra])].map(String).join(".") || "(top)";
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => firstLine(`${at(key)}: unknown key`));
    if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
      return [`${at()}: missing`];
    return [firstLine(`${at()}: ${issue.message}`)];
  });
}
