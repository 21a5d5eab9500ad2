import type { z } from 'zod';
import type { FieldError } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** Turns zod's issues into field errors that name field, value and limit; `input` is the refused value. */
export function fieldErrors(error: z.ZodError, input: unknown): FieldError[] {
  return error.issues.flatMap((issue) => toFieldErrors(issue, input));
}

function toFieldErrors(issue: Issue, input: unknown): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key].join('.'),
      message: 'unknown field',
      value: valueAt(input, [...issue.path, key]),
    }));
  }
  const meant = meantForm(issue);
  if (meant) return meant.flatMap((inner) => toFieldErrors(inner, input));
  const value = valueAt(input, issue.path);
  const limit = limitOf(issue);
  return [
    {
      path: issue.path.join('.'),
      message: issue.message,
      ...(value === undefined ? {} : { value }),
      ...(limit === undefined ? {} : { limit }),
    },
  ];
}

/**
 * Of several forms that a body may have, the faults of the one that was meant: the first one among those that know
 * most of the fields that were given.
 */
function meantForm(issue: Issue): Issue[] | null {
  if (issue.code !== 'invalid_union' || issue.path.length > 0 || issue.errors.length === 0) return null;
  return issue.errors.reduce((best, form) => (unknownFields(form) < unknownFields(best) ? form : best));
}

function unknownFields(form: readonly Issue[]): number {
  return form.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0);
}

function limitOf(issue: Issue): unknown {
  if (issue.code === 'too_small') return { minimum: issue.minimum };
  if (issue.code === 'too_big') return { maximum: issue.maximum };
  if (issue.code === 'invalid_value') return { one_of: issue.values };
  if (issue.code === 'invalid_union' && 'options' in issue) return { one_of: issue.options };
  if (issue.code === 'custom') return issue.params?.['limit'];
  return undefined;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
