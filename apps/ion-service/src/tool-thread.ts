import { runMonteCarloBatch, summarizeMonteCarlo } from '@spectra/ion-physics';
import type { MonteCarloBatch, MonteCarloPlan } from '@spectra/ion-physics';
import { doseProfile, monteCarloAnswer, planMonteCarlo } from '@spectra/ion-process';
import { serveToolThread } from '@spectra/process-host';
import type { DoseProfileRequest, IonMonteCarloParams } from '@spectra/schemas';

/** Its tables take some tenths of a second to build, and all batches of a run need the same. */
let lastPlan: { key: string; plan: MonteCarloPlan } | null = null;

serveToolThread({
  // `ion.range` asks for less than the whole profile: the registry's result schema leaves the rest out.
  'dose-profile': (request: Omit<DoseProfileRequest, 'wafer_diameter_mm'>) =>
    doseProfile({ wafer_diameter_mm: 300, ...request }),
  'monte-carlo-batch': ({ params, batchIndex }: { params: IonMonteCarloParams; batchIndex: number }) =>
    runMonteCarloBatch(planOf(params), batchIndex),
  'monte-carlo-summary': (run: { params: IonMonteCarloParams; batches: MonteCarloBatch[] }) =>
    monteCarloAnswer(run.params, summarizeMonteCarlo(planOf(run.params), run.batches)),
});

function planOf(params: IonMonteCarloParams): MonteCarloPlan {
  const key = JSON.stringify(params);
  if (lastPlan?.key !== key) lastPlan = { key, plan: planMonteCarlo(params) };
  return lastPlan.plan;
}
