import type { Interlock, ProcessTypes } from './process-definition.ts';

/** Why the run was forced into the safe state. */
export interface InterlockTrip {
  readonly id: string;
  readonly parameter: string;
  readonly message: string;
  readonly value: number;
  readonly limit: number;
}

/**
 * Counts how long each interlock's condition has lasted and names the first that lasted longer than tolerated.
 * Every interlock is looked at in every step, also after one has tripped, so that no later cause is hidden.
 */
export function checkInterlocks<T extends ProcessTypes>(
  interlocks: readonly Interlock<T>[],
  violatedBeforeS: Readonly<Record<string, number>>,
  seen: { readings: T['readings']; control: T['control']; dtS: number },
): { violatedS: Record<string, number>; trip: InterlockTrip | null } {
  const violatedS: Record<string, number> = {};
  let trip: InterlockTrip | null = null;
  for (const interlock of interlocks) {
    const violation = interlock.violation(seen.readings, seen.control);
    if (!violation) continue;
    const lastedS = (violatedBeforeS[interlock.id] ?? 0) + seen.dtS;
    violatedS[interlock.id] = lastedS;
    if (lastedS > interlock.toleratedS) {
      trip ??= { id: interlock.id, parameter: interlock.parameter, ...violation };
    }
  }
  return { violatedS, trip };
}
