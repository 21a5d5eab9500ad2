import type { HealthState, ServiceHealth } from '@spectra/schemas';
import type { Clock } from './clock.ts';

/** Asks one dependency: true or false, or a state with a sentence about it. It may throw. */
export type DependencyProbe = () => Promise<boolean | { status: HealthState; detail?: string }>;

/**
 * Makes the one health answer of a service, used by its admin port and by `rpc.<service>.health`.
 * A service whose dependency is unhealthy is itself unhealthy (not ready, still alive).
 */
export function createHealth(options: {
  service: string;
  version: string;
  clock: Clock;
  dependencies: Readonly<Record<string, DependencyProbe>>;
}): () => Promise<ServiceHealth> {
  const startedMs = options.clock.monotonicMs();
  return async () => {
    const entries = await Promise.all(
      Object.entries(options.dependencies).map(async ([name, probe]) => [name, await ask(probe)] as const),
    );
    return {
      service: options.service,
      status: worst(entries.map(([, answer]) => answer.status)),
      version: options.version,
      uptime_s: (options.clock.monotonicMs() - startedMs) / 1000,
      dependencies: Object.fromEntries(entries),
    };
  };
}

async function ask(probe: DependencyProbe): Promise<{ status: HealthState; detail?: string }> {
  try {
    const answer = await probe();
    if (typeof answer !== 'boolean') return answer;
    return answer ? { status: 'healthy' } : { status: 'unhealthy', detail: 'not reachable' };
  } catch (error) {
    return { status: 'unhealthy', detail: error instanceof Error ? error.message : String(error) };
  }
}

function worst(states: readonly HealthState[]): HealthState {
  if (states.includes('unhealthy')) return 'unhealthy';
  return states.includes('degraded') ? 'degraded' : 'healthy';
}
