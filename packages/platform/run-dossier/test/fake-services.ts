import type { Messaging } from '@spectra/messaging';
import {
  accept,
  refuse,
  rpcSubject,
  type JobLogLine,
  type Refusal,
  type Result,
  type RunDossier,
} from '@spectra/schemas';
import { judged } from './a-dossier.ts';

/** Frames that the hub has stored, as messages of some frames each. */
export type StoredFrames = { seq: number; time_s: number[]; channels: Record<string, (number | null)[]> }[];

/** Services that answer from memory what a dossier reader asks; `away` refuses what a subject is asked for. */
export function fakeServices(has: {
  dossier: RunDossier;
  frames?: StoredFrames;
  log?: JobLogLine[];
  firstSeq?: number;
  away?: Record<string, Refusal>;
}): Pick<Messaging, 'call'> & { asked: string[] } {
  const asked: string[] = [];
  const frames = has.frames ?? [];
  const answers: Record<string, (body: Record<string, unknown>) => unknown> = {
    'rpc.jobs.get-dossier': () => has.dossier,
    'rpc.jobs.get-logs': () => ({ items: (has.log ?? []).map(logItem), total: (has.log ?? []).length }),
    'rpc.ion.run-compliance': () => judged(has.dossier),
    'rpc.ion.describe': () => ({ process: 'ion', channels }),
    'rpc.telemetry.messages': (body) => messagePage(body, frames, has.firstSeq ?? 1),
  };
  const call = async (
    service: string,
    contract: { verb: string },
    request: { body: Record<string, unknown> },
  ): Promise<Result<unknown>> => {
    const subject = rpcSubject(service, contract.verb);
    asked.push(subject);
    const refusal = has.away?.[subject];
    if (refusal !== undefined) return { ok: false, refusal };
    const answer = answers[subject];
    return answer === undefined ? refuse('not_found', subject) : accept(answer(request.body));
  };
  // The readers only ever call; what comes back has the shape that each contract states.
  return { call: call as unknown as Messaging['call'], asked };
}

const channels = [
  { id: 'beam_current_ma', name: 'Beam current', unit: 'mA', precision: 3, period_s: 0.1 },
  { id: 'tilt_deg', name: 'Tilt', unit: '°', precision: 2, period_s: 0.1 },
];

function logItem(line: JobLogLine, index: number) {
  return { ...line, attempt: 1, line: index + 1 };
}

/** Two messages to a page, so that every test turns pages. */
function messagePage(body: Record<string, unknown>, frames: StoredFrames, firstSeq: number) {
  if (body['only'] === 'alerts') return { messages: [], first_seq: 1, last_seq: 99, next_seq: null };
  if (body['only'] === 'others') {
    const end = { type: 'completed', seq: 99, timestamp: '2026-01-01T00:01:00.000Z', data: { metrics: {} } };
    return { messages: [end], first_seq: firstSeq, last_seq: 99, next_seq: null };
  }
  const rest = frames.filter((frame) => frame.seq >= Number(body['from_seq']));
  const messages = rest.slice(0, 2).map(({ seq, ...frame }) => ({
    type: 'telemetry',
    seq,
    timestamp: '2026-01-01T00:00:30.000Z',
    data: { wafer_index: 0, ...frame },
  }));
  return { messages, first_seq: firstSeq, last_seq: 99, next_seq: rest[2]?.seq ?? null };
}
