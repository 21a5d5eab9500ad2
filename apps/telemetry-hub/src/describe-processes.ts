import type { Messaging } from '@spectra/messaging';
import { processRpc, type Channel } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';

const freshMs = 60_000;
const askLimitMs = 1_000;

/**
 * Tells the channels of a process as its service describes them, asked at most once a minute. While the service is
 * away the last answer counts, and none before the first: a viewer must not wait for it.
 */
export function describeProcesses(
  messaging: Pick<Messaging, 'call'>,
  clock: Clock,
): (process: string) => Promise<readonly Channel[]> {
  const known = new Map<string, { channels: readonly Channel[]; askedAtMs: number }>();
  return async (process) => {
    const before = known.get(process);
    const nowMs = clock.monotonicMs();
    if (before !== undefined && nowMs - before.askedAtMs < freshMs) return before.channels;
    const answer = await messaging.call(process, processRpc.describe, { body: {}, timeoutMs: askLimitMs });
    if (!answer.ok) return before?.channels ?? [];
    known.set(process, { channels: answer.value.channels, askedAtMs: nowMs });
    return answer.value.channels;
  };
}
