import {
  alertSchema,
  jobsRpc,
  telemetryRpc,
  type Alert,
  type JobLogLine,
  type Refusal,
} from '@spectra/schemas';
import type { z } from 'zod';
import { askAs, type DossierReader } from './dossier-reader.ts';
import type { FrameBlock } from './telemetry-text.ts';

/** A part of a run's records could not be read to its end. */
export class UnreadRecords extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`${refusal.code}: ${refusal.detail}`);
    this.refusal = refusal;
  }
}

const logLinesPerPage = 1000;

type MessagePage = z.output<typeof telemetryRpc.messages.reply>;
type WantedMessages = { runId: string; only: z.output<typeof telemetryRpc.messages.request>['only'] };

/** The frames of a run as they were stored, message by message. Throws when they cannot be read to the end. */
export async function* framesOf(reader: DossierReader, runId: string): AsyncGenerator<FrameBlock> {
  for await (const { data } of messagesOf(reader, { runId, only: 'telemetry' })) {
    // The hub stores only what its contract accepted.
    yield data as unknown as FrameBlock;
  }
}

/** What was raised, acknowledged and cleared in a run, in that order. Alerts before a retention's end are gone. */
export async function* alertsOf(reader: DossierReader, runId: string): AsyncGenerator<Alert> {
  for await (const { data } of messagesOf(reader, { runId, only: 'alerts' })) {
    yield alertSchema.parse(data);
  }
}

/** Everything of the run's stream but its frames: progress, pictures, alerts, its end. */
export async function* eventsOf(reader: DossierReader, runId: string): AsyncGenerator<object> {
  yield* messagesOf(reader, { runId, only: 'others' });
}

async function* messagesOf(
  reader: DossierReader,
  wanted: WantedMessages,
): AsyncGenerator<MessagePage['messages'][number]> {
  let fromSeq: number | null = 1;
  let firstStored = 1;
  while (fromSeq !== null) {
    const page: MessagePage = await messagePage(reader, wanted, fromSeq);
    if (fromSeq === 1) firstStored = page.first_seq;
    yield* page.messages;
    fromSeq = page.next_seq;
  }
  if (firstStored > 1) {
    const detail = `messages before number ${firstStored} were removed after their time`;
    throw new UnreadRecords({ code: 'not_found', detail });
  }
}

async function messagePage(
  reader: DossierReader,
  wanted: WantedMessages,
  fromSeq: number,
): Promise<MessagePage> {
  const page = await askAs(reader, 'telemetry', {
    contract: telemetryRpc.messages,
    body: { run_id: wanted.runId, from_seq: fromSeq, only: wanted.only },
  });
  if (!page.ok) throw new UnreadRecords(page.refusal);
  return page.value;
}

/** The lines of a run's log over all its attempts. */
export async function* logLinesOf(reader: DossierReader, jobId: string): AsyncGenerator<JobLogLine> {
  for (let offset = 0; ; offset += logLinesPerPage) {
    const page = await askAs(reader, 'jobs', {
      contract: jobsRpc.getLogs,
      body: { job_id: jobId, limit: logLinesPerPage, offset },
    });
    if (!page.ok) throw new UnreadRecords(page.refusal);
    yield* page.value.items;
    if (page.value.items.length < logLinesPerPage) return;
  }
}
