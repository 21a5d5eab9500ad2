import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { definePublicRoute, type HttpRoute } from './route.ts';
import { z } from 'zod';

/**
 * Collects OpenAPI 3.1 from the routes that are mounted after it, and serves the readable page at `/docs`.
 * Add the route that it answers to the table: it serves the document at `/openapi.json`.
 */
export async function documentRoutes(
  app: FastifyInstance,
  facts: { title: string; version: string; description: string; serverUrl: string },
): Promise<HttpRoute> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: facts.title, version: facts.version, description: facts.description },
      servers: [{ url: facts.serverUrl }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API key' },
        },
      },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
  });
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = {
        ...route.config,
        access: { kind: 'public', reason: 'documentation' },
      };
    });
    await scope.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  });
  return definePublicRoute({
    method: 'GET',
    url: '/openapi.json',
    access: { kind: 'public', reason: 'documentation' },
    organisation: 'none',
    rate: 'none',
    summary: 'This API as OpenAPI 3.1',
    tag: 'platform',
    reply: { status: 200, schema: z.record(z.string(), z.unknown()) },
    handler: async () => ({ ok: true, value: { ...app.swagger() } }),
  });
}
