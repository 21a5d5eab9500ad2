import { toolEntry, toolNames, type JobType } from '@spectra/schemas';

/** How long one attempt may take: at `softMs` it is asked to stop safely, at `hardMs` it is given up. */
export type TimeLimit = { softMs: number; hardMs: number };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const limits: Readonly<Record<JobType, TimeLimit>> = {
  ion_implant: { softMs: 2 * hourMs, hardMs: 3 * hourMs },
  rtp: { softMs: 2 * hourMs, hardMs: 3 * hourMs },
  simulation: { softMs: 30 * minuteMs, hardMs: hourMs },
  tool: { softMs: 30 * minuteMs, hardMs: hourMs },
  calibration: { softMs: 30 * minuteMs, hardMs: hourMs },
};

/** The time limit of one attempt: that of its type, or what the slowest tool of its queue may take, if that is longer. */
export function timeLimit({ jobType, queue }: { jobType: JobType; queue: string }): TimeLimit {
  const { softMs, hardMs } = limits[jobType];
  if (jobType !== 'tool') return { softMs, hardMs };
  const slowestMs = Math.max(
    0,
    ...toolNames
      .map(toolEntry)
      .filter((tool) => tool.queue === queue)
      .map((tool) => tool.timeoutS * 1000),
  );
  return slowestMs <= softMs ? { softMs, hardMs } : { softMs: slowestMs, hardMs: slowestMs + softMs };
}
