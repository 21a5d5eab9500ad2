import { defineRoute, type HttpRoute, type Principal } from '@spectra/http-kit';
import {
  accept,
  refuse,
  changeScheduleSchema,
  createScheduleSchema,
  scheduleFiringSchema,
  scheduleSchema,
  schedulesRpc,
  type Result,
  type WorkOrder,
} from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { visibleRunOf } from '../start-tool-job.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';
import { workOrderOf } from '../work-order.ts';
import { orderFromTemplate } from './template-routes.ts';

const oneSchedule = {
  organisation: 'resource',
  tag: 'schedules',
  params: z.strictObject({ schedule_id: z.uuid() }),
} as const;
const view = { kind: 'permission', anyOf: ['schedule:view'] } as const;
const manage = { kind: 'permission', anyOf: ['schedule:manage'] } as const;

/** Requests that are carried out at times of the clock, in the name of who made them. */
export function scheduleRoutes(ask: Ask): HttpRoute[] {
  return [createSchedule(ask), ...readRoutes(ask), changeSchedule(ask), removeSchedule(ask)];
}

function createSchedule(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/schedules',
    access: manage,
    organisation: 'collection',
    summary:
      'Carry out a request at times of the clock, in your name; a template is filled now, in one version',
    tag: 'schedules',
    body: createScheduleSchema,
    example: {
      body: {
        name: 'Beam check at six',
        cron: '0 6 * * 1-5',
        time_zone: 'Europe/Berlin',
        request: { kind: 'job', body: { tool: 'ping', params: {} } },
      },
    },
    reply: { status: 201, schema: scheduleSchema },
    async handler(input) {
      const { request, ...timing } = input.body;
      const work = await workOf(ask, input, request);
      if (!work.ok) return work;
      const body = { ...timing, work: work.value };
      return ask(input, { service: 'jobs', contract: schedulesRpc.createSchedule, body });
    },
  });
}

async function workOf(
  ask: Ask,
  asker: { principal: Principal; traceparent: string },
  request: z.output<typeof createScheduleSchema>['request'],
): Promise<Result<WorkOrder>> {
  const work = await orderOf(ask, asker, request);
  if (!work.ok) return work;
  const seen = work.value.kind === 'job' ? await visibleRunOf(ask, asker, work.value.order) : work;
  return seen.ok ? standingAlone(work.value) : seen;
}

async function orderOf(
  ask: Ask,
  asker: { principal: Principal; traceparent: string },
  request: z.output<typeof createScheduleSchema>['request'],
): Promise<Result<WorkOrder>> {
  if (request.kind !== 'template') return workOrderOf(asker.principal.caller, request, 'request');
  const order = await orderFromTemplate(ask, asker, { ...request, path: 'request' });
  return order.ok ? accept(order.value.work) : order;
}

/** What a scheduled request waited for at its first time would be long done at the second. */
function standingAlone(work: WorkOrder): Result<WorkOrder> {
  const { depends_on } = work.kind === 'run' ? work.options : work.order;
  if (depends_on === undefined) return accept(work);
  const message = 'a scheduled request cannot wait for others';
  const error = { path: 'request.body.depends_on', message, value: depends_on };
  return refuse('validation_failed', `${error.path}: ${message}`, [error]);
}

function readRoutes(ask: Ask): HttpRoute[] {
  const list = defineRoute({
    method: 'GET',
    url: '/api/schedules',
    access: view,
    organisation: 'collection',
    summary: 'List schedules with their next times and what came of the last one',
    tag: 'schedules',
    query: z.strictObject({ enabled: z.enum(['true', 'false']).optional(), ...limitOffset }),
    reply: { status: 200, schema: z.object({ schedules: z.array(scheduleSchema), ...listFacts }) },
    async handler(input) {
      const { enabled, limit, offset } = input.query;
      const found = await ask(input, {
        service: 'jobs',
        contract: schedulesRpc.listSchedules,
        body: { ...(enabled === undefined ? {} : { enabled: enabled === 'true' }), limit, offset },
      });
      if (!found.ok) return found;
      return accept({ schedules: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
  const get = defineRoute({
    ...oneSchedule,
    method: 'GET',
    url: '/api/schedules/:schedule_id',
    access: view,
    summary: 'A schedule with its next times and what came of the last one',
    reply: { status: 200, schema: scheduleSchema },
    handler: (input) =>
      ask(input, { service: 'jobs', contract: schedulesRpc.getSchedule, body: input.params }),
  });
  const firings = defineRoute({
    ...oneSchedule,
    method: 'GET',
    url: '/api/schedules/:schedule_id/firings',
    access: view,
    summary: 'What came of the due times: the job that was made, the refusal, or that it was missed',
    query: z.strictObject(limitOffset),
    reply: { status: 200, schema: z.object({ firings: z.array(scheduleFiringSchema), ...listFacts }) },
    async handler(input) {
      const found = await ask(input, {
        service: 'jobs',
        contract: schedulesRpc.listFirings,
        body: { ...input.params, ...input.query },
      });
      if (!found.ok) return found;
      return accept({ firings: found.value.items, ...factsOf(found.value, input.query) });
    },
  });
  return [list, get, firings];
}

function changeSchedule(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneSchedule,
    method: 'PATCH',
    url: '/api/schedules/:schedule_id',
    access: manage,
    summary: 'Change the times or the name of a schedule, or switch it on or off; its request stays',
    body: changeScheduleSchema,
    example: { body: { enabled: false } },
    reply: { status: 200, schema: scheduleSchema },
    handler: (input) =>
      ask(input, {
        service: 'jobs',
        contract: schedulesRpc.changeSchedule,
        body: { ...input.params, ...input.body },
      }),
  });
}

function removeSchedule(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneSchedule,
    method: 'DELETE',
    url: '/api/schedules/:schedule_id',
    access: manage,
    summary: 'End a schedule; what it made stays',
    reply: { status: 200, schema: scheduleSchema },
    handler: (input) =>
      ask(input, { service: 'jobs', contract: schedulesRpc.removeSchedule, body: input.params }),
  });
}
