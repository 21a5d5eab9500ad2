import type { Handler } from '@spectra/messaging';
import {
  accept,
  costsRpc,
  refuse,
  schedulesRpc,
  templatesRpc,
  type CostEntry,
  type RpcContract,
  type Schedule,
  type Template,
} from '@spectra/schemas';
import type { z } from 'zod';

type Serve = <Body extends z.ZodType, Reply extends z.ZodType>(
  service: string,
  contract: RpcContract<Body, Reply>,
  handler: Handler<Body, Reply>,
) => unknown;
type Request = { caller: { orgId: string } | undefined };

const at = '2026-01-01T00:00:00.000Z';
const gone = () => refuse('not_found', 'There is nothing with this id.');

/** Each organisation has one schedule and one template, both under the id of its dead letter. */
export function serveFlows(serve: Serve, own: (request: Request) => { deadLetterId: string }): void {
  serveCosts(serve);
  const idOf = (request: Request) => own(request).deadLetterId;
  serve('jobs', schedulesRpc.createSchedule, async (request) =>
    accept({ ...scheduleRecord(idOf(request)), ...request.body }),
  );
  serve('jobs', schedulesRpc.listSchedules, async (request) =>
    accept({ items: [scheduleRecord(idOf(request))], total: 1 }),
  );
  const schedule = async (request: Request & { body: { schedule_id: string } }) =>
    request.body.schedule_id === idOf(request) ? accept(scheduleRecord(idOf(request))) : gone();
  serve('jobs', schedulesRpc.getSchedule, schedule);
  serve('jobs', schedulesRpc.changeSchedule, schedule);
  serve('jobs', schedulesRpc.removeSchedule, schedule);
  serve('jobs', schedulesRpc.listFirings, async (request) =>
    request.body.schedule_id === idOf(request) ? accept({ items: [], total: 0 }) : gone(),
  );
  serve('jobs', templatesRpc.createTemplate, async (request) =>
    accept({ ...templateRecord(idOf(request)), ...request.body }),
  );
  const template = async (request: Request & { body: { template_id: string } }) =>
    request.body.template_id === idOf(request) ? accept(templateRecord(idOf(request))) : gone();
  serve('jobs', templatesRpc.addTemplateVersion, template);
  serve('jobs', templatesRpc.retireTemplate, template);
  serve('jobs', templatesRpc.getTemplate, template);
  serve('jobs', templatesRpc.listTemplates, async (request) =>
    accept({ items: [templateRecord(idOf(request))], total: 1 }),
  );
  serve('jobs', templatesRpc.listTemplateVersions, async (request) =>
    request.body.template_id === idOf(request)
      ? accept({ items: [templateRecord(idOf(request))], total: 1 })
      : gone(),
  );
}

function serveCosts(serve: Serve): void {
  const sum = {
    group: {},
    entries: 1,
    tool_hours: 1,
    compute_seconds: 0,
    runs: 1,
    wafers: 1,
    gas_standard_litres: null,
    energy_kwh: null,
    amounts: { EUR: 120 },
  };
  serve('jobs', costsRpc.sumCosts, async () => accept({ groups: [sum], total: sum }));
  serve('jobs', costsRpc.listCostEntries, async () => accept({ items: [], total: 0 }));
  serve('jobs', costsRpc.correctCost, async ({ body }) =>
    accept(correctionRecord(body.entry_id, body.reason)),
  );
  serve('jobs', costsRpc.listRates, async () => accept({ versions: [] }));
  serve('jobs', costsRpc.setRates, async ({ body, caller }) =>
    accept({ version: 1, effective_from: at, rates: body, created_by: caller?.userId ?? '' }),
  );
}

function correctionRecord(corrects: string, reason: string): CostEntry {
  return {
    entry_id: corrects,
    kind: 'correction',
    job_id: corrects,
    attempt: 1,
    run_id: null,
    process: null,
    job_type: 'tool',
    tool: 'ping',
    equipment_id: null,
    user_id: 'somebody',
    ended_at: at,
    ending: 'completed',
    tool_hours: 0,
    compute_seconds: 0,
    runs: 0,
    wafers: 0,
    gas_standard_litres: null,
    energy_kwh: null,
    corrects,
    reason,
    created_by: 'somebody',
  };
}

function scheduleRecord(scheduleId: string): Schedule {
  return {
    schedule_id: scheduleId,
    name: 'Morning',
    cron: '0 6 * * *',
    time_zone: 'UTC',
    missed: 'skip',
    enabled: true,
    work: { kind: 'job', order: { tool: 'ping', params: {}, ttl_hours: 24, priority: 0 } },
    created_by: 'somebody',
    created_at: at,
    updated_at: at,
    next_due_at: at,
    upcoming: [at],
    last_firing: null,
  };
}

/** A `ping` whose message is the wafer. */
function templateRecord(templateId: string): Template {
  return {
    template_id: templateId,
    name: 'Hello',
    description: '',
    version: 2,
    latest_version: 2,
    request: { kind: 'job', body: { tool: 'ping', params: { message: '{{wafer}}' } } },
    parameters: { wafer: { type: 'string', one_of: ['W1', 'W2'] } },
    created_by: 'somebody',
    created_at: at,
    retired_at: null,
  };
}
