import { runToRunBehaviour, simulateRunToRun } from '@spectra/control';
import type { z } from 'zod';
import { accept } from '@spectra/schemas';
import type { Result, runToRunRpc } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { Asked, ServiceContext } from '../service-context.ts';

type Contract = (typeof runToRunRpc)['analyze'];

/** What a loop with these weights does under a steady drift, by formula and by simulation. Nothing is stored. */
export async function analyzeLoop<T extends ProcessTypes>(
  _context: ServiceContext<T>,
  { body }: Asked<z.output<Contract['request']>>,
): Promise<Result<z.input<Contract['reply']>>> {
  const { lambda1, lambda2, gain_ratio: gainRatio, drift_per_run: driftPerRun, runs } = body;
  const weights = { lambda1, lambda2 };
  const behaviour = runToRunBehaviour(weights, { gainRatio, driftPerRun });
  const simulated = behaviour.stable ? simulateRunToRun(weights, { gainRatio, driftPerRun, runs }) : null;
  return accept({
    controller: lambda2 === 0 ? ('EWMA' as const) : ('dEWMA' as const),
    stable: behaviour.stable,
    spectral_radius: behaviour.spectralRadius,
    steady_offset_formula: behaviour.stable ? behaviour.steadyOffset : null,
    steady_offset_sim: simulated,
    verdict: verdictOf(behaviour, { lambda1, lambda2, gainRatio }),
  });
}

function verdictOf(
  { stable, spectralRadius }: { stable: boolean; spectralRadius: number },
  loop: { lambda1: number; lambda2: number; gainRatio: number },
): string {
  const product = `λ₁ξ = ${Number((loop.lambda1 * loop.gainRatio).toPrecision(4))}`;
  const radius = `spectral radius ${Number(spectralRadius.toPrecision(4))}`;
  if (stable) return `settles (${product}, ${radius})`;
  const limit = loop.lambda2 === 0 ? '0 < λ₁ξ < 2' : 'a spectral radius below 1';
  return `does not settle (${product}, ${radius}); it needs ${limit}`;
}
