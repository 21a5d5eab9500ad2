import { fieldErrors, refuse, type Refusal } from '@spectra/schemas';
import type { z } from 'zod';

/** The body of a batch: a thousand jobs of half a kilobyte each. It also has to fit into one message. */
export const batchBodyBytesMax = 512 * 1024;

/** An item of a batch after a step: still wanted, or refused for what it says. */
export type BatchItem<Wanted> = {
  key: string | null;
  item: { wanted: Wanted } | { refusal: Refusal };
};

/** Parses each item for itself, so that a fault in one costs no other. The key is told even of a faulty one. */
export function parseItems<Wanted>(
  schema: z.ZodType<Wanted>,
  items: readonly Record<string, unknown>[],
): BatchItem<Wanted>[] {
  return items.map((input) => {
    const parsed = schema.safeParse(input);
    const key = typeof input['key'] === 'string' ? input['key'].slice(0, keyLengthMax) : null;
    if (parsed.success) return { key, item: { wanted: parsed.data } };
    const errors = fieldErrors(parsed.error, input);
    const detail = errors.map(({ path, message }) => `${path}: ${message}`).slice(0, 3);
    return { key: keyForm.test(key ?? '') ? key : null, item: refuseItem(detail.join('; '), errors) };
  });
}

const keyLengthMax = 64;
const keyForm = /^[A-Za-z0-9._-]+$/;

function refuseItem(detail: string, errors: Refusal['errors']): { refusal: Refusal } {
  return { refusal: refuse('validation_failed', detail, errors).refusal };
}
