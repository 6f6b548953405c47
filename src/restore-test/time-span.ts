/** A length of time in the words of a problem: `3 d 4 h`, `4 h 10 min`, `12 s`. Pure. */

const UNITS: [string, number][] = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

/** The two largest units of a number of seconds; of a negative one, of its size. */
export function timeSpan(seconds: number): string {
  let rest = Math.round(Math.abs(seconds));
  const first = UNITS.findIndex(([, size]) => rest >= size);
  if (first === -1) return "0 s";
  const parts = UNITS.slice(first, first + 2).map(([unit, size]) => {
    const n = Math.floor(rest / size);
    rest -= n * size;
    return { n, unit };
  });
  return parts
    .filter(({ n }) => n > 0)
    .map(({ n, unit }) => `${n} ${unit}`)
    .join(" ");
}
