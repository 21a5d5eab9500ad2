import type { Alert, RunEvent, RunEventData, StreamMessage, TelemetryMessage } from '@spectra/schemas';

type StreamType = 'progress' | 'telemetry' | 'profile' | 'alert' | 'completed' | 'error' | 'cancelled';
type DataOf<Type extends StreamType> = Extract<StreamMessage, { type: Type }>['data'];

/** What a publisher sent, parsed: the last part of the subject says which of the three it is. */
export type RunPayload =
  | { kind: 'event'; event: RunEvent }
  | { kind: 'telemetry'; message: TelemetryMessage }
  | { kind: 'alert'; alert: Alert };

/** Type and data of a stream message that comes from a publisher (not `connected` or `gap`, which are per viewer). */
export type StreamBody = { [Type in StreamType]: { type: Type; data: DataOf<Type> } }[StreamType];

/** Turns what a publisher sent into what viewers see. */
export function streamBodyOf(payload: RunPayload): StreamBody {
  switch (payload.kind) {
    case 'alert':
      return { type: 'alert', data: payload.alert };
    case 'telemetry':
      return telemetryBody(payload.message);
    case 'event':
      switch (payload.event.type) {
        case 'spectra.run.completed':
          return completedBody(payload.event.data);
        case 'spectra.run.failed':
          return errorBody(payload.event.data);
        case 'spectra.run.cancelled':
          return cancelledBody(payload.event.data);
        case 'spectra.run.blocked':
        case 'spectra.run.queued':
        case 'spectra.run.started':
        case 'spectra.run.progressed':
        case 'spectra.run.retrying':
        case 'spectra.run.held':
        case 'spectra.run.cancel_requested':
          return progressBody(payload.event.data);
      }
  }
}

function telemetryBody(message: TelemetryMessage): StreamBody {
  if (message.kind === 'telemetry') {
    const { wafer_index, time_s, channels } = message;
    return { type: 'telemetry', data: { wafer_index, time_s, channels } };
  }
  const { wafer_index, time_s, name, unit, x_mm, y_mm, values } = message;
  const place = y_mm === undefined ? { x_mm } : { x_mm, y_mm };
  return { type: 'profile', data: { wafer_index, time_s, name, unit, ...place, values } };
}

function progressBody(data: RunEventData): StreamBody {
  const { progress, current_step, status, eta_s, attempt } = data;
  const shown = { progress, current_step, status, eta_s, attempt };
  return { type: 'progress', data: data.message === undefined ? shown : { ...shown, message: data.message } };
}

function completedBody(data: RunEventData): StreamBody {
  return {
    type: 'completed',
    data: {
      metrics: data.outcome?.metrics ?? {},
      vm_prediction: data.outcome?.vm_prediction ?? {},
      artifacts: data.artifacts ?? [],
    },
  };
}

function errorBody(data: RunEventData): StreamBody {
  return {
    type: 'error',
    data: {
      error_message: data.error_message ?? data.message ?? 'the run failed',
      code: data.error_code ?? 'unknown',
      retryable: data.retryable ?? false,
    },
  };
}

function cancelledBody(data: RunEventData): StreamBody {
  return {
    type: 'cancelled',
    data: { message: data.message ?? 'the run was cancelled', safe_state_at: data.safe_state_at ?? null },
  };
}
