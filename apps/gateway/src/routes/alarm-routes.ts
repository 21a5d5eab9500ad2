import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  acknowledgeAlarmSchema,
  alarmFilterFields,
  alarmSchema,
  playbookSchema,
  shelveAlarmSchema,
  spcRpc,
  telemetryRpc,
  unshelveAlarmSchema,
} from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const oneAlarm = {
  organisation: 'resource',
  tag: 'alarms',
  params: z.strictObject({ alarm_id: z.string().min(1).max(200) }),
} as const;
const seeAlarms = { kind: 'permission', anyOf: ['spc:view_charts'] } as const;
const changeAlarms = { kind: 'permission', anyOf: ['spc:ack_alert'] } as const;
const service = 'telemetry';

/** Alarms of tools and charts, and what people do with them. */
export function alarmRoutes(ask: Ask): HttpRoute[] {
  return [listAlarms(ask), getAlarm(ask), acknowledge(ask), shelve(ask), unshelve(ask)];
}

function listAlarms(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/alarms',
    access: seeAlarms,
    organisation: 'collection',
    summary: 'List alarms, newest change first: one for each source on a tool, however often it came',
    tag: 'alarms',
    query: z.strictObject({ ...alarmFilterFields, ...limitOffset }),
    reply: { status: 200, schema: z.object({ alarms: z.array(alarmSchema), ...listFacts }) },
    async handler(input) {
      const found = await ask(input, { service, contract: telemetryRpc.listAlarms, body: input.query });
      if (!found.ok) return found;
      return accept({ alarms: found.value.items, ...factsOf(found.value, input.query) });
    },
  });
}

function getAlarm(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneAlarm,
    method: 'GET',
    url: '/api/alarms/:alarm_id',
    access: seeAlarms,
    summary: 'An alarm with its history, and what usually stands behind it',
    reply: {
      status: 200,
      schema: telemetryRpc.getAlarm.reply.extend({ playbook: playbookSchema.nullable() }),
    },
    async handler(input) {
      const alarm = await ask(input, { service, contract: telemetryRpc.getAlarm, body: input.params });
      if (!alarm.ok) return alarm;
      const { process, source } = alarm.value;
      const help = await ask(input, { service: process, contract: spcRpc.playbook, body: { source } });
      // An alarm is told also while its process is away.
      return accept({ ...alarm.value, playbook: help.ok ? help.value.playbook : null });
    },
  });
}

function acknowledge(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneAlarm,
    method: 'POST',
    url: '/api/alarms/:alarm_id/acknowledge',
    access: changeAlarms,
    summary: 'Say that an alarm was seen, and what is done about it',
    body: acknowledgeAlarmSchema,
    example: { body: { comment: 'Source is being replaced' } },
    reply: { status: 200, schema: alarmSchema },
    handler: (input) =>
      ask(input, {
        service,
        contract: telemetryRpc.acknowledgeAlarm,
        body: { ...input.params, ...input.body },
      }),
  });
}

function shelve(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneAlarm,
    method: 'POST',
    url: '/api/alarms/:alarm_id/shelve',
    access: changeAlarms,
    summary: 'Put an alarm aside until a time within a day, with a reason',
    body: shelveAlarmSchema,
    example: { body: { until: '2026-01-01T12:00:00Z', reason: 'Known: gauge is being replaced' } },
    reply: { status: 200, schema: alarmSchema },
    handler: (input) =>
      ask(input, { service, contract: telemetryRpc.shelveAlarm, body: { ...input.params, ...input.body } }),
  });
}

function unshelve(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneAlarm,
    method: 'POST',
    url: '/api/alarms/:alarm_id/unshelve',
    access: changeAlarms,
    summary: 'Take an alarm off the shelf before its time',
    body: unshelveAlarmSchema,
    example: { body: { comment: 'Gauge replaced' } },
    reply: { status: 200, schema: alarmSchema },
    handler: (input) =>
      ask(input, { service, contract: telemetryRpc.unshelveAlarm, body: { ...input.params, ...input.body } }),
  });
}
