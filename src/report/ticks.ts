/** Where an axis has its marks. Pure. */

export type Scale = "bytes" | "rows" | "seconds";

export interface Axis {
  low: number;
  high: number;
  /** From low to high, both included. */
  ticks: number[];
}

const STEPS_OF_TIME = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
];

/**
 * An axis that holds every value, with three to six marks at round values of the unit that people read: powers of
 * 1024 for bytes, minutes and hours for seconds. `values` are finite and not negative. Bytes and seconds begin at
 * zero, so that heights compare; rows begin near the smallest, since a few percent are what one looks for.
 */
export function axisOf(values: readonly number[], scale: Scale): Axis {
  const most = Math.max(...values, 0);
  const least = Math.min(...values, most);
  if (most === 0) return { low: 0, high: 1, ticks: [0, 1] };
  const fit = scale === "rows" && most - least < least;
  // A flat line lies in the middle of its axis, with a tenth of its height to each side.
  const spread = fit ? Math.max(most - least, most * 0.1) : most;
  const step = stepOf(spread / 3, scale, most);
  const low = fit ? Math.max(0, Math.floor((least - (least === most ? spread / 2 : 0)) / step) * step) : 0;
  const count = Math.max(1, Math.ceil((most - low) / step - 1e-9));
  return {
    low,
    high: low + count * step,
    ticks: Array.from({ length: count + 1 }, (_, i) => low + i * step),
  };
}

/** The smallest round step that is at least `wanted`. */
function stepOf(wanted: number, scale: Scale, most: number): number {
  if (scale === "seconds") {
    const step = STEPS_OF_TIME.find((one) => one >= wanted);
    return step ?? 86400 * decimalStep(wanted / 86400);
  }
  if (scale === "rows") return Math.max(1, decimalStep(wanted));
  const unit = 1024 ** Math.max(0, Math.floor(Math.log2(most) / 10 + 1e-9));
  const step = unit * decimalStep(wanted / unit);
  return Math.max(1, step);
}

/** 1, 2 or 5 times a power of ten. */
function decimalStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted));
  return ([1, 2, 5].find((one) => one * power >= wanted * (1 - 1e-9)) ?? 10) * power;
}
