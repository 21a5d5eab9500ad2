import { z } from 'zod';

/** A whole number in a query, with its limits; a query holds text only, so it is read strictly from digits. */
export function queryInteger(limits: { minimum: number; maximum: number; default: number }) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(limits.minimum).max(limits.maximum))
    .default(limits.default);
}

/** A decimal number in a query. */
export const queryNumber = z
  .string()
  .regex(/^-?\d{1,15}(\.\d{1,15})?(e-?\d{1,3})?$/i, 'a number')
  .transform(Number)
  .pipe(z.number());
