import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { accept, problemSchema, refuse } from '@spectra/schemas';
import { createLogger } from '@spectra/service-kit';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createHttpApp,
  definePublicRoute,
  defineRoute,
  documentRoutes,
  mountRoutes,
  queryInteger,
  type Change,
  type HttpRoute,
  type Principal,
} from './index.ts';

const engineer: Principal = {
  caller: { orgId: '5f3c8f5e-5bb0-4f5a-9a53-0d4c9c0e8f11', userId: 'u1', role: 'engineer' },
  sessionId: null,
  authenticatedAt: null,
};
const viewer: Principal = { ...engineer, caller: { ...engineer.caller, role: 'viewer' } };
const changes: Change[] = [];
const after: (number | string | undefined)[][] = [];
const refused: (number | string)[][] = [];
let auditWorks = true;
let release: () => void = () => undefined;
let entered: () => void = () => undefined;

const routes: HttpRoute[] = [
  definePublicRoute({
    method: 'GET',
    url: '/things',
    access: { kind: 'public', reason: 'a test' },
    organisation: 'none',
    summary: 'Lists things',
    tag: 'things',
    query: z.strictObject({ limit: queryInteger({ minimum: 1, maximum: 100, default: 50 }) }),
    reply: { status: 200, schema: z.object({ limit: z.int() }) },
    handler: async ({ query }) => accept({ limit: query.limit }),
  }),
  defineRoute({
    method: 'POST',
    url: '/things',
    access: { kind: 'permission', anyOf: ['ion:create_run'] },
    organisation: 'collection',
    summary: 'Makes a thing',
    tag: 'things',
    body: z.strictObject({
      energy_kev: z.number().min(1).max(200),
      password: z.string().min(8).optional(),
    }),
    example: { body: { energy_kev: 40 } },
    reply: { status: 202, schema: z.object({ trace: z.string(), user: z.string() }) },
    handler: async ({ traceparent, principal }) =>
      accept({ trace: traceparent, user: principal.caller.userId }),
  }),
  defineRoute({
    method: 'POST',
    url: '/things/:id/stop',
    access: { kind: 'signed-in' },
    organisation: 'resource',
    summary: 'Stops a thing',
    tag: 'things',
    params: z.strictObject({ id: z.uuid() }),
    reply: { status: 204, schema: z.undefined() },
    handler: async () => refuse('not_found', 'There is nothing with this id.'),
  }),
  defineRoute({
    method: 'POST',
    url: '/orders',
    access: { kind: 'signed-in' },
    organisation: 'collection',
    invalidAs: 'invalid_parameters',
    summary: 'Does it now or later',
    tag: 'things',
    body: z.strictObject({ amount: z.int().min(1).max(9) }),
    example: { body: { amount: 1 } },
    reply: { status: 200, orStatus: 202, schema: z.object({ done: z.boolean() }) },
    handler: async ({ body }) => {
      if (body.amount === 9) return refuse('validation_failed', 'amount: nine is taken');
      return body.amount > 5 ? { ...accept({ done: false }), status: 202 } : accept({ done: true });
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/drawing',
    access: { kind: 'signed-in' },
    organisation: 'collection',
    summary: 'Draws, or tells in numbers',
    tag: 'things',
    query: z.strictObject({ format: z.enum(['json', 'svg']).default('json') }),
    reply: { status: 200, schema: z.object({ width: z.int() }), otherMediaType: 'image/svg+xml' },
    handler: async ({ query }) =>
      query.format === 'svg'
        ? accept({ kind: 'other-media' as const, body: '<svg/>' })
        : accept({ width: 3 }),
  }),
  definePublicRoute({
    method: 'GET',
    url: '/broken',
    access: { kind: 'public', reason: 'a test' },
    organisation: 'none',
    summary: 'Fails',
    tag: 'things',
    reply: { status: 200, schema: z.object({}) },
    handler: async () => {
      throw new Error('password=hunter2 in /etc/secret');
    },
  }),
  definePublicRoute({
    method: 'GET',
    url: '/slow',
    access: { kind: 'public', reason: 'a test' },
    organisation: 'none',
    summary: 'Waits',
    tag: 'things',
    reply: { status: 200, schema: z.object({}) },
    handler: async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
        entered();
      });
      return accept({});
    },
  }),
  definePublicRoute({
    method: 'GET',
    url: '/alive',
    access: { kind: 'public', reason: 'health' },
    organisation: 'none',
    rate: 'none',
    summary: 'Answers',
    tag: 'things',
    reply: { status: 200, schema: z.object({}) },
    handler: async () => accept({}),
  }),
];

let app: FastifyInstance;
const logLines: string[] = [];

beforeAll(async () => {
  const logger = createLogger({
    service: 'test',
    level: 'info',
    destination: { write: (line: string) => void logLines.push(line) },
  });
  app = await createHttpApp({
    logger,
    requestTimeoutMs: 600,
    corsOrigins: ['http://fab.example'],
  });
  const document = await documentRoutes(app, {
    title: 'Test',
    version: '1',
    description: 'd',
    serverUrl: 'http://x',
  });
  mountRoutes(app, [...routes, document], {
    authenticate: async (request) => {
      if (request.headers.authorization === 'Bearer engineer') return accept(engineer);
      if (request.headers.authorization === 'Bearer viewer') return accept(viewer);
      return refuse('unauthenticated', 'Send an access token.');
    },
    throttle: async (request) => (request.headers['x-often'] === 'yes' ? { retryAfterS: 7 } : null),
    beforeChange: async (change) => {
      if (!auditWorks) throw new Error('disk full');
      changes.push(change);
    },
    afterChange: (_change, status, refusal) => void after.push([status, refusal?.code]),
    refusedChange: (change, status, refusal) => void refused.push([change.path, status, refusal.code]),
    inFlightMax: 1,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

async function problem(request: InjectOptions) {
  const answer = await app.inject(request);
  expect(answer.headers['content-type'], answer.body).toContain('application/problem+json');
  const body = problemSchema.parse(answer.json());
  expect(body.status).toBe(answer.statusCode);
  expect(answer.headers['x-trace-id']).toBe(body.trace_id);
  return { ...body, headers: answer.headers };
}

const make = (payload: unknown, headers: Record<string, string> = {}): InjectOptions => ({
  method: 'POST',
  url: '/things',
  headers: { authorization: 'Bearer engineer', 'content-type': 'application/json', ...headers },
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
});

describe('every error is a problem document with a trace id', () => {
  it('404 for an address that does not exist, 405 with the methods that do', async () => {
    expect((await problem({ method: 'GET', url: '/nowhere' })).code).toBe('not_found');
    const answer = await problem({ method: 'DELETE', url: '/things' });
    expect(answer.code).toBe('method_not_allowed');
    expect(answer.headers['allow']).toBe('GET, POST, HEAD');
  });

  it('401 without credentials and 403 without the permission, before the body is looked at', async () => {
    const anonymous = await problem({ method: 'POST', url: '/things', payload: {} });
    expect(anonymous.code).toBe('unauthenticated');
    expect(anonymous.headers['www-authenticate']).toContain('Bearer');
    const denied = await problem(make({}, { authorization: 'Bearer viewer' }));
    expect(denied).toMatchObject({ status: 403, detail: 'Permission denied: ion:create_run' });
  });

  it('400 for a body that is not JSON, 413 for one that is too large, 415 for another type', async () => {
    expect((await problem(make('{"energy_kev":'))).code).toBe('malformed_request');
    expect((await problem(make('{"__proto__":{"x":1}}'))).code).toBe('malformed_request');
    expect((await problem(make(`"${'x'.repeat(300_000)}"`))).code).toBe('payload_too_large');
    expect((await problem(make('{}', { 'content-type': 'text/plain' }))).code).toBe('unsupported_media_type');
    expect((await problem({ method: 'GET', url: '/%zz' })).code).toBe('malformed_request');
  });

  it('422 that names field, value and limit', async () => {
    const answer = await problem(make({ energy_kev: 500 }));
    expect(answer).toMatchObject({
      status: 422,
      code: 'validation_failed',
      errors: [{ path: 'energy_kev', value: 500, limit: { maximum: 200 } }],
    });
    const unknown = await problem(make({ energy_kev: 5, spin: 3 }));
    expect(unknown.errors).toEqual([{ path: 'spin', message: 'unknown field', value: 3 }]);
    expect((await problem(make({ energy_kev: '5' }))).errors?.[0]).toMatchObject({ path: 'energy_kev' });
    expect((await problem(make(''))).errors?.[0]).toMatchObject({ path: 'energy_kev' });
  });

  it('422 that never tells a secret back', async () => {
    const answer = await app.inject(make({ energy_kev: 5, password: 'tiny' }));
    expect(answer.statusCode).toBe(422);
    expect(answer.body).not.toContain('tiny');
  });

  it('400 for a query with an unknown, a repeated or a bad parameter', async () => {
    for (const query of ['limit=1&limit=2', 'limit=101', 'limit=', 'limit=1e1', 'offset=1']) {
      expect((await problem({ method: 'GET', url: `/things?${query}` })).code, query).toBe('invalid_query');
    }
    expect((await app.inject('/things?limit=7')).json()).toEqual({ limit: 7 });
  });

  it('404 for an id that cannot exist, with the words of one that does not', async () => {
    const headers = { authorization: 'Bearer viewer' };
    const bad = await problem({ method: 'POST', url: '/things/nonsense/stop', headers });
    const absent = await problem({
      method: 'POST',
      url: '/things/5f3c8f5e-5bb0-4f5a-9a53-0d4c9c0e8f11/stop',
      headers,
    });
    expect([bad.code, bad.detail]).toEqual([absent.code, absent.detail]);
  });

  it('422 for a body where none belongs', async () => {
    const url = '/things/5f3c8f5e-5bb0-4f5a-9a53-0d4c9c0e8f11/stop';
    const answer = await problem({ ...make({ force: true }), url });
    expect(answer.errors).toEqual([{ path: 'force', message: 'unknown field' }]);
  });

  it('429 with the time to wait', async () => {
    const answer = await problem({ method: 'GET', url: '/things', headers: { 'x-often': 'yes' } });
    expect(answer.code).toBe('rate_limited');
    expect(answer.headers['retry-after']).toBe('7');
  });

  it('500 that says nothing internal, while the log has the cause under the trace id', async () => {
    const answer = await problem({ method: 'GET', url: '/broken' });
    expect(answer.code).toBe('internal');
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(logLines.some((line) => line.includes('hunter2') && line.includes(answer.trace_id))).toBe(true);
  });

  it('503 under overload, while health still answers', async () => {
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const slow = app.inject('/slow');
    void slow.then(() => undefined);
    await inside;
    const answer = await problem({ method: 'GET', url: '/things' });
    expect(answer.code).toBe('overloaded');
    expect((await app.inject('/alive')).statusCode).toBe(200);
    release();
    expect((await slow).statusCode).toBe(200);
    expect((await app.inject('/things')).statusCode).toBe(200);
  });
});

describe('a route that does it now or later, and promises 400 for a field at fault', () => {
  const order = (amount: number) =>
    app.inject({
      method: 'POST',
      url: '/orders',
      headers: { authorization: 'Bearer engineer' },
      payload: { amount },
    });

  it('answers with the status that its handler chose, and documents both', async () => {
    expect([(await order(1)).statusCode, (await order(6)).statusCode]).toEqual([200, 202]);
    const { responses } = (await app.inject('/openapi.json')).json().paths['/orders'].post;
    expect(Object.keys(responses)).toEqual(['200', '202', 'default']);
  });

  it('refuses with its own code, whether the schema or the handler found the fault', async () => {
    for (const [amount, told] of [
      [10, { errors: [{ path: 'amount', value: 10, limit: { maximum: 9 } }] }],
      [9, { detail: 'amount: nine is taken' }],
    ] as const) {
      const answer = await order(amount);
      expect(answer.statusCode).toBe(400);
      expect(problemSchema.parse(answer.json())).toMatchObject({ code: 'invalid_parameters', ...told });
    }
  });
});

describe('a route with another media type', () => {
  const headers = { authorization: 'Bearer engineer' };

  it('sends it where asked for, JSON otherwise, and documents both', async () => {
    const drawing = await app.inject({ url: '/drawing?format=svg', headers });
    expect(drawing.statusCode).toBe(200);
    expect(drawing.headers['content-type']).toMatch(/^image\/svg\+xml/);
    expect(drawing.body).toBe('<svg/>');
    expect((await app.inject({ url: '/drawing', headers })).json()).toEqual({ width: 3 });
    const answers = (await app.inject('/openapi.json')).json().paths['/drawing'].get.responses['200'];
    expect(Object.keys(answers.content)).toEqual(['application/json', 'image/svg+xml']);
  });

  it('answers 400 for one it does not know', async () => {
    const answer = await problem({ method: 'GET', url: '/drawing?format=png', headers });
    expect(answer).toMatchObject({ status: 400, code: 'invalid_query' });
  });
});

describe('an idempotency key', () => {
  it('must be short and visible', async () => {
    const answer = await problem(make({ energy_kev: 5 }, { 'idempotency-key': 'two words' }));
    expect(answer.code).toBe('malformed_request');
  });
});

describe('a trace', () => {
  it('is taken from traceparent and handed on as it came while nothing is traced', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await app.inject(
      make({ energy_kev: 5 }, { traceparent: `00-${traceId}-b7ad6b7169203331-01` }),
    );
    expect(answer.headers['x-trace-id']).toBe(traceId);
    expect(answer.json().trace).toBe(`00-${traceId}-b7ad6b7169203331-01`);
  });

  it('is new when traceparent is no trace', async () => {
    const answer = await app.inject({ url: '/things', headers: { traceparent: 'nonsense' } });
    expect(answer.headers['x-trace-id']).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('the audit gate', () => {
  it('sees each change before it is made, and its status afterwards', async () => {
    changes.length = 0;
    after.length = 0;
    expect((await app.inject(make({ energy_kev: 5 }))).statusCode).toBe(202);
    expect(changes).toMatchObject([{ path: '/things', body: { energy_kev: 5 } }]);
    expect(after).toEqual([[202, undefined]]);
  });

  it('sees a change that was refused before it began, but not the many of somebody in a hurry', async () => {
    refused.length = 0;
    const request = make({ energy_kev: 5 });
    const by = (headers: Record<string, string>) => ({
      ...request,
      headers: { ...request.headers, ...headers },
    });
    expect((await app.inject(by({ authorization: 'Bearer viewer' }))).statusCode).toBe(403);
    expect((await app.inject(make({ energy_kev: 'much' }))).statusCode).toBe(422);
    expect((await app.inject(by({ 'x-often': 'yes' }))).statusCode).toBe(429);
    expect((await app.inject(by({ authorization: 'Bearer nobody' }))).statusCode).toBe(401);
    expect(refused).toEqual([
      ['/things', 403, 'permission_denied'],
      ['/things', 422, 'validation_failed'],
    ]);
  });

  it('fails closed: nothing is changed when it cannot write', async () => {
    auditWorks = false;
    const away = await problem(make({ energy_kev: 5 }));
    expect(away.code).toBe('dependency_unavailable');
    expect(away.headers['retry-after']).toBe('2');
    auditWorks = true;
  });
});

describe('a raw connection', () => {
  const port = () => (app.server.address() as AddressInfo).port;
  const talk = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port(), '127.0.0.1', () => socket.write(text));
      let heard = '';
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      socket.on('end', () => {
        socket.destroy();
        resolve(heard);
      });
      socket.on('error', reject);
    });

  it('that is no HTTP gets a problem document', async () => {
    const heard = await talk('GARBAGE\r\n\r\n');
    expect(heard).toMatch(/^HTTP\/1.1 400/);
    expect(heard).toContain('"code":"malformed_request"');
  });

  it('that sends its request too slowly is told 408', async () => {
    const heard = await talk('POST /things HTTP/1.1\r\nhost: x\r\n');
    expect(heard).toMatch(/^HTTP\/1.1 408/);
    expect(heard).toContain('"code":"request_timeout"');
  });

  it('with two hosts, or with none, is not well formed, unless it is of HTTP 1.0', async () => {
    const get = (version: string, ...hosts: string[]) =>
      talk(
        [
          `GET /things HTTP/${version}`,
          ...hosts.map((host) => `Host: ${host}`),
          'connection: close',
          '',
          '',
        ].join('\r\n'),
      );
    for (const refused of [await get('1.1', 'a', 'b'), await get('1.1', 'a', 'a'), await get('1.1')]) {
      expect(refused).toMatch(/^HTTP\/1.1 400/);
      expect(refused).toContain('"code":"malformed_request"');
    }
    expect(await get('1.1', 'a')).toMatch(/^HTTP\/1.1 200/);
    expect(await get('1.0')).toMatch(/^HTTP\/1.1 200/);
  });

  it('with headers that are too large is told 431', async () => {
    const heard = await talk(`GET /things HTTP/1.1\r\nhost: x\r\nx-big: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(heard).toMatch(/^HTTP\/1.1 431/);
  });
});

describe('headers', () => {
  it('let only listed origins read answers', async () => {
    const listed = await app.inject({ url: '/things', headers: { origin: 'http://fab.example' } });
    expect(listed.headers['access-control-allow-origin']).toBe('http://fab.example');
    const other = await app.inject({ url: '/things', headers: { origin: 'http://evil.example' } });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('protect browsers', async () => {
    const { headers } = await app.inject('/things');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });
});

describe('who asks', () => {
  const route = definePublicRoute({
    method: 'GET',
    url: '/me',
    access: { kind: 'public', reason: 'a test' },
    organisation: 'none',
    summary: 'Tells the address',
    tag: 'things',
    reply: { status: 200, schema: z.object({ address: z.string() }) },
    handler: async ({ address }) => accept({ address }),
  });
  const addressBehind = async (trustedProxies: string[], remoteAddress: string): Promise<string> => {
    const logger = createLogger({ service: 'test', level: 'silent' });
    const door = await createHttpApp({ logger, trustedProxies });
    mountRoutes(door, [route], { authenticate: async () => accept(engineer) });
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const answer = await door.inject({ url: '/me', headers, remoteAddress });
    await door.close();
    return answer.json().address;
  };

  it('is said by a proxy only where that proxy is trusted', async () => {
    expect(await addressBehind([], '10.0.0.7')).toBe('10.0.0.7');
    expect(await addressBehind(['10.0.0.0/8'], '10.0.0.7')).toBe('203.0.113.9');
    expect(await addressBehind(['10.0.0.0/8'], '192.0.2.1')).toBe('192.0.2.1');
  });
});

describe('the document', () => {
  it('is OpenAPI 3.1 made from the route table', async () => {
    const document = (await app.inject('/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).toSorted()).toEqual(
      [...new Set(routes.map((route) => route.url.replace(/:(\w+)/g, '{$1}'))), '/openapi.json'].toSorted(),
    );
    const made = document.paths['/things'].post;
    expect(made.requestBody.content['application/json'].schema.properties.energy_kev).toMatchObject({
      minimum: 1,
      maximum: 200,
    });
    expect(
      made.responses.default.content['application/problem+json'].schema.properties.trace_id,
    ).toBeDefined();
  });

  it('has a readable page', async () => {
    const page = await app.inject('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  });
});

describe('mountRoutes', () => {
  it('refuses a route that does not declare its access', async () => {
    const logger = createLogger({ service: 'test', level: 'silent' });
    const bare = await createHttpApp({ logger });
    mountRoutes(bare, [], { authenticate: async () => refuse('unauthenticated', 'no') });
    expect(() => bare.get('/hole', async () => 'in')).toThrow(/does not declare its access/);
    await bare.close();
  });
});
