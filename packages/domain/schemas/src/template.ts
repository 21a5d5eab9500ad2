import { z } from 'zod';
import { accept, refuse, type FieldError, type Result } from './problem.ts';

/** Parameters that one template may have, and characters of a text that fills one of them. */
const templateLimits = { parameters: 50, textLength: 500, nestingDepth: 20 } as const;

const text = z.string().max(templateLimits.textLength);
const about = { description: text.optional() };
const numeric = {
  ...about,
  default: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
};

/** What may stand in place of a `{{placeholder}}`. One without a default has to be given. */
const templateParameterSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('number'), ...numeric }),
  z.strictObject({ type: z.literal('integer'), ...numeric }),
  z.strictObject({
    type: z.literal('string'),
    ...about,
    default: text.optional(),
    one_of: z.array(text).min(1).max(100).optional(),
  }),
  z.strictObject({ type: z.literal('boolean'), ...about, default: z.boolean().optional() }),
]);
type TemplateParameter = z.output<typeof templateParameterSchema>;

const parameterName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'a small letter, then small letters, digits and underscores');
export const templateParametersSchema = z
  .record(parameterName, templateParameterSchema)
  .refine((parameters) => Object.keys(parameters).length <= templateLimits.parameters, {
    message: `at most ${templateLimits.parameters} parameters`,
    params: { limit: { maximum: templateLimits.parameters } },
  });
export type TemplateParameters = z.output<typeof templateParametersSchema>;

/** Values for the placeholders of a template. */
export const templateValuesSchema = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
export type TemplateValues = z.output<typeof templateValuesSchema>;

/** A request in which texts may hold placeholders. */
export const workRequestSchema = z.discriminatedUnion('kind', [
  /** The body of a run request of this process. */
  z.strictObject({
    kind: z.literal('run'),
    process: z.string().min(1).max(32),
    body: z.record(z.string(), z.unknown()),
  }),
  /** The body of `POST /v1/jobs`. */
  z.strictObject({ kind: z.literal('job'), body: z.record(z.string(), z.unknown()) }),
]);
export type WorkRequest = z.output<typeof workRequestSchema>;

/** One version of a named, parameterised request. */
export const templateSchema = z.object({
  template_id: z.uuid(),
  name: z.string(),
  description: z.string(),
  version: z.int(),
  latest_version: z.int(),
  request: workRequestSchema,
  parameters: templateParametersSchema,
  created_by: z.string(),
  created_at: z.string(),
  retired_at: z.string().nullable(),
});
export type Template = z.output<typeof templateSchema>;

const placeholder = /\{\{\s*([a-z][a-z0-9_]{0,39})\s*\}\}/g;

/**
 * What is wrong with a template by itself: placeholders that are not declared or not well formed, parameters that
 * nothing uses, limits that exclude each other or their own default.
 */
export function templateFaults(body: unknown, parameters: TemplateParameters): FieldError[] {
  const used = new Map<string, string>();
  const faults: FieldError[] = [];
  visitTexts(body, 'request.body', (value, path) => {
    for (const [, name = ''] of value.matchAll(placeholder)) used.set(name, path);
    if (value.replaceAll(placeholder, '').includes('{{')) {
      faults.push({ path, message: 'a placeholder is written {{name}}', value });
    }
  });
  for (const [name, path] of used) {
    if (!Object.hasOwn(parameters, name)) {
      faults.push({ path, message: `the placeholder ${name} is not declared in parameters`, value: name });
    }
  }
  for (const [name, parameter] of Object.entries(parameters)) {
    const path = `parameters.${name}`;
    if (!used.has(name)) faults.push({ path, message: 'no placeholder of the request uses it' });
    faults.push(...limitFaults(path, parameter));
  }
  return faults;
}

/** The request with every placeholder filled; refused when a value is unknown, missing, of another type or out of its limits. */
export function fillTemplate(
  body: Readonly<Record<string, unknown>>,
  parameters: TemplateParameters,
  given: TemplateValues,
): Result<Record<string, unknown>> {
  const faults: FieldError[] = Object.entries(given)
    .filter(([name]) => !Object.hasOwn(parameters, name))
    .map(([name, value]) => ({
      path: `parameters.${name}`,
      message: 'the template has no such parameter',
      value,
    }));
  const values = new Map<string, unknown>();
  for (const [name, parameter] of Object.entries(parameters)) {
    const path = `parameters.${name}`;
    const value = Object.hasOwn(given, name) ? given[name] : parameter.default;
    if (value === undefined) faults.push({ path, message: 'is missing, and has no default' });
    else faults.push(...valueFaults(path, parameter, value));
    values.set(name, value);
  }
  if (faults.length === 0) return accept(filled(body, values) as Record<string, unknown>);
  const told = faults.slice(0, 3).map((fault) => `${fault.path}: ${fault.message}`);
  return refuse('validation_failed', told.join('; '), faults);
}

function limitFaults(path: string, parameter: TemplateParameter): FieldError[] {
  const faults: FieldError[] = [];
  if ('minimum' in parameter && parameter.minimum !== undefined && parameter.maximum !== undefined) {
    const { minimum, maximum } = parameter;
    if (minimum > maximum) {
      faults.push({
        path: `${path}.minimum`,
        message: 'is above the maximum',
        value: minimum,
        limit: { maximum },
      });
    }
  }
  if (parameter.default === undefined) return faults;
  return [...faults, ...valueFaults(`${path}.default`, parameter, parameter.default)];
}

function valueFaults(path: string, parameter: TemplateParameter, value: unknown): FieldError[] {
  switch (parameter.type) {
    case 'number':
    case 'integer':
      return numberFaults(path, parameter, value);
    case 'string':
      return stringFaults(path, parameter, value);
    case 'boolean':
      return typeof value === 'boolean' ? [] : [{ path, message: 'must be a boolean', value }];
  }
}

function numberFaults(
  path: string,
  { type, minimum, maximum }: Extract<TemplateParameter, { type: 'number' | 'integer' }>,
  value: unknown,
): FieldError[] {
  if (typeof value !== 'number' || (type === 'integer' && !Number.isInteger(value))) {
    return [{ path, message: `must be ${type === 'integer' ? 'an integer' : 'a number'}`, value }];
  }
  if (minimum !== undefined && value < minimum) {
    return [{ path, message: 'is below its minimum', value, limit: { minimum } }];
  }
  if (maximum !== undefined && value > maximum) {
    return [{ path, message: 'is above its maximum', value, limit: { maximum } }];
  }
  return [];
}

function stringFaults(
  path: string,
  { one_of }: Extract<TemplateParameter, { type: 'string' }>,
  value: unknown,
): FieldError[] {
  if (typeof value !== 'string') return [{ path, message: 'must be a text', value }];
  if (value.length > templateLimits.textLength) {
    return [{ path, message: 'is too long', limit: { maximum: templateLimits.textLength } }];
  }
  if (one_of !== undefined && !one_of.includes(value)) {
    return [{ path, message: 'is none of its values', value, limit: { one_of } }];
  }
  return [];
}

/** A text that is nothing but a placeholder becomes the value in its own type; within a text the value is written out. */
function filled(value: unknown, values: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => filled(item, values));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, values)]));
  }
  if (typeof value !== 'string') return value;
  const [whole, name] = [...value.matchAll(placeholder)][0] ?? [];
  if (whole === value && name !== undefined) return values.get(name);
  return value.replaceAll(placeholder, (_match, inner: string) => String(values.get(inner)));
}

function visitTexts(value: unknown, path: string, visit: (text: string, path: string) => void): void {
  if (path.split('.').length > templateLimits.nestingDepth) return;
  if (typeof value === 'string') visit(value, path);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) visitTexts(item, `${path}.${name}`, visit);
  }
}
