import type { FieldError, Refusal } from '@spectra/schemas';

/**
 * One refusal for a batch of which nothing is created: every refused item is named with its place, its fields
 * under that place. Faults of fields count as such only when nothing else stands in the way.
 */
export function batchRefusal(listName: string, refusals: readonly (Refusal | null)[]): Refusal {
  const refused = refusals.flatMap((refusal, index) => (refusal === null ? [] : [{ index, refusal }]));
  const other = refused.find(({ refusal }) => refusal.code !== 'validation_failed');
  const first = refused[0];
  const more = refused.length > 1 ? `, and ${refused.length - 1} more` : '';
  return {
    code: other?.refusal.code ?? 'validation_failed',
    detail: `Nothing was created: ${listName}.${first?.index ?? 0}: ${first?.refusal.detail ?? ''}${more}`,
    errors: refused.flatMap(({ index, refusal }) => placed(`${listName}.${index}`, refusal)),
  };
}

function placed(place: string, { detail, errors }: Refusal): FieldError[] {
  if (errors === undefined || errors.length === 0) return [{ path: place, message: detail }];
  return errors.map((error) => ({ ...error, path: `${place}.${error.path}` }));
}
