import type { JobType } from '@spectra/schemas';

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

/** The time limit of one attempt at a job of this type. */
export function timeLimit(jobType: JobType): TimeLimit {
  return limits[jobType];
}
