import type { z } from 'zod';

/**
 * Reads a service's settings from its environment once, at the start. All faults are told together, by
 * name, and without the refused values, which may be secrets.
 */
export function readSettings<Schema extends z.ZodType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  // An empty variable means "not set": shells and compose files cannot unset one.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || '(all)'}: ${issue.message}`);
  throw new Error(`The settings are not usable:\n${faults.join('\n')}`);
}
