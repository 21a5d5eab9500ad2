import { z } from 'zod';
import { rpcContract } from './rpc.ts';
import { missedPolicySchema, scheduleFiringSchema, scheduleSchema, workOrderSchema } from './schedule.ts';
import { templateParametersSchema, templateSchema, workRequestSchema } from './template.ts';

const page = { limit: z.int().min(1).max(100), offset: z.int().min(0) };
const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), total: z.int() });
const bySchedule = z.object({ schedule_id: z.uuid() });
const byTemplate = z.object({ template_id: z.uuid() });
const content = { request: workRequestSchema, parameters: templateParametersSchema, description: z.string() };
const timing = {
  name: z.string(),
  cron: z.string(),
  time_zone: z.string(),
  missed: missedPolicySchema,
  enabled: z.boolean(),
};

/** Abilities of the orchestrator (service name `jobs`) for schedules. */
export const schedulesRpc = {
  createSchedule: rpcContract(
    'create-schedule',
    z.object({ ...timing, work: workOrderSchema }),
    scheduleSchema,
  ),
  changeSchedule: rpcContract(
    'change-schedule',
    bySchedule.extend(z.object(timing).partial().shape),
    scheduleSchema,
  ),
  removeSchedule: rpcContract('remove-schedule', bySchedule, scheduleSchema),
  getSchedule: rpcContract('get-schedule', bySchedule, scheduleSchema),
  listSchedules: rpcContract(
    'list-schedules',
    z.object({ enabled: z.boolean().optional(), ...page }),
    listOf(scheduleSchema),
  ),
  listFirings: rpcContract('list-firings', bySchedule.extend(page), listOf(scheduleFiringSchema)),
} as const;

/** Abilities of the orchestrator (service name `jobs`) for templates. */
export const templatesRpc = {
  createTemplate: rpcContract('create-template', z.object({ name: z.string(), ...content }), templateSchema),
  addTemplateVersion: rpcContract('add-template-version', byTemplate.extend(content), templateSchema),
  retireTemplate: rpcContract('retire-template', byTemplate, templateSchema),
  getTemplate: rpcContract(
    'get-template',
    byTemplate.extend({ version: z.int().min(1).optional() }),
    templateSchema,
  ),
  listTemplates: rpcContract('list-templates', z.object(page), listOf(templateSchema)),
  listTemplateVersions: rpcContract(
    'list-template-versions',
    byTemplate.extend(page),
    listOf(templateSchema),
  ),
} as const;
