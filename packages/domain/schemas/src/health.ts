import { z } from 'zod';
import { rpcContract } from './rpc.ts';

export const healthStateSchema = z.enum(['healthy', 'degraded', 'unhealthy']);
export type HealthState = z.infer<typeof healthStateSchema>;

/** State of a service and of what it depends on. */
export const serviceHealthSchema = z.object({
  service: z.string(),
  status: healthStateSchema,
  version: z.string(),
  uptime_s: z.number(),
  dependencies: z.record(z.string(), z.object({ status: healthStateSchema, detail: z.string().optional() })),
});
export type ServiceHealth = z.infer<typeof serviceHealthSchema>;

/** Every service answers `rpc.<service>.health`. */
export const healthRpc = rpcContract('health', z.object({}), serviceHealthSchema);
