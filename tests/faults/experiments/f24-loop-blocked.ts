import { leaseTtlMs } from '../platform/environments.ts';
import { pause, until } from '../until.ts';
import type { Experiment } from './experiment.ts';
import { linesSince, toolsInTheMiddle } from './tools-at-work.ts';

/** A worker stands still, or runs out of memory, while its tools have energy: they save themselves, others do not notice. */
export const loopBlocked: Experiment = {
  id: 'F24',
  title: 'event loop blocked, out of memory in a worker',
  load: { spreadMs: 2_000, paced: { runs: 14, timeScale: 3, anneals: 0.4 } },
  async strike({ platform, draw, note, silence }) {
    const name = draw.oneOf(['ion-service', 'rtp-service'] as const);
    const tools = await toolsInTheMiddle(platform, name, draw.between(0, 1_000));
    note('tools with energy at the fault', tools.length);
    if (draw.happens(0.3)) {
      platform.service(name).order({ exhaustMemory: true });
      await until('the process has ended', () => !platform.service(name).isRunning, 60_000);
      const endSilence = silence(name);
      note('out of memory');
      await pause(draw.between(3_200, leaseTtlMs + 2_000));
      endSilence();
      await platform.service(name).start();
      return;
    }
    const blockMs = draw.between(2_400, leaseTtlMs + 2_000);
    platform.service(name).order({ blockMs });
    note('blocked');
    await pause(blockMs + 500);
    await platform.service(name).ready(20_000);
  },
  proof: ({ notes, journals, startedMs }) => ({
    'tools with energy at the fault': notes['tools with energy at the fault'] ?? 0,
    'watchdog trips': linesSince(journals, 'watchdog_trip', startedMs).length,
  }),
  breaches: ({ attempts, startedMs, journals }) => {
    const tripped = new Set(linesSince(journals, 'watchdog_trip', startedMs).map((line) => line.run_id));
    const processes = new Set(
      attempts
        .filter((one) => one.startedMs >= startedMs && /worker_lost|tripped|lease_lost/.test(one.error ?? ''))
        .map((one) => one.workerId.split('-')[0]),
    );
    return processes.size > 1 ? [`more than one service was hurt (${tripped.size} runs)`] : [];
  },
};
