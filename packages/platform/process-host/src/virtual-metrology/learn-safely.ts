import type { MetrologyRecord, RunSpec } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { ServiceContext } from '../service-context.ts';
import { learnFromRuns } from './learn.ts';

/** Learns from stored measurements. They are stored whatever becomes of the learning; the next ones make up for it. */
export async function learnAfterMetrology<T extends ProcessTypes>(
  context: ServiceContext<T>,
  orgId: string,
  measurements: readonly Pick<MetrologyRecord, 'run_id'>[],
): Promise<void> {
  const runIds = [...new Set(measurements.map((measurement) => measurement.run_id))];
  await safely(context, () => learnFromRuns(context, orgId, runIds));
}

/** Learns from measurements that were there before their run was recorded; mostly there are none. */
export async function learnAfterRun<T extends ProcessTypes>(
  context: ServiceContext<T>,
  spec: RunSpec,
): Promise<void> {
  await safely(context, () => learnFromRuns(context, spec.org_id, [spec.run_id]));
}

async function safely<T extends ProcessTypes>(
  context: ServiceContext<T>,
  learn: () => Promise<void>,
): Promise<void> {
  try {
    await learn();
  } catch (error) {
    context.logger.error(
      { err: error },
      'virtual metrology did not learn; it will with the next measurement',
    );
  }
}
