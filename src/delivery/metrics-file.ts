/** Adapter: the text file that Prometheus' node exporter reads. */
import { writeWhole } from "../files/whole-file.ts";

/** Replaces the file whole, readable by everyone: the exporter runs as another user. Throws STORE_FULL and the like. */
export function writeMetricsFile(path: string, text: string): Promise<void> {
  return writeWhole(path, text, 0o644);
}
