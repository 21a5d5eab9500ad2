import type { RunEvent, RunRecord } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import type { Ingest } from './ingest/ingest.ts';
import type { RunMessage } from './stream/run-stream.ts';

/** An ending on its way takes milliseconds; after this time without it, and with nothing left to read, it is lost. */
const lostAfterMs = 5_000;

/**
 * Ends the stream of a run that the orchestrator knows as ended while its last event never came, because the stream
 * server was wiped between the two: else its viewers would wait for ever. Should the event come after all, it is the
 * second ending and left out.
 */
export function tellLostEnding(options: {
  run: RunRecord;
  clock: Clock;
  ingest: Pick<Ingest, 'offer' | 'counts' | 'lag'>;
  hasEnded: () => boolean;
}): void {
  const { run, clock, ingest, hasEnded } = options;
  const ending = endingOf(run, new Date(clock.nowMs()).toISOString());
  if (ending === null) return;
  clock.after(lostAfterMs, () => {
    void ingest.lag().then((lag) => {
      if (!hasEnded() && lag === 0 && ingest.counts().waiting === 0) ingest.offer(ending);
    });
  });
}

const endingTypes = {
  completed: 'spectra.run.completed',
  failed: 'spectra.run.failed',
  cancelled: 'spectra.run.cancelled',
} as const;

/** The run's last event as its record tells it; null while the run has not ended. */
function endingOf(run: RunRecord, nowAt: string): RunMessage | null {
  const { status } = run;
  if (status !== 'completed' && status !== 'failed' && status !== 'cancelled') return null;
  const id = `hub:ending:${status}:${run.attempt}`;
  const event: RunEvent = {
    specversion: '1.0',
    id,
    source: 'spectra/telemetry',
    type: endingTypes[status],
    subject: run.run_id,
    time: run.completed_at ?? nowAt,
    datacontenttype: 'application/json',
    dataschema: 'run-event',
    data: {
      run_id: run.run_id,
      job_id: run.job_id,
      status,
      progress: run.progress,
      current_step: run.current_step,
      eta_s: run.eta_s,
      attempt: run.attempt,
      equipment_id: run.equipment_id,
      artifacts: run.artifacts,
      ...(run.error_message === null ? {} : { error_message: run.error_message }),
      ...(run.error_code === null ? {} : { error_code: run.error_code }),
      ...(run.outcome === null ? {} : { outcome: run.outcome }),
    },
  };
  const address = { orgId: run.org_id, process: run.process, runId: run.run_id };
  return { ...address, messageId: id, storedAt: nowAt, payload: { kind: 'event', event } };
}
