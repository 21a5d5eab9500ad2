import { fieldErrors, type Refusal } from '@spectra/schemas';
import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { RequestFault } from './request-fault.ts';

/** Parses a part of a request strictly by its schema; a refusal names field, value and limit. */
export const parseRequest: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    const repeated = httpPart === 'querystring' ? repeatedParameters(data) : null;
    if (repeated !== null) return { error: new RequestFault(repeated) };
    const parsed = schema.safeParse(data ?? {});
    if (parsed.success) return { value: parsed.data };
    return { error: new RequestFault(refusalOf(httpPart, parsed.error, data)) };
  };
};

function refusalOf(httpPart: string | undefined, error: z.ZodError, data: unknown): Refusal {
  // An id that cannot exist is answered like one that does not.
  if (httpPart === 'params') return { code: 'not_found', detail: 'There is nothing with this id.' };
  const errors = fieldErrors(error, data);
  const told = errors.map((entry) => `${entry.path || 'body'}: ${entry.message}`).slice(0, 3);
  const detail = `${told.join('; ')}${errors.length > told.length ? '; …' : ''}`;
  return httpPart === 'querystring'
    ? { code: 'invalid_query', detail, errors }
    : { code: 'validation_failed', detail, errors };
}

function repeatedParameters(data: unknown): Refusal | null {
  const repeated = Object.entries(data ?? {}).filter(([, value]) => Array.isArray(value));
  if (repeated.length === 0) return null;
  return {
    code: 'invalid_query',
    detail: `Given more than once: ${repeated.map(([name]) => name).join(', ')}`,
    errors: repeated.map(([path, value]) => ({ path, message: 'given more than once', value })),
  };
}
