import type { Asked, ServiceContext } from '@spectra/process-host';
import type { RtpTypes } from '@spectra/rtp-process';
import { accept, jobsRpc, telemetryRpc } from '@spectra/schemas';
import type { Result } from '@spectra/schemas';

/** Input and output of a recorded run, sample by sample. */
export interface RecordedRun {
  readonly dtS: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

const lampPower = 'lamp_power_pct';
const temperature = 'measured_temp_c';

/** Lamp power and temperature of the caller's own runs, as the telemetry archive has them. */
export async function recordedRuns(
  { definition, messaging }: ServiceContext<RtpTypes>,
  { caller, traceparent, body: runIds }: Asked<readonly string[]>,
): Promise<Result<RecordedRun[]>> {
  const runs: RecordedRun[] = [];
  for (const runId of runIds) {
    const owned = await messaging.call('jobs', jobsRpc.getRun, {
      caller,
      traceparent,
      body: { run_id: runId, process: definition.id },
    });
    if (!owned.ok) return owned;
    const history = await messaging.call('telemetry', telemetryRpc.history, {
      caller,
      traceparent,
      body: { run_id: runId, channels: [lampPower, temperature] },
    });
    if (!history.ok) return history;
    const { channels } = history.value;
    runs.push(
      withoutBlindSamples(channels[lampPower] ?? [], channels[temperature] ?? [], definition.samplingS),
    );
  }
  return accept(runs);
}

/** From the first sample that both sensors saw to the last: a hole inside would look like a jump of the plant. */
function withoutBlindSamples(
  inputs: readonly (number | null)[],
  outputs: readonly (number | null)[],
  dtS: number,
): RecordedRun {
  const run = { dtS, inputs: [] as number[], outputs: [] as number[] };
  for (const [index, input] of inputs.entries()) {
    const output = outputs[index] ?? null;
    if (input !== null && output !== null) {
      run.inputs.push(input);
      run.outputs.push(output);
    } else if (run.inputs.length > 0) break;
  }
  return run;
}
