import { pause, seen } from '../until.ts';
import { failedCalls } from './experiment.ts';
import type { Experiment } from './experiment.ts';

const drainsWithinMs = 10_000;

/** The stream server goes and comes back under load, asked politely or killed. */
export const natsRestarted: Experiment = {
  id: 'F5',
  title: 'NATS restart (SIGTERM, kill -9)',
  load: { spreadMs: 4_000 },
  async strike({ platform, draw, load, note, failedSince }) {
    await pause(draw.between(100, 2_500));
    const signal = draw.oneOf(['SIGTERM', 'SIGKILL'] as const);
    await platform.stopNats(signal);
    note(signal);
    const stoppedMs = Date.now();
    load.askNow();
    await seen(() => failedSince(stoppedMs) > 0, 10_000);
    await pause(draw.between(0, 3_000));
    const waiting = await platform.sql<{ waiting: number }>(
      'select count(*)::float8 waiting from orchestrator.outbox where published_at is null',
    );
    note('messages waiting while it was away', waiting[0]?.waiting ?? 0);
    await platform.startNats();
  },
  proof: (evidence) => ({ 'calls without success': failedCalls(evidence) }),
  breaches: ({ outbox }) =>
    outbox.emptyAfterMs === null || outbox.emptyAfterMs > drainsWithinMs
      ? [`the outbox drained only after ${outbox.emptyAfterMs ?? '∞'} ms`]
      : [],
};
