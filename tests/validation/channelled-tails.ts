import {
  type ImplantInput,
  implantProfile,
  type MonteCarloResult,
  monteCarloPlan,
  runMonteCarloBatch,
  summarizeMonteCarlo,
} from '@spectra/ion-physics';
import { type FirstBatch, firstBatch, REPORT_IONS } from './monte-carlo-ranges.ts';

const boron: ImplantInput = { species: 'B', energyKeV: 20, dosePerCm2: 1e13, tiltDeg: 0, twistDeg: 0 };
const amorphous = { crystalline: false, layers: [] };
const oxide = { crystalline: true, layers: [{ material: 'SiO2' as const, thicknessNm: 10 }] };

/** The implants whose tails are compared. The depth of the silicon's surface is the layer's thickness. */
export const TAIL_CASES = [
  { name: 'amorphous', input: { ...boron, target: amorphous }, surfaceNm: 0 },
  { name: '0°, 10¹³', input: boron, surfaceNm: 0 },
  { name: '7°/22°, 10¹³', input: { ...boron, tiltDeg: 7, twistDeg: 22 }, surfaceNm: 0 },
  { name: '0°, 5·10¹⁴', input: { ...boron, dosePerCm2: 5e14 }, surfaceNm: 0 },
  { name: '0°, 2·10¹⁵', input: { ...boron, dosePerCm2: 2e15 }, surfaceNm: 0 },
  { name: '0°, 10¹³, 10 nm oxide', input: { ...boron, target: oxide }, surfaceNm: 10 },
] as const;

/** Silicon depth beyond which an ion counts as channelled: practically no ion gets there in amorphous silicon. */
export const TAIL_NM = 180;

/** What the report keeps of one case: the profile per ion of dose, and the first batch. */
export type RecordedTail = {
  name: string;
  depthNm: readonly number[];
  /** Concentration in 1/cm³ for a dose of 1/cm². */
  perDose: readonly number[];
  ions: number;
  firstBatch: FirstBatch;
};

/** Share of the ions beyond the tail's depth by Monte Carlo with its standard error, and by the fast profile. */
export type TailShare = { name: string; share: number; standardError: number; fast: number };

/** Runs all cases in crystalline silicon. */
export function runTails(): RecordedTail[] {
  return TAIL_CASES.map(({ name, input }) => {
    const result = runOf(input);
    return {
      name,
      depthNm: result.depthNm.map((nm) => Number(nm.toPrecision(6))),
      perDose: result.concentrationPerCm3.map((c) => Number((c / input.dosePerCm2).toPrecision(5))),
      ions: REPORT_IONS,
      firstBatch: firstBatch(input),
    };
  });
}

/** Reads the shares off the recorded profiles and the fast ones. */
export function tailShares(recorded: readonly RecordedTail[]): TailShare[] {
  return TAIL_CASES.map(({ name, input, surfaceNm }) => {
    const tail = recorded.find((each) => each.name === name);
    if (tail === undefined) throw new Error(`no tail is recorded for ${name}`);
    const share = shareBeyond(tail.depthNm, tail.perDose, TAIL_NM + surfaceNm);
    const fast = implantProfile(input);
    return {
      name,
      share,
      standardError: Math.sqrt((share * (1 - share)) / tail.ions),
      fast: shareBeyond(fast.depthNm, fast.concentrationPerCm3, TAIL_NM + surfaceNm),
    };
  });
}

/** What has to hold between the cases; `separated` counts the standard errors of the difference. */
export function tailLaws(shares: readonly TailShare[]) {
  const of = (name: string): TailShare => {
    const found = shares.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no tail of ${name}`);
    return found;
  };
  const onAxis = of('0°, 10¹³');
  const law = (claim: string, larger: TailShare, smaller: TailShare) => {
    const separated =
      (larger.share - smaller.share) /
      Math.max(1e-9, Math.hypot(larger.standardError, smaller.standardError));
    return { claim, separated, passed: separated > 3 && larger.fast > smaller.fast };
  };
  return [
    law('0° has a tail beyond the amorphous profile', onAxis, of('amorphous')),
    law('7°/22° has a lower tail than 0°', onAxis, of('7°/22°, 10¹³')),
    law('5·10¹⁴ weakens the tail of 10¹³', onAxis, of('0°, 5·10¹⁴')),
    law('2·10¹⁵ weakens the tail of 5·10¹⁴', of('0°, 5·10¹⁴'), of('0°, 2·10¹⁵')),
    law('10 nm of oxide weakens the tail', onAxis, of('0°, 10¹³, 10 nm oxide')),
  ];
}

function runOf(input: ImplantInput): MonteCarloResult {
  const plan = monteCarloPlan(input, { ions: REPORT_IONS, seed: 1 });
  const batches = Array.from({ length: plan.batchCount }, (_, i) => runMonteCarloBatch(plan, i));
  return summarizeMonteCarlo(plan, batches);
}

function shareBeyond(depthNm: ArrayLike<number>, concentration: ArrayLike<number>, nm: number): number {
  let all = 0;
  let beyond = 0;
  for (let i = 0; i < depthNm.length; i += 1) {
    const value = concentration[i] ?? 0;
    all += value;
    if ((depthNm[i] ?? 0) > nm) beyond += value;
  }
  return beyond / all;
}
