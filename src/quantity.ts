/** Sizes and durations as the configuration has them: a whole number and its unit. Pure. */
import { z } from "zod";

const UNITS: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
/** A size as written, `8MiB`, to bytes. */
export const bytes = z
  .string()
  .regex(/^\d+ ?(B|KiB|MiB|GiB|TiB)$/, 'must be a size with its unit, such as "8MiB"')
  .transform((text) => Number.parseInt(text, 10) * (UNITS[text.replace(/[\d ]/g, "")] ?? 1))
  .refine((size) => size > 0 && Number.isSafeInteger(size), "must be from 1 B to 8000 TiB")
  .meta({ description: "Size with unit: B, KiB, MiB, GiB or TiB" });

const SECONDS: Record<string, number> = { s: 1, min: 60, h: 3600, d: 86400 };
/** A duration as written, `6h`, to milliseconds. */
export const duration = z
  .string()
  .regex(/^\d+ ?(s|min|h|d)$/, 'must be a duration with its unit, such as "6h"')
  .transform((text) => Number.parseInt(text, 10) * (SECONDS[text.replace(/[\d ]/g, "")] ?? 1) * 1000)
  // Timers count milliseconds in 31 bits; a longer one would go off at once.
  .refine((ms) => ms > 0 && ms <= 24 * 86_400_000, "must be from 1s to 24d")
  .meta({ description: "Duration with unit: s, min, h or d" });
