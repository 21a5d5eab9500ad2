import type { Refusal } from '@spectra/schemas';

const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  // Postgres: shutting down, starting up, too many connections, connection lost.
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08006',
  '08003',
]);
const awayWords = /connection terminated|timeout exceeded when trying to connect|connection timeout/i;

/** The refusal for a fault that only says that Postgres is away; null for every other fault. */
export function databaseAwayRefusal(fault: unknown): Refusal | null {
  return isAway(fault)
    ? { code: 'dependency_unavailable', detail: 'The database does not answer at the moment.' }
    : null;
}

/** Query builders wrap the driver's error, so the causes count too. */
function isAway(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false;
  if ('code' in fault && typeof fault.code === 'string' && awayCodes.has(fault.code)) return true;
  if (awayWords.test(fault.message)) return true;
  if (fault instanceof AggregateError && fault.errors.some(isAway)) return true;
  return isAway(fault.cause);
}
