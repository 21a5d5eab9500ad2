import type { Evidence } from '../evidence/evidence.ts';
import { acknowledged } from './i01-acknowledged.ts';
import { oneEnding } from './i02-one-ending.ts';
import { toolEffects } from './i03-tool-effects.ts';
import { epochs } from './i04-epochs.ts';
import { outboxDrained } from './i05-outbox.ts';
import { deliveredDose } from './i06-dose.ts';
import { noEnergyInSilence } from './i07-silence.ts';
import { auditTrail } from './i08-audit.ts';
import { artifacts } from './i09-artifacts.ts';
import { viewerSequences } from './i10-viewers.ts';
import { organisationsApart } from './i11-organisations.ts';
import { resources } from './i12-resources.ts';
import type { Invariant } from './invariant.ts';

/** I1 to I12; the thirteenth, that the fault really hit, belongs to each experiment. */
export const invariants: readonly Invariant[] = [
  acknowledged,
  oneEnding,
  toolEffects,
  epochs,
  outboxDrained,
  deliveredDose,
  noEnergyInSilence,
  auditTrail,
  artifacts,
  viewerSequences,
  organisationsApart,
  resources,
];

/** All breaches of a round, each with the invariant that it breaks. */
export function breachesOf(evidence: Evidence): { id: string; breach: string }[] {
  return invariants.flatMap(({ id, check }) => check(evidence).map((breach) => ({ id, breach })));
}
