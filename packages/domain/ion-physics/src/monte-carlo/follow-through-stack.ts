import type { CrystalModel, DisplacedShare } from './crystal-model.ts';
import { followInCrystal } from './follow-in-crystal.ts';
import { followIon, type IonState } from './follow-ion.ts';
import type { RandomStream } from './random-stream.ts';
import type { TargetModel } from './target-model.ts';

/** A crystalline substrate with the damage that an ion finds in it. */
export type DamagedCrystal = { crystal: CrystalModel; damage: DisplacedShare };

/**
 * Follows one ion through amorphous layers and, where there is one, the crystal below, back and forth, until it
 * stops in the wafer (true) or leaves it through the surface (false).
 */
export function followThroughStack(
  ion: IonState,
  target: TargetModel,
  below: DamagedCrystal | undefined,
  random: RandomStream,
): boolean {
  for (;;) {
    if (target.layers.length > 0) {
      const end = followIon(ion, target, random);
      if (end !== 'below') return end === 'stopped';
    }
    if (below === undefined) throw new Error('An ion left the last layer and there is no crystal below it.');
    if (followInCrystal(ion, below.crystal, below.damage, random)) return true;
    if (target.layers.length === 0) return false;
  }
}
