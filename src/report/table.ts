/**
 * A table for terminals: columns as wide as their content, two spaces between, nothing cut; a control character,
 * which a terminal would obey, shows as `?`. Pure.
 */
export function table(head: string[], body: string[][]): string {
  const rows = body.map((row) => row.map((cell) => cell.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?")));
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
