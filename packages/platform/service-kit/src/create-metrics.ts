import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry of its own for one service, with the process's memory, CPU and event-loop figures in it. */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
