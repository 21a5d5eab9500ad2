import { and, asc, eq } from 'drizzle-orm';
import type { z } from 'zod';
import { accept, processRpc, refuse } from '@spectra/schemas';
import type { Result, vmRpc } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import { vmWafers } from '../prediction-tables.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { predictWafers } from './predict-wafers.ts';

type Contract = (typeof vmRpc)['predict'];
type Body = z.output<Contract['request']>;
type Reply = z.input<Contract['reply']>;

/** Virtual metrology by today's models: of the wafers of a recorded run, or of a recipe as planned. */
export async function predict<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<Body>,
): Promise<Result<Reply>> {
  const { run_id: runId, recipe } = asked.body;
  if ((runId === undefined) === (recipe === undefined)) {
    const message = 'name exactly one of run_id and recipe';
    return refuse('validation_failed', message, [{ path: 'run_id', message }]);
  }
  return recipe === undefined
    ? predictRun(context, asked, runId ?? '')
    : predictRecipe(context, asked, recipe);
}

async function predictRun<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller }: Asked<Body>,
  runId: string,
): Promise<Result<Reply>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const rows = await tx
      .select()
      .from(vmWafers)
      .where(and(eq(vmWafers.org_id, caller.orgId), eq(vmWafers.run_id, runId)))
      .orderBy(asc(vmWafers.wafer_id));
    if (rows.length === 0) return notFound('completed run', runId);
    const wafers = rows.map((row) => ({
      family: row.family,
      equipmentId: row.equipment_id,
      prediction: { physics: row.physics, features: row.features },
    }));
    const predicted = await predictWafers(tx, context.definition, { orgId: caller.orgId, wafers });
    return accept({
      process: context.definition.id,
      run_id: runId,
      wafers: rows.map((row, index) => ({
        wafer_id: row.wafer_id,
        family: row.family,
        predictions: predicted[index] ?? [],
      })),
    });
  });
}

async function predictRecipe<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<Body>,
  body: Record<string, unknown>,
): Promise<Result<Reply>> {
  const { definition } = context;
  const parsed = definition.recipe.parse(body);
  if (!parsed.ok) return parsed;
  const source = await sourceOf(context, asked);
  if (!source.ok) return source;
  const { recipe } = parsed.value;
  const family = definition.virtualMetrology.family(recipe, source.value);
  const prediction = definition.virtualMetrology.planned(recipe, source.value);
  const { orgId } = asked.caller;
  const wafers = [{ family, equipmentId: asked.body.equipment_id ?? null, prediction }];
  return context.database.withOrg(orgId, async (tx) => {
    const [predictions = []] = await predictWafers(tx, definition, { orgId, wafers });
    return accept({
      process: definition.id,
      run_id: null,
      wafers: [{ wafer_id: null, family, predictions }],
    });
  });
}

async function sourceOf<T extends ProcessTypes>(
  { definition, messaging }: ServiceContext<T>,
  { caller, traceparent, body }: Asked<Body>,
): Promise<Result<Readonly<Record<string, unknown>> | null>> {
  const runId = body.source_run_id;
  if (runId === undefined) return accept(null);
  const upstream = definition.upstreamProcess;
  const unusable = (message: string) =>
    refuse('source_run_unusable', `Run ${runId} ${message}`, [
      { path: 'source_run_id', message, value: runId },
    ]);
  if (upstream === null) return unusable('is not used: this process starts from no other run');
  const found = await messaging.call(upstream, processRpc.waferRecord, {
    caller,
    traceparent,
    body: { run_id: runId },
  });
  if (!found.ok) return found;
  return found.value.record ? accept(found.value.record.outcome) : unusable('has recorded no wafer');
}
