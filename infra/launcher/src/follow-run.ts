import { z } from 'zod';
import type { ApiClient } from './api-client.ts';
import { readEvents } from './read-events.ts';

const messageShape = z.object({ type: z.string(), seq: z.int().nullish(), data: z.unknown() });
const progressShape = z.object({ progress: z.number(), current_step: z.string(), status: z.string() });
const ends = ['completed', 'error', 'cancelled'] as const;
const attemptsMax = 20;
const reopenAfterMs = 500;

/** How a followed run ended; a held one waits for a person. */
export type RunEnd = (typeof ends)[number] | 'held';

type Tell = (progress: { progress: number; step: string }) => void;
type Place = { lastSeq: number };

/** Follows a run's event stream until the run ends, telling each progress. A broken stream goes on where it broke. */
export async function followRun(client: ApiClient, eventsPath: string, tell: Tell): Promise<RunEnd> {
  const place: Place = { lastSeq: 0 };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const end = await readUntilEnd(client, { eventsPath, place, tell });
      if (end !== undefined) return end;
    } catch (error) {
      if (attempt === attemptsMax) throw error;
    }
    if (attempt === attemptsMax) throw new Error(`${eventsPath} broke ${attempt} times`);
    await new Promise((resolve) => setTimeout(resolve, reopenAfterMs));
  }
}

/** Reads one connection; undefined when it closed before the run ended. */
async function readUntilEnd(
  client: ApiClient,
  { eventsPath, place, tell }: { eventsPath: string; place: Place; tell: Tell },
): Promise<RunEnd | undefined> {
  const resume = place.lastSeq === 0 ? {} : { 'last-event-id': String(place.lastSeq) };
  const answer = await client.fetch(eventsPath, resume);
  if (answer.body === null) throw new Error('the event stream has no body');
  for await (const text of readEvents(answer.body)) {
    const message = messageShape.parse(JSON.parse(text));
    place.lastSeq = Math.max(place.lastSeq, message.seq ?? 0);
    const end = ends.find((type) => type === message.type);
    if (end !== undefined) return end;
    // Only what tells progress has these fields: `progress` and the first snapshot.
    const progress = progressShape.safeParse(message.data);
    if (!progress.success) continue;
    tell({ progress: progress.data.progress, step: progress.data.current_step });
    if (progress.data.status === 'held') return 'held';
  }
  return undefined;
}
