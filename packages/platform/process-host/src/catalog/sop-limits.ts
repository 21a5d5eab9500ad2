import { accept, refuse } from '@spectra/schemas';
import type { FieldError, NumberRange, Result, SopContent } from '@spectra/schemas';

/**
 * A SOP may bound only what recipes of its process have, and only within the limits of the product: a bound under a
 * wrong name would hold nothing, and one beyond the product would promise what no recipe may ask for.
 */
export function checkSopLimits(
  limits: SopContent['limits'],
  ranges: Readonly<Record<string, NumberRange>>,
): Result<null> {
  const errors = Object.entries(limits).flatMap(([name, limit]) => {
    const path = `limits.${name}`;
    const range = ranges[name];
    if (!range) {
      const known = Object.keys(ranges);
      return [{ path, message: 'recipes of this process have no such number', limit: { one_of: known } }];
    }
    return boundErrors(path, limit, range);
  });
  return errors.length === 0
    ? accept(null)
    : refuse('validation_failed', 'The limits of the SOP are not usable', errors);
}

function boundErrors(
  path: string,
  { minimum, maximum }: SopContent['limits'][string],
  range: NumberRange,
): FieldError[] {
  const outside = (value: number | undefined) =>
    value !== undefined && (value < range.minimum || value > range.maximum);
  const errors: FieldError[] = [];
  const message = 'outside the limits of the product';
  if (outside(minimum)) errors.push({ path: `${path}.minimum`, message, value: minimum, limit: range });
  if (outside(maximum)) errors.push({ path: `${path}.maximum`, message, value: maximum, limit: range });
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    errors.push({ path, message: 'the minimum is above the maximum', value: minimum, limit: { maximum } });
  }
  return errors;
}
