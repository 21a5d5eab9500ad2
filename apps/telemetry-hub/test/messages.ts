import type { Alert, RunEventData, RunEventType } from '@spectra/schemas';
import type { RunAddress, RunMessage, StreamEntry } from '../src/stream/run-stream.ts';
import { appendToRunStream } from '../src/stream/run-stream.ts';

/** The run that tests speak of when they name no other. */
export const testRun: RunAddress = {
  orgId: '0b7e0d9e-52a1-4c66-8f0e-6d7c1f2a3b4c',
  process: 'ion',
  runId: 'ION-20260101-0000ABCD',
};

const jobId = '5f0c1a52-7d0c-4a51-9a3e-2f6f0f4a1b11';

/** A telemetry batch of one channel, as the hub sees it after parsing. */
export function telemetryMessage(given: {
  messageId: string;
  batch: number;
  run?: RunAddress;
  waferIndex?: number;
  time_s?: number[];
  values?: (number | null)[];
  storedAt?: string;
}): RunMessage {
  const run = given.run ?? testRun;
  const time_s = given.time_s ?? [given.batch / 10];
  return {
    ...run,
    messageId: given.messageId,
    storedAt: given.storedAt ?? new Date(Date.UTC(2026, 0, 1) + given.batch * 100).toISOString(),
    payload: {
      kind: 'telemetry',
      message: {
        kind: 'telemetry',
        run_id: run.runId,
        attempt: 1,
        batch: given.batch,
        wafer_index: given.waferIndex ?? 0,
        time_s,
        channels: { beam_current_ma: given.values ?? time_s.map(() => 5) },
      },
    },
  };
}

/** A run event, as the hub sees it after parsing. */
export function eventMessage(given: {
  messageId: string;
  type: RunEventType;
  run?: RunAddress;
  data?: Partial<RunEventData>;
}): RunMessage {
  const run = given.run ?? testRun;
  return {
    ...run,
    messageId: given.messageId,
    storedAt: '2026-01-01T00:00:00.000Z',
    payload: {
      kind: 'event',
      event: {
        specversion: '1.0',
        id: given.messageId,
        source: 'spectra/jobs',
        type: given.type,
        subject: run.runId,
        time: '2026-01-01T00:00:00.000Z',
        datacontenttype: 'application/json',
        dataschema: 'run-event',
        data: {
          run_id: run.runId,
          job_id: jobId,
          status: statusOf[given.type],
          progress: 50,
          current_step: 'Implanting wafer 1/1',
          eta_s: 10,
          attempt: 1,
          equipment_id: 'ION-01',
          ...given.data,
        },
      },
    },
  };
}

const statusOf = {
  'spectra.run.blocked': 'blocked',
  'spectra.run.queued': 'queued',
  'spectra.run.started': 'running',
  'spectra.run.progressed': 'running',
  'spectra.run.retrying': 'retrying',
  'spectra.run.held': 'held',
  'spectra.run.cancel_requested': 'running',
  'spectra.run.completed': 'completed',
  'spectra.run.failed': 'failed',
  'spectra.run.cancelled': 'cancelled',
} as const;

/** An alert, as the hub sees it after parsing. */
export function alertMessage(given: {
  messageId: string;
  run?: RunAddress;
  alert?: Partial<Alert>;
}): RunMessage {
  const run = given.run ?? testRun;
  return {
    ...run,
    messageId: given.messageId,
    storedAt: '2026-01-01T00:00:00.000Z',
    payload: {
      kind: 'alert',
      alert: {
        alarm_id: 'beam-drift',
        run_id: run.runId,
        equipment_id: 'ION-01',
        parameter: 'beam_current_ma',
        message: 'beam current drifts',
        severity: 'warning',
        state: 'raised',
        value: 4.2,
        limit: 4.5,
        time_s: 3,
        at: '2026-01-01T00:00:00.000Z',
        ...given.alert,
      },
    },
  };
}

/** The entries that a fresh stream makes of these messages. */
export function entriesOf(messages: readonly RunMessage[]): StreamEntry[] {
  return appendToRunStream({ lastSeq: 0, ended: false }, new Set(), messages).appended.map(
    ({ entry }) => entry,
  );
}
