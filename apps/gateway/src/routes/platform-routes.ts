import { definePublicRoute, defineRawRoute, type HttpRoute } from '@spectra/http-kit';
import { accept, refuse, serviceHealthSchema, type ServiceHealth, type TokenKeys } from '@spectra/schemas';
import type { Registry } from '@spectra/service-kit';
import { z } from 'zod';
import { publicKeySet } from '../identity/token-keys.ts';
import { processDoors } from '../process-doors.ts';

type Parts = {
  /** What the gateway itself depends on. */
  readiness: () => Promise<ServiceHealth>;
  /** The gateway and every service behind it. */
  health: () => Promise<ServiceHealth>;
  registry: Registry;
  tokenKeys: TokenKeys;
  publicUrl: string;
  version: string;
  routeCount: () => number;
};

const open = (reason: string) =>
  ({
    access: { kind: 'public', reason },
    organisation: 'none',
    rate: 'none',
    tag: 'platform',
    method: 'GET',
  }) as const;

/** Health, metrics, and what a client needs to know before it signs in. */
export function platformRoutes(parts: Parts): HttpRoute[] {
  return [...healthRoutes(parts), metricsRoute(parts), infoRoute(parts), keySetRoute(parts)];
}

function healthRoutes({ readiness, health }: Parts): HttpRoute[] {
  const live = definePublicRoute({
    ...open('a probe has no credentials'),
    url: '/health/live',
    summary: 'The process answers',
    reply: { status: 200, schema: z.object({ status: z.literal('healthy') }) },
    handler: async () => accept({ status: 'healthy' as const }),
  });
  const ready = definePublicRoute({
    ...open('a probe has no credentials'),
    url: '/health/ready',
    summary: 'What the gateway depends on is there',
    reply: { status: 200, schema: serviceHealthSchema },
    async handler() {
      const answer = await readiness();
      if (answer.status !== 'unhealthy') return accept(answer);
      const away = Object.keys(answer.dependencies).filter(
        (name) => answer.dependencies[name]?.status === 'unhealthy',
      );
      return refuse('dependency_unavailable', `Not ready: ${away.join(', ')}`);
    },
  });
  const whole = definePublicRoute({
    ...open('a probe has no credentials'),
    url: '/health',
    summary: 'The platform, part by part: healthy, degraded or unhealthy',
    reply: { status: 200, schema: serviceHealthSchema },
    handler: async () => accept(await health()),
  });
  return [whole, live, ready];
}

function metricsRoute({ registry }: Parts): HttpRoute {
  return defineRawRoute({
    method: 'GET',
    url: '/metrics',
    access: { kind: 'permission', anyOf: ['metrics:view'] },
    organisation: 'none',
    rate: 'none',
    summary: 'Prometheus metrics of the gateway; without credentials only on its admin port',
    tag: 'platform',
    reply: { status: 200, mediaType: 'text/plain' },
    handler: async () =>
      accept({
        kind: 'bytes',
        headers: { 'content-type': registry.contentType },
        body: await registry.metrics(),
      }),
  });
}

function infoRoute({ version, publicUrl, routeCount }: Parts): HttpRoute {
  const streamUrl = publicUrl.replace(/^http/, 'ws');
  return definePublicRoute({
    ...open('tells a client where to begin'),
    url: '/api/info',
    summary: 'Version, processes and where the streams are',
    reply: {
      status: 200,
      schema: z.object({
        name: z.string(),
        version: z.string(),
        routes: z.int(),
        processes: z.array(
          z.object({
            process: z.string(),
            title: z.string(),
            runs_url: z.string(),
            websocket_url: z.string(),
            sse_url: z.string(),
          }),
        ),
        documentation_url: z.string(),
        openapi_url: z.string(),
      }),
    },
    handler: async () =>
      accept({
        name: 'SPECTRA',
        version,
        routes: routeCount(),
        processes: processDoors.map(({ process, title }) => ({
          process,
          title,
          runs_url: `${publicUrl}/api/${process}/runs`,
          websocket_url: `${streamUrl}/api/${process}/stream/{run_id}`,
          sse_url: `${publicUrl}/api/${process}/runs/{run_id}/events`,
        })),
        documentation_url: `${publicUrl}/docs`,
        openapi_url: `${publicUrl}/openapi.json`,
      }),
  });
}

function keySetRoute({ tokenKeys }: Parts): HttpRoute {
  return definePublicRoute({
    ...open('holds public keys only'),
    url: '/.well-known/jwks.json',
    summary: 'The public keys that check access tokens',
    reply: { status: 200, schema: z.object({ keys: z.array(z.record(z.string(), z.string())) }) },
    handler: async () => accept(publicKeySet(tokenKeys)),
  });
}
