import { alertSchema, parseRunSubject, runEventSchema, telemetryMessageSchema } from '@spectra/schemas';
import type { RunMessage } from '../stream/run-stream.ts';
import type { RunPayload } from '../stream/stream-body.ts';

/** A message as the stream server delivers it. */
export type DeliveredMessage = {
  subject: string;
  /** The publisher's `Nats-Msg-Id`; empty or absent when it gave none. */
  messageId: string | undefined;
  storedAt: string;
  data: Uint8Array;
};

const orgIdForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const idLengthMax = 200;

/** Checks a delivered message once; a text instead says why it can have no place in any stream. */
export function parseRunMessage(delivered: DeliveredMessage): RunMessage | { fault: string } {
  const address = parseRunSubject(delivered.subject);
  if (address === null || !orgIdForm.test(address.orgId)) return { fault: 'the subject is not of a run' };
  const { kind, ...run } = address;
  const body = parseJson(delivered.data);
  if (body === undefined) return { fault: 'the message is not JSON' };
  const payload = parsePayload(kind, body);
  if ('fault' in payload) return payload;
  const told = runIdOf(payload);
  if (told !== run.runId) return { fault: `the message speaks of another run (${told}) than its subject` };
  const messageId = delivered.messageId || ownIdOf(payload);
  if (!isStorable(messageId) || !isStorable(run.runId)) return { fault: 'an id is too long or not text' };
  return { ...run, messageId, storedAt: delivered.storedAt, payload };
}

/** The organisation that a subject speaks of; null when it names none, as no credentials of ours allow. */
export function orgOf(subject: string): string | null {
  const orgId = subject.split('.')[1] ?? '';
  return orgIdForm.test(orgId) ? orgId : null;
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

function parsePayload(kind: RunPayload['kind'], body: unknown): RunPayload | { fault: string } {
  switch (kind) {
    case 'event': {
      const event = runEventSchema.safeParse(body);
      if (!event.success) return { fault: event.error.message };
      return isTime(event.data.time) ? { kind, event: event.data } : { fault: 'time is not a time' };
    }
    case 'telemetry': {
      const message = telemetryMessageSchema.safeParse(body);
      return message.success ? { kind, message: message.data } : { fault: message.error.message };
    }
    case 'alert': {
      const alert = alertSchema.safeParse(body);
      if (!alert.success) return { fault: alert.error.message };
      const { alarm_id, equipment_id, parameter, source = alarm_id } = alert.data;
      if (!isStorable(alarm_id)) return { fault: 'alarm_id is too long or not text' };
      if (![`${equipment_id} `, parameter, source].every(isStorable)) {
        return { fault: 'equipment_id, parameter or source is too long or not text' };
      }
      return isTime(alert.data.at) ? { kind, alert: alert.data } : { fault: 'at is not a time' };
    }
  }
}

function runIdOf(payload: RunPayload): string {
  switch (payload.kind) {
    case 'event':
      return payload.event.data.run_id;
    case 'telemetry':
      return payload.message.run_id;
    case 'alert':
      return payload.alert.run_id;
  }
}

/** What makes a message the same message when its publisher named no id. */
function ownIdOf(payload: RunPayload): string {
  switch (payload.kind) {
    case 'event':
      return payload.event.id;
    case 'telemetry': {
      const { kind, attempt, batch } = payload.message;
      return `${kind}:${attempt}:${batch}`;
    }
    case 'alert': {
      const { alarm_id, state, at } = payload.alert;
      return `alert:${alarm_id}:${state}:${at}`;
    }
  }
}

/** Postgres takes times of a full ISO form; a bare year or a word would stop the whole batch. */
function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) && Number.isFinite(Date.parse(text));
}

function isStorable(id: string): boolean {
  return id.length > 0 && id.length <= idLengthMax && !id.includes('\u0000');
}
