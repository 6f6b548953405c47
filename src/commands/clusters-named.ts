/** The clusters that a command is to look at, by --cluster. */
import { Fault } from "../fault.ts";

/** Of the configured clusters the one of this name, or all without a name. Throws USAGE when there is none. */
export function clustersNamed<C extends { name: string }>(
  configured: readonly C[],
  name: string | undefined,
): C[] {
  const found = configured.filter((cluster) => name === undefined || cluster.name === name);
  if (found.length > 0) return found;
  throw new Fault(
    "USAGE",
    `there is no cluster ${name ?? ""} in the configuration`,
    `It has ${configured.map((cluster) => cluster.name).join(", ")}.`,
  );
}
