import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Database } from '@spectra/database';
import { connectMessaging, type Messaging } from '@spectra/messaging';
import {
  jobsRpc,
  runEventSchema,
  type AttemptOutcome,
  type Caller,
  type Checkpoint,
  type PreparedRun,
  type Result,
  type RpcContract,
  type RunEvent,
  type RunEventType,
  type RunOptions,
  type TakenJob,
} from '@spectra/schemas';
import { createMetrics, systemClock } from '@spectra/service-kit';
import { ownNats, silentLogger, testDatabase, type OwnNats, type TestDatabase } from '@spectra/testkit';
import { sql, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import { createOrchestrator } from '../src/app.ts';
import type { OrchestratorSettings } from '../src/settings.ts';

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));

/** Short waits, so that a test that needs a retry or a net below the wake-ups gets it at once. */
const quick: OrchestratorSettings = {
  retry: { baseMs: 1, capMs: 1 },
  maxRetries: 3,
  leaseTtlMs: 60_000,
  pollMs: 50,
  outboxKeptMs: 3_600_000,
  idempotencyKeptMs: 3_600_000,
  limits: {
    perQueue: { ion: 500, rtp: 500, 'ion-tools': 500 },
    otherQueue: 2,
    perOrganisation: 500,
    ageingStepMs: 60_000,
  },
};

/** A message as the stream saw it. */
type Seen = { subject: string; messageId: string; text: string };

/** Real servers, one for each test file; `begin` starts an orchestrator on them as often as a test likes. */
export async function startServers() {
  const [database, nats] = await Promise.all([
    testDatabase([{ schema: 'orchestrator', migrationsFolder }]),
    ownNats(),
  ]);
  return {
    database,
    nats,
    close: async () => {
      await Promise.all([database.close(), nats.close()]);
    },
  };
}

/** One orchestrator, the client that asks it, and everything it published. */
export type Running = Awaited<ReturnType<typeof begin>>;

/** Starts an orchestrator; `change` alters its settings, `database` may be a door with faults built in. */
export async function begin(
  servers: { database: TestDatabase<'orchestrator'>; nats: OwnNats },
  options: { change?: Partial<OrchestratorSettings>; database?: Database; inGrace?: boolean } = {},
) {
  const logger = silentLogger();
  const door = options.database ?? servers.database.open('orchestrator');
  const serverSide = await connectMessaging({ url: servers.nats.url, name: 'orchestrator', logger });
  const client = await connectMessaging({ url: servers.nats.url, name: 'client', logger });
  await serverSide.ensureStreams();
  const watch = watchSubjects(client, ['fab.>', 'jobs.>']);
  // What the orchestrator publishes at its very start is seen too.
  await client.connection.flush();
  // The orchestrator gives silent workers one lease of grace after its start; these tests begin after it.
  let goneMs = 0;
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + goneMs };
  const registry = createMetrics();
  const orchestrator = createOrchestrator(
    {
      database: door,
      messaging: serverSide,
      clock,
      logger,
      chance: Math.random,
      newId: () => randomUUID(),
      settings: { ...quick, ...options.change },
      dropFile: async () => {},
    },
    registry,
  );
  for (const part of orchestrator.parts) await part.start();
  // The server has taken the subscriptions of both sides once it answers.
  await Promise.all([serverSide.connection.flush(), client.connection.flush()]);
  if (options.inGrace !== true) goneMs = quick.leaseTtlMs;
  let stopped = false;
  const asking = requests(client);
  return {
    client,
    ...watch,
    ...asking,
    ...workers(watch, asking),
    health: orchestrator.health,
    registry,
    /** Looks at, or changes, what is stored, across organisations. */
    rows: async <Row extends Record<string, unknown>>(query: SQL): Promise<Row[]> => {
      const result = await door.withSystem((tx) => tx.execute<Row>(query));
      return result.rows as Row[];
    },
    stop: async () => {
      if (stopped) return;
      stopped = true;
      for (const part of orchestrator.parts.toReversed()) await part.stop();
      await expectTrueCounts(door);
      await Promise.all([serverSide.close(), client.close()]);
    },
  };
}

/** Whatever a test did: the kept numbers of jobs are those that are there. */
async function expectTrueCounts(door: Database): Promise<void> {
  const wrong = await door.withSystem((tx) =>
    tx.execute(sql`
      select * from (
        select org_id, job_type, process, status, sum(jobs)::int as kept from job_counts group by 1, 2, 3, 4) k
      full join (
        select org_id, job_type, coalesce(process, '') as process, status, count(*)::int as there
        from jobs group by 1, 2, 3, 4) t using (org_id, job_type, process, status)
      where coalesce(kept, 0) <> coalesce(there, 0)`),
  );
  if (wrong.rows.length > 0) throw new Error(`wrong counts of jobs: ${JSON.stringify(wrong.rows)}`);
}

export function person(orgId: string = randomUUID(), userId = 'user-1'): Caller {
  return { orgId, userId, role: 'engineer' };
}

export function preparedRun(equipmentIds: readonly string[] = ['IMP-1']): PreparedRun {
  return {
    recipe: { species: 'P', energy_kev: 40 },
    recipe_hash: 'hash',
    equipment_ids: [...equipmentIds],
    sop_id: randomUUID(),
    recipe_id: null,
    recipe_version: null,
    calibration_ids: [],
    warnings: [],
    estimated_tool_time_s: 600,
    default_time_scale: 100,
  };
}

export const outcome: Extract<AttemptOutcome, { kind: 'completed' }>['outcome'] = {
  metrics: { dose_error_pct: 0.1 },
  vm_prediction: { junction_depth_um: 0.2 },
  spc_alerts_count: 0,
  spc: [],
  advice: [],
  wafers: [],
};

export function completed(artifacts: AttemptOutcome['artifacts'] = []): AttemptOutcome {
  return { kind: 'completed', outcome, artifacts };
}

export function failed(transient: boolean): AttemptOutcome {
  return {
    kind: 'failed',
    error: { code: 'tool_gone', message: 'the tool hung up', transient },
    artifacts: [],
  };
}

function watchSubjects(client: Messaging, subjects: readonly string[]) {
  const seen: Seen[] = [];
  const waiting = new Set<() => void>();
  for (const subject of subjects) {
    client.connection.subscribe(subject, {
      callback: (_error, message) => {
        const messageId = message.headers?.get('Nats-Msg-Id') ?? '';
        seen.push({ subject: message.subject, messageId, text: message.string() });
        for (const look of waiting) look();
      },
    });
  }
  /** Settles with the first answer that `find` gives on what was seen so far. */
  const until = <Found>(find: (all: readonly Seen[]) => Found | undefined): Promise<Found> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = find(seen);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const eventsOf = (runId: string): RunEvent[] =>
    seen
      .filter((one) => one.subject.includes(`.${runId}.event`))
      .map((one) => runEventSchema.parse(JSON.parse(one.text)));
  return {
    seen,
    until,
    /** Something that `until` looks for came another way. */
    lookAgain: (): void => {
      for (const look of waiting) look();
    },
    eventsOf,
    /** Settles with the nth event of this type of this run. */
    event: (runId: string, type: RunEventType, nth = 1): Promise<RunEvent> =>
      until(() => eventsOf(runId).filter((event) => event.type === type)[nth - 1]),
  };
}

function requests(client: Messaging) {
  const call = <Body extends z.ZodType, Reply extends z.ZodType>(
    contract: RpcContract<Body, Reply>,
    body: z.input<Body>,
    caller?: Caller,
  ): Promise<Result<z.output<Reply>>> => client.call('jobs', contract, { body, caller });
  const asked = async <Body extends z.ZodType, Reply extends z.ZodType>(
    contract: RpcContract<Body, Reply>,
    body: z.input<Body>,
    caller?: Caller,
  ): Promise<z.output<Reply>> => {
    const answer = await call(contract, body, caller);
    if (!answer.ok) throw new Error(`${contract.verb}: ${answer.refusal.code}: ${answer.refusal.detail}`);
    return answer.value;
  };
  return {
    /** Asks and hands back the refusal too. */
    call,
    /** Asks and expects an answer. */
    asked,
    create: (
      caller: Caller,
      change: { process?: 'ion' | 'rtp'; equipment?: readonly string[]; options?: Partial<RunOptions> } = {},
    ) =>
      asked(
        jobsRpc.createRun,
        {
          process: change.process ?? 'ion',
          job_type: change.process === 'rtp' ? 'rtp' : 'ion_implant',
          prepared: preparedRun(change.equipment),
          options: { priority: 0, ...change.options },
        },
        caller,
      ),
    /** Asks for jobs of a queue as a worker does. */
    take: async (queue: string, change: { workerId?: string; slots?: number; inHand?: string[] } = {}) => {
      const { workerId = 'worker-1', slots = 50, inHand } = change;
      const body = {
        queue,
        worker_id: workerId,
        slots,
        ...(inHand === undefined ? {} : { in_hand: inHand }),
      };
      return (await asked(jobsRpc.take, body)).jobs;
    },
    heartbeat: (
      jobId: string,
      attempt: number,
      change: { progress?: number; checkpoint?: Checkpoint; logs?: string[] } = {},
    ) =>
      asked(jobsRpc.heartbeat, {
        job_id: jobId,
        attempt,
        progress: change.progress ?? 20,
        current_step: 'Implanting wafer 1/1',
        eta_s: 5,
        ...(change.checkpoint === undefined ? {} : { checkpoint: change.checkpoint }),
        logs: (change.logs ?? []).map((message) => ({
          at: '2026-01-22T10:00:00.000Z',
          level: 'info' as const,
          message,
        })),
      }),
    finish: (jobId: string, attempt: number, ending: AttemptOutcome) =>
      asked(jobsRpc.finish, { job_id: jobId, attempt, current_step: 'Done', outcome: ending, logs: [] }),
  };
}

/** Workers that take whatever may start as soon as a test asks for one of the grants, and remember all of them. */
function workers(watch: ReturnType<typeof watchSubjects>, asking: ReturnType<typeof requests>) {
  const grants: TakenJob[] = [];
  const granted = async (
    jobId: string,
    attempt: number,
    workerId: string,
    queues = ['ion', 'rtp', 'ion-tools'],
  ): Promise<TakenJob> => {
    for (;;) {
      const heard = watch.seen.length;
      for (const queue of queues) {
        const answer = await asking.call(jobsRpc.take, { queue, worker_id: workerId, slots: 50 });
        // Refused while the orchestrator is on its way back: it tells that jobs are ready when it is there.
        if (answer.ok) grants.push(...answer.value.jobs);
      }
      watch.lookAgain();
      const find = () => grants.find(({ spec, attempt: n }) => spec.job_id === jobId && n >= attempt);
      const found = await watch.until(
        (all) => find() ?? all.slice(heard).find((one) => one.subject.startsWith('jobs.ready.')),
      );
      if ('spec' in found) return found;
    }
  };
  return {
    /** Settles when an attempt at this job, not below `attempt`, is given to a worker. */
    granted: async (jobId: string, attempt = 1, workerId = 'worker-1') => {
      const taken = await granted(jobId, attempt, workerId);
      if (taken.kind !== 'run') throw new Error(`job ${jobId} has no run`);
      return taken;
    },
    grantedBy: (queue: string, jobId: string, attempt: number) =>
      granted(jobId, attempt, 'worker-1', [queue]),
    grantedTool: async (jobId: string, attempt = 1) => {
      const taken = await granted(jobId, attempt, 'worker-1');
      if (taken.kind !== 'tool') throw new Error(`job ${jobId} calls no tool`);
      return taken;
    },
  };
}

/** Makes a running attempt look as if its worker fell silent a lease ago. */
export function expireLease(jobId: string): SQL {
  return sql`update jobs set lease_expires_at = clock_timestamp() - interval '1 s' where job_id = ${jobId}`;
}
