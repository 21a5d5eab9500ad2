import { z } from 'zod';

export type NumberRange = { minimum: number; maximum: number };

/** The ranges of number fields as their schemas state them, so that no limit is written twice. */
export function numberRanges<Name extends string>(
  fields: Readonly<Record<Name, z.ZodType>>,
): Record<Name, NumberRange> {
  const entries = Object.entries<z.ZodType>(fields).map(([name, field]) => [name, rangeOf(name, field)]);
  return Object.fromEntries(entries) as Record<Name, NumberRange>;
}

function rangeOf(name: string, field: z.ZodType): NumberRange {
  if (field instanceof z.ZodDefault || field instanceof z.ZodOptional) {
    return rangeOf(name, field.unwrap() as z.ZodType);
  }
  if (field instanceof z.ZodUnion) {
    const options = (field.options as readonly z.ZodType[]).map((option) => rangeOf(name, option));
    return {
      minimum: Math.min(...options.map((range) => range.minimum)),
      maximum: Math.max(...options.map((range) => range.maximum)),
    };
  }
  if (field instanceof z.ZodLiteral && typeof field.value === 'number') {
    return { minimum: field.value, maximum: field.value };
  }
  if (field instanceof z.ZodNumber && field.minValue !== null && field.maxValue !== null) {
    return { minimum: field.minValue, maximum: field.maxValue };
  }
  throw new Error(`"${name}" is no number with a smallest and a largest value`);
}
