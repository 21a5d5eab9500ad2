import type { WorkerOffer } from '@spectra/schemas';

/** A worker for one job, and how many jobs of its queue it may have at a time. */
export type Place = { workerId: string; slots: number };

/** Workers that stand by, as far as this process heard of them. Postgres has the last word on each place. */
export type StandingWorkers = {
  offered(offer: WorkerOffer): void;
  /** It did not answer; it stands by again when it says so. */
  gone(queue: string, workerId: string): void;
  /** Jobs of this queue stand in line: whoever comes now stands behind them. */
  lineSeen(queue: string): void;
  /** Nobody stands in line. */
  lineEmpty(queue: string): void;
  /** A place for each of so many jobs; null when there is a line, or not room for all. */
  places(queue: string, jobs: number): Place[] | null;
};

/** Workers repeat their offer every five seconds; who was not heard twice is gone. */
const offerKeptMs = 12_000;

type Standing = { slots: number; heardMs: number };
type Room = Place & { room: number };

/** Opens the book. `countWith` tells how many jobs of a queue a worker has already. */
export function createStandingWorkers(options: {
  monotonicMs: () => number;
  countWith: (queue: string, workerId: string) => number;
}): StandingWorkers {
  const { monotonicMs, countWith } = options;
  const queues = new Map<string, Map<string, Standing>>();
  const queuesWithLine = new Set<string>();
  const roomsIn = (queue: string): Room[] => {
    const sinceMs = monotonicMs() - offerKeptMs;
    return [...(queues.get(queue) ?? [])]
      .filter(([, standing]) => standing.heardMs >= sinceMs)
      .map(([workerId, { slots }]) => ({ workerId, slots, room: slots - countWith(queue, workerId) }));
  };
  return {
    offered: ({ queue, worker_id: workerId, slots }) => {
      const workers = queues.get(queue) ?? new Map<string, Standing>();
      queues.set(queue, workers);
      if (slots === 0) workers.delete(workerId);
      else workers.set(workerId, { slots, heardMs: monotonicMs() });
    },
    gone: (queue, workerId) => void queues.get(queue)?.delete(workerId),
    lineSeen: (queue) => void queuesWithLine.add(queue),
    lineEmpty: (queue) => void queuesWithLine.delete(queue),
    places: (queue, jobs) => (queuesWithLine.has(queue) ? null : shareOut(roomsIn(queue), jobs)),
  };
}

/** Each job goes to the worker that has the most room, so that the load spreads. */
function shareOut(rooms: readonly Room[], jobs: number): Place[] | null {
  const places: Place[] = [];
  while (places.length < jobs) {
    const best = rooms.reduce<Room | null>((most, one) => (one.room > (most?.room ?? 0) ? one : most), null);
    if (best === null) return null;
    best.room -= 1;
    places.push({ workerId: best.workerId, slots: best.slots });
  }
  return places;
}
