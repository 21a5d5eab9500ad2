import type { AttemptFact, JournalLine, Silence } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** The tool's watchdog takes energy off within this time of the last word (2 s silence, looked at every 100 ms). */
const tripMs = 3_000;

interface Energised {
  readonly token: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** No tool has energy beyond the trip time while the process that drives it says nothing. */
export const noEnergyInSilence: Invariant = {
  id: 'I7',
  promise: 'no energy without a valid heartbeat beyond the trip time',
  check({ journals, attempts, silences }) {
    return journals.flatMap(({ orgId, equipmentId, lines }) => {
      const own = attempts.filter((one) => one.orgId === orgId && one.equipmentId === equipmentId);
      return energisedTimes(lines).flatMap((energised) =>
        silences
          .filter((silence) => isDriven(energised, own, silence))
          .flatMap((silence) => {
            const withoutWordMs = Math.min(energised.toMs, silence.toMs) - silence.fromMs;
            if (energised.fromMs > silence.fromMs || withoutWordMs <= tripMs) return [];
            return [`${equipmentId} had energy ${withoutWordMs} ms after ${silence.process} fell silent`];
          }),
      );
    });
  },
};

function energisedTimes(lines: readonly JournalLine[]): Energised[] {
  const times: Energised[] = [];
  let on: JournalLine | null = null;
  for (const line of lines) {
    if (line.event === 'energised') on = line;
    else if (line.event === 'de_energised' && on !== null) {
      times.push({ token: on.token, fromMs: Date.parse(on.at), toMs: Date.parse(line.at) });
      on = null;
    }
  }
  if (on !== null) times.push({ token: on.token, fromMs: Date.parse(on.at), toMs: Number.POSITIVE_INFINITY });
  return times;
}

function isDriven(energised: Energised, attempts: readonly AttemptFact[], silence: Silence): boolean {
  const holder = attempts.find((attempt) => attempt.leaseToken === energised.token);
  if (holder === undefined) return false;
  return holder.workerId.startsWith(silence.process) && energised.toMs > silence.fromMs;
}
