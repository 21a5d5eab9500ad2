/** What is known of a queue when a job enters it. */
export type QueueOutlook = {
  /** Jobs of the same organisation that stand before this one. */
  ahead: number;
  /** How many runs this job's queue and tools can take at once. */
  slots: number;
  /** Time left of each run that occupies such a slot now, in seconds; unknown ones as typical. */
  remainingS: readonly number[];
  /** How long one of the jobs ahead occupies its slot, in seconds. */
  typicalS: number;
};

/** Place in line (1 is next) and how long until the start, in seconds. */
export type StartEstimate = { positionInQueue: number; startsInS: number };

/** A job that looks for its place, as the estimate needs it. */
type EstimateQuery = {
  orgId: string;
  queue: string;
  equipmentIds: readonly string[];
  expectedS: number;
  ahead: number;
};

/** Answers place in line and time to the start. */
export type EstimateOf = (query: EstimateQuery) => StartEstimate;

/** Past this many jobs ahead, the wait is scaled up rather than played through. */
const playedThroughMax = 10_000;

/**
 * Plays the queue through: each job ahead takes the slot that becomes free first and keeps it for the
 * typical time. An estimate for people; the dispatcher never reads it.
 */
export function estimateStart(outlook: QueueOutlook): StartEstimate {
  const slots = Math.max(1, outlook.slots);
  const freeAtS = outlook.remainingS
    .map((seconds) => Math.max(0, seconds))
    .sort((a, b) => a - b)
    .slice(-slots);
  while (freeAtS.length < slots) freeAtS.unshift(0);
  const played = Math.min(outlook.ahead, playedThroughMax);
  for (let job = 0; job < played; job += 1) {
    const earliest = freeAtS.shift() ?? 0;
    insertSorted(freeAtS, earliest + outlook.typicalS);
  }
  const beyondS = ((outlook.ahead - played) / slots) * outlook.typicalS;
  return { positionInQueue: outlook.ahead + 1, startsInS: (freeAtS[0] ?? 0) + beyondS };
}

/** Seconds that a run keeps its tool in real time. `timeScale` 0 is unpaced, as fast as the machine computes. */
export function realDurationS(toolTimeS: number, timeScale: number): number {
  const unpacedScale = 1000;
  return toolTimeS / (timeScale === 0 ? unpacedScale : timeScale);
}

function insertSorted(sorted: number[], value: number): void {
  const place = sorted.findIndex((other) => other > value);
  sorted.splice(place === -1 ? sorted.length : place, 0, value);
}
