import { mayEnter } from '@spectra/policy';
import type { HttpRoute } from '@spectra/http-kit';
import { problemSchema, roleSchema, type Role } from '@spectra/schemas';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture, type TestOrganisation } from './gateway-fixture.ts';

const roles = roleSchema.options;
let fixture: GatewayFixture;
let ids: Record<string, Record<string, string>>;
let absent: Record<string, string>;
let keyOfOwn: string;

beforeAll(async () => {
  fixture = await gatewayFixture();
  const holdings = fixture.services.holdings.get(fixture.own.orgId);
  const [ionRun, rtpRun] = holdings?.runs ?? [];
  if (holdings === undefined || ionRun === undefined || rtpRun === undefined) throw new Error('no runs');
  keyOfOwn = await makeApiKey(fixture.own);
  const common = {
    job_id: ionRun.job_id,
    dead_letter_id: holdings.deadLetterId,
    refused_id: holdings.deadLetterId,
    schedule_id: holdings.deadLetterId,
    template_id: holdings.deadLetterId,
    equipment_id: 'IMP-01',
    model_id: fixture.own.orgId,
    sop_id: holdings.sops[0]?.sop_id ?? '',
    alarm_id: holdings.alarms[0]?.alarm_id ?? '',
    recipe_id: holdings.recipes[0]?.recipe_id ?? '',
    calibration_id: holdings.calibrations[0]?.calibration_id ?? '',
    user_id: fixture.own.userIds.viewer,
    api_key_id: keyOfOwn,
  };
  const threadOf = (process: string) =>
    holdings.threads.find((thread) => thread.process === process)?.thread_id ?? '';
  ids = {
    ion: {
      ...common,
      thread_id: threadOf('ion'),
      run_id: ionRun.run_id,
      artifact_id: ionRun.artifacts[0]?.artifact_id ?? '',
    },
    rtp: {
      ...common,
      thread_id: threadOf('rtp'),
      run_id: rtpRun.run_id,
      artifact_id: rtpRun.artifacts[0]?.artifact_id ?? '',
    },
  };
  const nothing = '00000000-0000-4000-8000-000000000000';
  absent = {
    job_id: nothing,
    dead_letter_id: nothing,
    refused_id: nothing,
    schedule_id: nothing,
    template_id: nothing,
    equipment_id: 'NONE',
    model_id: nothing,
    sop_id: nothing,
    thread_id: nothing,
    alarm_id: 'ion.NONE.beam_drift',
    recipe_id: nothing,
    calibration_id: nothing,
    user_id: nothing,
    api_key_id: nothing,
    run_id: 'ION-20260101-00000000',
    artifact_id: nothing,
  };
  for (const run of holdings.runs) {
    await fixture.objectStore.put(
      `org/${fixture.own.orgId}/runs/${run.run_id}/telemetry/telemetry.json`,
      Buffer.from('{}'),
      { mediaType: 'application/json' },
    );
  }
});
afterAll(() => fixture.close());

async function makeApiKey(organisation: TestOrganisation): Promise<string> {
  const { access } = await fixture.signIn(organisation, 'admin');
  const made = await fixture.app.inject({
    method: 'POST',
    url: '/api/auth/api-keys',
    headers: bearer(access),
    payload: { name: 'matrix', role: 'viewer', scopes: ['ion:view_run'] },
  });
  return made.json().api_key_id;
}

/** Signing in anew for each request: some routes end the session that they are called with. */
async function callAs(
  route: HttpRoute,
  who: { organisation: TestOrganisation; role: Role } | null,
  params = paramsOf(route),
) {
  const headers = who === null ? {} : bearer((await fixture.signIn(who.organisation, who.role)).access);
  return fixture.app.inject(requestOf(route, params, headers));
}

/** Parts of addresses that are nobody's secret. */
const openNames: Record<string, string> = { process: 'ion', parameter: 'dose_error_pct' };

function requestOf(
  route: HttpRoute,
  params: Record<string, string>,
  headers: Record<string, string>,
): InjectOptions {
  const partOf = (name: string) => params[name] ?? openNames[name] ?? '';
  const url = route.url.replace(/\/:(\w+)/g, (_match, name: string) => `/${partOf(name)}`);
  const body = route.example.body;
  const named = isRecord(body) && 'run_id' in body ? { ...body, run_id: params['run_id'] } : body;
  return {
    method: route.method,
    url,
    headers,
    ...(route.example.query === undefined ? {} : { query: { ...route.example.query } }),
    ...(isRecord(named) ? { payload: named } : {}),
    ...(route.example.query === undefined ? {} : { query: { ...route.example.query } }),
  };
}

function paramsOf(route: HttpRoute): Record<string, string> {
  return ids[/^\/api\/(r2r\/)?rtp\//.test(route.url) ? 'rtp' : 'ion'] ?? {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const guarded = () =>
  fixture.routes.filter((route) => ['permission', 'signed-in'].includes(route.access.kind));
const nameOf = (route: HttpRoute) => `${route.method} ${route.url}`;

describe('every route', () => {
  it('states its access, and the table is the whole interface', () => {
    expect(fixture.routes.length).toBeGreaterThan(45);
    expect(new Set(fixture.routes.map(nameOf)).size).toBe(fixture.routes.length);
  });

  it('that takes a body shows an example that its schema accepts', () => {
    for (const route of fixture.routes.filter((candidate) => candidate.body !== null)) {
      const parsed = route.body?.safeParse(route.example.body);
      expect(parsed?.success, nameOf(route)).toBe(true);
    }
  });
});

describe('route × role × organisation', () => {
  it('without credentials: 401, whatever the request', async () => {
    for (const route of guarded()) {
      const answer = await callAs(route, null);
      expect(answer.statusCode, nameOf(route)).toBe(401);
      expect(problemSchema.parse(answer.json()).code).toBe('unauthenticated');
    }
  });

  for (const role of roles) {
    it(`as ${role} of the own organisation: what the role map says`, async () => {
      for (const route of guarded()) {
        const caller = { orgId: fixture.own.orgId, userId: 'x', role };
        const answer = await callAs(route, { organisation: fixture.own, role });
        const entry = mayEnter(caller, route.access);
        const told = `${role} ${nameOf(route)} ${answer.statusCode} ${answer.body.slice(0, 300)}`;
        if (entry === 'forbidden') {
          expect(answer.statusCode, told).toBe(403);
          expect(answer.json().detail).toMatch(/^Permission denied: /);
        } else if (role === 'operator' && /DELETE .*(runs|jobs|tasks)|jobs.*cancel/.test(nameOf(route))) {
          // Somebody else's run: cancelling reaches only own ones.
          expect(answer.statusCode, told).toBe(403);
        } else {
          expect([route.reply.status, 409], told).toContain(answer.statusCode);
        }
      }
    });

    it(`as ${role} of another organisation: 404 with the words for what does not exist, and nothing leaks`, async () => {
      const secrets = [...new Set(Object.values(ids).flatMap((group) => Object.values(group)))];
      // Lists first: the audit trail of the other organisation holds the addresses that it asked for itself.
      const collectionsFirst = guarded().toSorted(
        (left, right) => Number(left.organisation === 'resource') - Number(right.organisation === 'resource'),
      );
      for (const route of collectionsFirst) {
        const caller = { orgId: fixture.other.orgId, userId: 'x', role };
        if (mayEnter(caller, route.access) === 'forbidden') continue;
        const who = { organisation: fixture.other, role };
        const answer = await callAs(route, who);
        const told = `${role} ${nameOf(route)} ${answer.statusCode} ${answer.body.slice(0, 300)}`;
        if (route.organisation === 'resource') {
          expect(answer.statusCode, told).toBe(404);
          const nobody = await callAs(route, who, absent);
          expect(nobody.statusCode, told).toBe(404);
          expect(answer.json().detail).toBe(nobody.json().detail);
        } else if (route.method === 'GET') {
          const leaked = secrets.filter((secret) => answer.body.includes(secret));
          expect(leaked, told).toEqual([]);
        }
      }
    });
  }

  it('changed nothing of the organisation from outside', async () => {
    const { access } = await fixture.signIn(fixture.own, 'admin');
    const users = await fixture.app.inject({ url: '/api/auth/users', headers: bearer(access) });
    expect(users.json().users.every((user: { disabled: boolean }) => !user.disabled)).toBe(true);
  });
});
