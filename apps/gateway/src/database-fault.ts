import { isDatabaseAway } from '@spectra/database';
import type { Refusal } from '@spectra/schemas';

/** The refusal for a fault that only says that Postgres is away; null for every other fault. */
export function databaseAwayRefusal(fault: unknown): Refusal | null {
  return isDatabaseAway(fault)
    ? {
        code: 'dependency_unavailable',
        detail: 'The database does not answer, or takes no writes, at the moment.',
      }
    : null;
}
