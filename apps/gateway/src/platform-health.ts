import type { Database } from '@spectra/database';
import type { Messaging } from '@spectra/messaging';
import { healthRpc, type ServiceHealth } from '@spectra/schemas';
import { createHealth, type Clock, type DependencyProbe } from '@spectra/service-kit';
import { processDoors } from './process-doors.ts';

const answerWithinMs = 1_000;

/** Two looks at the same platform: what the gateway needs, and everything behind it. */
export function createPlatformHealth(parts: {
  database: Pick<Database, 'ping'>;
  messaging: Pick<Messaging, 'call' | 'isConnected'>;
  clock: Clock;
  version: string;
}): { readiness: () => Promise<ServiceHealth>; health: () => Promise<ServiceHealth> } {
  const { database, messaging, clock, version } = parts;
  const own: Record<string, DependencyProbe> = {
    postgres: () => database.ping(),
    nats: async () => messaging.isConnected(),
  };
  const services = ['jobs', 'telemetry', ...processDoors.map((door) => door.process)];
  const behind = services.map((service) => [service, serviceProbe(messaging, service)] as const);
  const common = { service: 'gateway', version, clock };
  return {
    readiness: createHealth({ ...common, dependencies: own }),
    health: createHealth({ ...common, dependencies: { ...own, ...Object.fromEntries(behind) } }),
  };
}

/** A service that is away or ill makes the platform degraded: the others still work. */
function serviceProbe(messaging: Pick<Messaging, 'call'>, service: string): DependencyProbe {
  return async () => {
    const answer = await messaging.call(service, healthRpc, { body: {}, timeoutMs: answerWithinMs });
    if (!answer.ok) return { status: 'degraded', detail: answer.refusal.detail };
    const { status } = answer.value;
    return status === 'healthy' ? { status } : { status: 'degraded', detail: `the service says: ${status}` };
  };
}
