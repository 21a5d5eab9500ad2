/** A job that stands in its queue and may start now. */
export type WaitingJob = {
  jobId: string;
  orgId: string;
  queue: string;
  priority: number;
  enqueuedAtMs: number;
  /** Order of creation; settles equal times. */
  sequence: number;
  /** Tools that may take it, best first; empty when it needs none. */
  equipmentIds: readonly string[];
};

/** A job that a worker runs, or that was handed to the workers and not yet claimed. */
export type ActiveJob = { orgId: string; queue: string; equipmentId: string | null };

/** How many jobs may be active at once. */
export type DispatchLimits = {
  perQueue: Readonly<Record<string, number>>;
  /** For a queue that `perQueue` does not name. */
  otherQueue: number;
  perOrganisation: number;
  /** A job waiting this long counts as one priority higher. */
  ageingStepMs: number;
};

export type DispatchSnapshot = {
  waiting: readonly WaitingJob[];
  active: readonly ActiveJob[];
  limits: DispatchLimits;
  nowMs: number;
};

/** A job to hand to the workers, and the tool reserved for it. */
export type JobPick = { jobId: string; equipmentId: string | null };

const priorityMax = 10;

/**
 * Picks the jobs to start, in order. Within an organisation: priority, then first in first out, where
 * waiting lifts a job steadily so that none starves. Between organisations: the higher effective priority,
 * then who runs less, then who waits longer. One job per tool; the limits are never passed.
 */
export function pickJobs(snapshot: DispatchSnapshot): JobPick[] {
  const board = openBoard(snapshot);
  const picks: JobPick[] = [];
  for (;;) {
    const heads = startableHeads(board);
    const best = bestHead(heads, board);
    if (best === null) return picks;
    start(board, best);
    picks.push({ jobId: best.job.jobId, equipmentId: best.equipmentId });
  }
}

/**
 * Where a job stands within its organisation's line: smaller goes first. It never changes while the job
 * waits, so that a database can keep the line as an index: a newcomer of higher priority passes only those
 * who have not yet waited the difference.
 */
export function queueRankMs(job: { enqueuedAtMs: number; priority: number }, ageingStepMs: number): number {
  return job.enqueuedAtMs - job.priority * ageingStepMs;
}

/** What runs the picks may still use, brought up to date with each pick. */
type Board = {
  snapshot: DispatchSnapshot;
  /** Waiting jobs of one queue and organisation, in their order. */
  lines: { queue: string; orgId: string; jobs: WaitingJob[] }[];
  activePerQueue: Map<string, number>;
  activePerOrganisation: Map<string, number>;
  /** Active jobs of an organisation in one queue. */
  activePerLine: Map<string, number>;
  busyTools: Set<string>;
};

type Head = { job: WaitingJob; equipmentId: string | null; line: Board['lines'][number]; index: number };

function openBoard(snapshot: DispatchSnapshot): Board {
  const board: Board = {
    snapshot,
    lines: linesOf(snapshot),
    activePerQueue: new Map(),
    activePerOrganisation: new Map(),
    activePerLine: new Map(),
    busyTools: new Set(),
  };
  for (const job of snapshot.active) countActive(board, job);
  return board;
}

function linesOf(snapshot: DispatchSnapshot): Board['lines'] {
  const lines = new Map<string, Board['lines'][number]>();
  for (const job of snapshot.waiting) {
    const key = lineKey(job);
    const line = lines.get(key) ?? { queue: job.queue, orgId: job.orgId, jobs: [] };
    line.jobs.push(job);
    lines.set(key, line);
  }
  const step = snapshot.limits.ageingStepMs;
  for (const line of lines.values()) {
    line.jobs.sort((a, b) => queueRankMs(a, step) - queueRankMs(b, step) || a.sequence - b.sequence);
  }
  return [...lines.values()];
}

/** The first job of each line that queue, organisation and tools let start now. */
function startableHeads(board: Board): Head[] {
  return board.lines.map((line) => headOf(line, board)).filter((head) => head !== null);
}

function headOf(line: Board['lines'][number], board: Board): Head | null {
  const { limits } = board.snapshot;
  const queueLimit = limits.perQueue[line.queue] ?? limits.otherQueue;
  if (countOf(board.activePerQueue, line.queue) >= queueLimit) return null;
  if (countOf(board.activePerOrganisation, line.orgId) >= limits.perOrganisation) return null;
  for (const [index, job] of line.jobs.entries()) {
    if (job.equipmentIds.length === 0) return { job, equipmentId: null, line, index };
    const free = job.equipmentIds.find((tool) => !board.busyTools.has(toolKey(job.orgId, tool)));
    if (free !== undefined) return { job, equipmentId: free, line, index };
  }
  return null;
}

function bestHead(heads: readonly Head[], board: Board): Head | null {
  const leastActive = new Map<string, number>();
  for (const { job } of heads) {
    const active = countOf(board.activePerLine, lineKey(job));
    leastActive.set(job.queue, Math.min(active, leastActive.get(job.queue) ?? active));
  }
  const step = board.snapshot.limits.ageingStepMs;
  const rated = heads.map((head) => {
    const active = countOf(board.activePerLine, lineKey(head.job));
    const served = active > countOf(leastActive, head.job.queue);
    return { head, active, level: effectivePriority(head.job, board.snapshot, served) };
  });
  rated.sort(
    (a, b) =>
      b.level - a.level ||
      a.active - b.active ||
      queueRankMs(a.head.job, step) - queueRankMs(b.head.job, step) ||
      a.head.job.sequence - b.head.job.sequence,
  );
  return rated[0]?.head ?? null;
}

/**
 * Waiting lifts a job by one priority per ageing step, up to the highest. It does not count for an
 * organisation that already runs more than another that waits: the tail of a long queue behind its own
 * jobs must not pass a newcomer.
 */
function effectivePriority(job: WaitingJob, snapshot: DispatchSnapshot, served: boolean): number {
  if (served) return job.priority;
  const waitedMs = Math.max(0, snapshot.nowMs - job.enqueuedAtMs);
  return Math.min(priorityMax, job.priority + Math.floor(waitedMs / snapshot.limits.ageingStepMs));
}

function start(board: Board, head: Head): void {
  head.line.jobs.splice(head.index, 1);
  countActive(board, { ...head.job, equipmentId: head.equipmentId });
}

function countActive(board: Board, job: ActiveJob): void {
  raise(board.activePerQueue, job.queue);
  raise(board.activePerOrganisation, job.orgId);
  raise(board.activePerLine, lineKey(job));
  if (job.equipmentId !== null) board.busyTools.add(toolKey(job.orgId, job.equipmentId));
}

function raise(counts: Map<string, number>, key: string): void {
  counts.set(key, countOf(counts, key) + 1);
}

function countOf(counts: ReadonlyMap<string, number>, key: string): number {
  return counts.get(key) ?? 0;
}

/** Names of tools are an organisation's own; two organisations may use the same name for two tools. */
function toolKey(orgId: string, equipmentId: string): string {
  return `${orgId}/${equipmentId}`;
}

function lineKey(job: { queue: string; orgId: string }): string {
  return `${job.queue}/${job.orgId}`;
}
