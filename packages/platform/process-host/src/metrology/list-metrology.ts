import { and, count, desc, eq, gte, lte } from 'drizzle-orm';
import type { z } from 'zod';
import { accept } from '@spectra/schemas';
import type { MeasuredParameter, Result, metrologyRpc } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import { metrology } from '../prediction-tables.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { toMetrologyRecord } from './metrology-record.ts';

type Contract = (typeof metrologyRpc)['list'];

/** The organisation's measurements, the last measured first. */
export async function listMetrology<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Contract['request']>>,
): Promise<Result<z.input<Contract['reply']>>> {
  const wanted = and(
    eq(metrology.org_id, caller.orgId),
    body.wafer_id === undefined ? undefined : eq(metrology.wafer_id, body.wafer_id),
    body.lot_id === undefined ? undefined : eq(metrology.lot_id, body.lot_id),
    body.run_id === undefined ? undefined : eq(metrology.run_id, body.run_id),
    body.parameter === undefined ? undefined : eq(metrology.parameter, body.parameter),
    body.from === undefined ? undefined : gte(metrology.measured_at, new Date(body.from)),
    body.to === undefined ? undefined : lte(metrology.measured_at, new Date(body.to)),
  );
  return context.database.withOrg(caller.orgId, async (tx) => {
    const rows = await tx
      .select()
      .from(metrology)
      .where(wanted)
      .orderBy(desc(metrology.measured_at), desc(metrology.arrival))
      .limit(body.limit)
      .offset(body.offset);
    const [counted] = await tx.select({ total: count() }).from(metrology).where(wanted);
    return accept({
      items: rows.map((row) => toMetrologyRecord(row, context.definition)),
      total: counted?.total ?? 0,
    });
  });
}

/** What is measured in this process. */
export async function metrologyParameters<T extends ProcessTypes>(
  context: ServiceContext<T>,
): Promise<Result<{ parameters: MeasuredParameter[] }>> {
  return accept({ parameters: context.definition.metrology.map((each) => ({ ...each })) });
}
