/** How a run is named: `ION-20260122-8F3A01BC`, process in capitals, day of creation in UTC, 8 hex digits. */
export const runIdForm = /^[A-Z][A-Z0-9]*-\d{8}-[0-9A-F]{8}$/;

/** The id of a new run. `chance` lies in [0, 1); whoever stores the run redraws when the id is taken. */
export function runId(process: string, createdAtMs: number, chance: number): string {
  if (!(chance >= 0 && chance < 1)) throw new RangeError(`chance must lie in [0, 1), not ${chance}`);
  const day = new Date(createdAtMs).toISOString().slice(0, 10).replaceAll('-', '');
  const digits = Math.floor(chance * 2 ** 32)
    .toString(16)
    .toUpperCase()
    .padStart(8, '0');
  return `${process.toUpperCase()}-${day}-${digits}`;
}
