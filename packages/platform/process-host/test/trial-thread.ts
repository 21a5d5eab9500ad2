import { threadId } from 'node:worker_threads';
import { serveToolThread } from '../src/index.ts';

serveToolThread({
  double: (value: number) => value * 2,
  'thread-id': () => threadId,
  'out-of-range': () => {
    throw new RangeError('dose is -1; it must be from 0 to 1');
  },
  'for-ever': () => {
    for (;;) Math.sqrt(2);
  },
  die: () => process.exit(3),
});
