import type { Asked, ServiceContext } from '@spectra/process-host';
import type { RtpTypes } from '@spectra/rtp-process';
import { accept, processRpc } from '@spectra/schemas';
import type { Result, SimulatorSettings, TuneRequest } from '@spectra/schemas';
import { recordedRuns } from './recorded-runs.ts';
import type { RecordedRun } from './recorded-runs.ts';

/** What the platform knows of the plant that a tuning is for. */
export interface TuningSource {
  readonly recordings?: readonly RecordedRun[];
  readonly simulator?: SimulatorSettings;
}

/** Reads the runs or the tool that a request names, among those of the caller's organisation. */
export async function tuningSource(
  context: ServiceContext<RtpTypes>,
  { caller, traceparent, body }: Asked<TuneRequest>,
): Promise<Result<TuningSource>> {
  if (body.run_ids !== undefined) {
    const recordings = await recordedRuns(context, { caller, traceparent, body: body.run_ids });
    return recordings.ok ? accept({ recordings: recordings.value }) : recordings;
  }
  if (body.plant_id === undefined) return accept({});
  const plant = await context.messaging.call(context.definition.id, processRpc.getEquipment, {
    caller,
    traceparent,
    body: { equipment_id: body.plant_id },
  });
  return plant.ok ? accept({ simulator: plant.value.simulator }) : plant;
}
