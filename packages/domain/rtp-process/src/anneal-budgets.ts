import type { FinishContext, OutcomeDraft } from '@spectra/run-engine';
import type { UncertaintyAnswer } from '@spectra/schemas';
import { budgetAnswer, fittedLine, meanOfSeries } from '@spectra/uncertainty';
import { rampBudget, temperatureBudget } from './temperature-budget.ts';
import type { PlannedSegment, RtpRecipe, RtpTypes, RtpWaferResult } from './types.ts';

type Context = Pick<
  FinishContext<RtpTypes>,
  'recipe' | 'results' | 'telemetry' | 'calibrationUncertaintyPct'
>;
type Sample = { readonly timeS: number; readonly setpointC: number | null; readonly measuredC: number };

/** The emissivity counts as corrected once it left what it was told by this share, about 1 °C at 1000 °C. */
const CORRECTED_SHARE = 0.01;
/** A hold counts as soak this long after the setpoint came to rest; a ramp is read between these shares of its height. */
const SOAK_AFTER_S = 3;
const RAMP_PART = { from: 0.1, to: 0.9 } as const;
/** Below this the pyrometers are blind, and a rate would mix two sensors. */
const SEEN_FROM_C = 420;

/** Budgets of what an anneal is judged by: peak temperature, mean of the soak, and ramp rate, of the wafer that went hottest. */
export function annealBudgets(context: Context): Partial<OutcomeDraft> {
  const { recipe, results, telemetry, calibrationUncertaintyPct: calibrationPct } = context;
  const wafer = results.reduce(
    (best, result, i) => (result.peakC > (results[best]?.peakC ?? 0) ? i : best),
    0,
  );
  const result = results[wafer];
  if (result === undefined) return {};
  const samples = samplesOf(telemetry, wafer);
  const facts = {
    emissivityCorrected: Math.abs(result.emissivity / recipe.emissivity - 1) > CORRECTED_SHARE,
    calibrationPct,
  };
  const peak = temperatureBudget({
    ...facts,
    quantity: 'peak temperature',
    tempC: result.peakC,
    zoneSpreadC: result.zoneSpreadC,
  });
  return {
    uncertainty: {
      peak_temp_c: budgetAnswer(peak),
      ...soakOf(result, samples, facts),
      ...rampOf(recipe, samples, facts.calibrationPct),
    },
  };
}

type Budgets = Readonly<Record<string, UncertaintyAnswer>>;

/** The last hold of the setpoint at its highest resting temperature. */
function soakOf(
  result: RtpWaferResult,
  samples: readonly Sample[],
  facts: Pick<Parameters<typeof temperatureBudget>[0], 'emissivityCorrected' | 'calibrationPct'>,
): Budgets {
  const resting = atRest(samples);
  const hottestC = resting.reduce((most, { setpointC }) => Math.max(most, setpointC ?? 0), 0);
  const soak = resting.filter(({ setpointC }) => setpointC === hottestC);
  const readings = meanOfSeries(soak.map(({ measuredC }) => measuredC));
  if (readings === null) return {};
  const budget = temperatureBudget({
    ...facts,
    quantity: 'mean temperature of the soak',
    tempC: readings.value,
    readings,
    zoneSpreadC: result.zoneSpreadC,
  });
  return { soak_mean_temp_c: budgetAnswer(budget) };
}

function atRest(samples: readonly Sample[]): Sample[] {
  let sinceS = samples[0]?.timeS ?? 0;
  return samples.filter((sample, i) => {
    if (sample.setpointC !== samples[i - 1]?.setpointC) sinceS = sample.timeS;
    return sample.setpointC !== null && sample.timeS - sinceS > SOAK_AFTER_S;
  });
}

/** The highest heating ramp of the plan, where the pyrometers see it. */
function rampOf(
  recipe: RtpRecipe,
  samples: readonly Sample[],
  calibrationPct: Context['calibrationUncertaintyPct'],
): Budgets {
  const heightOf = ({ fromC, targetC }: PlannedSegment) => targetC - fromC;
  const [highest] = recipe.plan.segments.toSorted((a, b) => heightOf(b) - heightOf(a));
  if (highest === undefined || heightOf(highest) <= 0) return {};
  const at = (share: number) => Math.max(SEEN_FROM_C, highest.fromC + share * heightOf(highest));
  const [fromC, toC] = [at(RAMP_PART.from), at(RAMP_PART.to)];
  const startS = samples[0]?.timeS ?? 0;
  const points = samples
    .filter(({ timeS }) => timeS - startS >= highest.startS && timeS - startS <= highest.reachedS)
    .filter(({ measuredC }) => measuredC >= fromC && measuredC <= toC)
    .map(({ timeS, measuredC }) => ({ x: timeS, y: measuredC }));
  const slope = fittedLine(points);
  if (slope === null || !(toC > fromC)) return {};
  return {
    ramp_rate_c_s: budgetAnswer(rampBudget({ fromC, toC, rampCPerS: slope.value, calibrationPct, slope })),
  };
}

function samplesOf(telemetry: Context['telemetry'], wafer: number): Sample[] {
  const setpoint = telemetry.channels['setpoint_temp_c'] ?? [];
  const measured = telemetry.channels['measured_temp_c'] ?? [];
  return telemetry.timeS.flatMap((timeS, i) => {
    const measuredC = measured[i] ?? null;
    if (telemetry.waferIndex[i] !== wafer || measuredC === null) return [];
    return [{ timeS, setpointC: setpoint[i] ?? null, measuredC }];
  });
}
