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
  // It takes no writes at the moment: read-only, or its disk is full.
  '25006',
  '53100',
]);
// Postgres: serialization failure, lock not available.
const overtakenCodes = new Set<unknown>(['40001', '55P03']);
// The last is what a rollback says on a connection that broke in the middle; it hides the first fault.
const awayWords =
  /connection terminated|timeout exceeded when trying to connect|connection timeout|and is not queryable/i;

/**
 * True for a fault that only says that Postgres is away, or takes no writes, at the moment: trying again later is right,
 * and nothing is wrong with what was asked. Query builders wrap the driver's error, so the causes count too.
 */
export function isDatabaseAway(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false;
  if ('code' in fault && typeof fault.code === 'string' && awayCodes.has(fault.code)) return true;
  if (awayWords.test(fault.message)) return true;
  if (fault instanceof AggregateError && fault.errors.some(isDatabaseAway)) return true;
  return isDatabaseAway(fault.cause);
}

/**
 * True when a transaction wrote nothing because of another one, which had changed what it was about to change, or kept it
 * waiting for longer than it wanted.
 */
export function isOvertaken(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false;
  return ('code' in fault && overtakenCodes.has(fault.code)) || isOvertaken(fault.cause);
}
