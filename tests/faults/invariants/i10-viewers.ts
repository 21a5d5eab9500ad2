import type { ViewerRecord } from '../load/viewers.ts';
import type { Invariant } from './invariant.ts';

/** What a viewer got grows strictly; where numbers are missing, a `gap` or a `reset` told so. */
export const viewerSequences: Invariant = {
  id: 'I10',
  promise: "each viewer's sequence strictly grows, holes only where told",
  check: ({ viewers }) => viewers.flatMap(breachesOf),
};

function breachesOf({ runId, messages }: ViewerRecord): string[] {
  const breaches: string[] = [];
  let last = 0;
  for (const message of messages) {
    if (message.type === 'connected') {
      if (message.reset) last = 0;
      continue;
    }
    if (message.type === 'gap') {
      if (message.toSeq !== null) last = Math.max(last, message.toSeq);
      continue;
    }
    // Told again once a second while nothing happens; it takes no number of its own.
    if (message.type === 'progress' && message.seq === last) continue;
    if (message.seq <= last) breaches.push(`a viewer of ${runId} got seq ${message.seq} after ${last}`);
    else if (message.seq > last + 1)
      breaches.push(`a viewer of ${runId} missed ${last + 1}…${message.seq - 1} untold`);
    last = Math.max(last, message.seq);
  }
  return breaches.slice(0, 3);
}
