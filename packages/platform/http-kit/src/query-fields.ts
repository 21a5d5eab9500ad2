import { z } from 'zod';

/**
 * A whole number in a query, with its limits. A query holds text only, so it is read strictly from digits; the
 * document still calls it a number.
 */
export function queryInteger(limits: { minimum: number; maximum: number; default: number }) {
  return requiredQueryInteger(limits)
    .default(limits.default)
    .meta({ type: 'integer', ...limits });
}

/** As `queryInteger`, for a number that must be given (or may be left out, by `.optional()`). */
export function requiredQueryInteger({ minimum, maximum }: { minimum: number; maximum: number }) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(minimum).max(maximum))
    .meta({ type: 'integer', minimum, maximum });
}

/** A decimal number in a query. */
export const queryNumber = z
  .string()
  .regex(/^-?\d{1,15}(\.\d{1,15})?(e-?\d{1,3})?$/i, 'a number')
  .transform(Number)
  .pipe(z.number())
  .meta({ type: 'number' });

/** Yes or no in a query. */
export const queryBoolean = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .pipe(z.boolean())
  .meta({ type: 'boolean' });
