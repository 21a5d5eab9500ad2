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
const playedThroughMax = 1_000;

/**
 * Plays the queue through: each job ahead takes the slot that becomes free first and keeps it for the
 * typical time. Once the slots become free within one typical time, they go on in turns, and the rest is
 * counted. An estimate for people; the dispatcher never reads it.
 */
export function estimateStart(outlook: QueueOutlook): StartEstimate {
  const slots = Math.max(1, outlook.slots);
  const freeAtS = outlook.remainingS
    .map((seconds) => Math.max(0, seconds))
    .sort((a, b) => a - b)
    .slice(-slots);
  while (freeAtS.length < slots) freeAtS.unshift(0);
  const { ahead, typicalS } = outlook;
  let played = 0;
  while (played < Math.min(ahead, playedThroughMax) && !goInTurns(freeAtS, typicalS)) {
    const earliest = freeAtS.shift() ?? 0;
    insertSorted(freeAtS, earliest + typicalS);
    played += 1;
  }
  const left = ahead - played;
  const startsInS = (freeAtS[left % slots] ?? 0) + Math.floor(left / slots) * typicalS;
  return { positionInQueue: ahead + 1, startsInS };
}

/** True when whoever takes the first slot gives it back after all the others. */
function goInTurns(freeAtS: readonly number[], typicalS: number): boolean {
  return (freeAtS.at(-1) ?? 0) - (freeAtS[0] ?? 0) <= typicalS;
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
