import { accept, telemetryRpc } from '@spectra/schemas';
import type { Result, RunSpec } from '@spectra/schemas';
import type { Frame, ProcessTypes } from '@spectra/run-engine';
import type { ServiceContext } from '../service-context.ts';

/** Tool time asked for at once: what fits one answer unbinned, with room to spare. */
const windowS = 60;

/** Every frame that earlier attempts of this run published, from the telemetry archive. */
export async function recordedFrames<T extends ProcessTypes>(
  context: ServiceContext<T>,
  spec: RunSpec,
  waferStartsS: readonly number[],
): Promise<Result<Frame[]>> {
  const frames: Frame[] = [];
  const lastStartS = waferStartsS.at(-1) ?? 0;
  for (let fromS = 0; ; fromS += windowS) {
    const answer = await context.messaging.call('telemetry', telemetryRpc.history, {
      caller: { orgId: spec.org_id, userId: spec.created_by, role: 'viewer' },
      traceparent: spec.traceparent,
      body: { run_id: spec.run_id, from_s: fromS, to_s: fromS + windowS - context.definition.samplingS / 2 },
    });
    if (!answer.ok) return answer;
    const { time_s, channels } = answer.value;
    for (const [index, timeS] of time_s.entries()) {
      const columns = Object.entries(channels);
      frames.push({
        timeS,
        waferIndex: Math.max(
          0,
          waferStartsS.findLastIndex((startS) => startS <= timeS + 1e-9),
        ),
        channels: Object.fromEntries(columns.map(([id, column]) => [id, column[index] ?? null])),
      });
    }
    if (time_s.length === 0 && fromS >= lastStartS) return accept(frames);
  }
}
