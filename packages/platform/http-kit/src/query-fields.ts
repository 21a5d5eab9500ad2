import { z } from 'zod';

/**
 * A whole number in a query, with its limits. A query holds text only, so it is read strictly from digits; the
 * document still calls it a number.
 */
export function queryInteger(limits: { minimum: number; maximum: number; default: number }) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(limits.minimum).max(limits.maximum))
    .default(limits.default)
    .meta({ type: 'integer', ...limits });
}

/** A decimal number in a query. */
export const queryNumber = z
  .string()
  .regex(/^-?\d{1,15}(\.\d{1,15})?(e-?\d{1,3})?$/i, 'a number')
  .transform(Number)
  .pipe(z.number())
  .meta({ type: 'number' });
