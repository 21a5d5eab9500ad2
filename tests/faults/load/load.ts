import { randomUUID } from 'node:crypto';
import type { Draw } from '../draw.ts';
import { organisations } from '../platform/environments.ts';
import { pause } from '../until.ts';
import type { FabClient } from './fab-client.ts';

/** How much there is to do in a round, and of what. */
export interface LoadPlan {
  readonly jobs: number;
  /** Time over which the requests are spread. */
  readonly spreadMs: number;
  /** Shares of implants and anneals that run as fast as they can; the rest are jobs of a tool without a wafer. */
  readonly implants: number;
  readonly anneals: number;
  /** Those that are asked for first, and are still at work when a fault strikes. */
  readonly paced: PacedRuns;
}

/** Runs at the pace of a clock, spread over the tools. */
interface PacedRuns {
  readonly runs: number;
  /** Simulated seconds per real second; a run takes about 20 of the simulated. */
  readonly timeScale: number;
  /** Share of anneals; the rest are implants. */
  readonly anneals: number;
}

/** Something that the platform said it would do: from then on it may not be lost. */
export interface Accepted {
  readonly orgId: string;
  readonly kind: 'ion' | 'rtp' | 'tool';
  readonly jobId: string;
  readonly runId: string | null;
  readonly idempotencyKey: string;
  /** Setpoint of an implant; null for everything else. */
  readonly dosePerCm2: number | null;
  readonly wafers: number;
}

const inFlightMax = 6;
const shortImplant = {
  species: 'P',
  energy_kev: 40,
  beam_current_ma: 20,
  scan_speed_mm_s: 100,
  tilt_deg: 7,
  twist_deg: 0,
  wafer_diameter_mm: 300,
};
const shortAnneal = {
  segments: [
    { target_temp_c: 450, duration_s: 6, ramp_rate_c_s: 90 },
    { target_temp_c: 450, duration_s: 2 },
  ],
  controller_type: 'pid',
  ion_implant_context: { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15 },
};
/** A few hundredths of a second of computing. */
export const toolJob = {
  tool: 'ion.monte_carlo',
  params: { species: 'B', energy_kev: 2, tilt_deg: 7, ions: 1_000, target: { crystalline: false } },
};
const pacedWithinMs = 800;

interface Wish {
  readonly client: FabClient;
  readonly kind: Accepted['kind'];
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly key: string;
  readonly afterMs: number;
}

/** Jobs of all organisations, asked for side by side and repeated under their key until the answer is certain. */
export class Load {
  readonly accepted: Accepted[] = [];
  /** Requests that were refused for good; in a healthy round there are none. */
  readonly refused: string[] = [];
  readonly #clients: readonly FabClient[];
  readonly #wishes: Wish[];
  readonly #late: Promise<void>[] = [];
  #done: Promise<void> | null = null;

  constructor(clients: readonly FabClient[], plan: LoadPlan, draw: Draw) {
    this.#clients = clients;
    this.#wishes = Array.from({ length: plan.jobs }, (_, index) => {
      const client = clientAt(clients, index);
      return index < plan.paced.runs ? pacedWish(client, plan, draw, index) : quickWish(client, plan, draw);
    }).toSorted((left, right) => left.afterMs - right.afterMs);
  }

  start(): void {
    const startedMs = performance.now();
    const waiting = [...this.#wishes];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const waitMs = startedMs + next.afterMs - performance.now();
        if (waitMs > 0) await pause(waitMs);
        await this.#ask(next);
      }
    };
    this.#done = Promise.all(Array.from({ length: inFlightMax }, worker)).then(() => undefined);
  }

  /** One more job at this moment: whatever is broken now, somebody needs it. Held to the same promises. */
  askNow(kind: 'tool' | 'ion' = 'tool'): void {
    const client = clientAt(this.#clients, this.#late.length);
    const common = { client, kind, key: randomUUID(), afterMs: 0 };
    const request =
      kind === 'tool'
        ? { path: '/v1/jobs', body: toolJob }
        : {
            path: '/api/ion/runs',
            body: { ...shortImplant, dose_atoms_cm2: 3e13, wafer_id: 'W1', time_scale: 0 },
          };
    this.#late.push(this.#ask({ ...common, ...request }));
  }

  /** Settles when every request has its certain answer. */
  async allAsked(): Promise<void> {
    await this.#done;
    await Promise.all(this.#late);
  }

  async #ask({ client, kind, path, body, key }: Wish): Promise<void> {
    const answer = await client.repeat('POST', path, body, key);
    if (answer.status !== 202 && answer.status !== 201) {
      this.refused.push(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
      return;
    }
    this.accepted.push({
      orgId: client.organisation.orgId,
      kind,
      jobId: String(answer.body['job_id']),
      runId: kind === 'tool' ? null : String(answer.body['run_id']),
      idempotencyKey: key,
      dosePerCm2: typeof body['dose_atoms_cm2'] === 'number' ? body['dose_atoms_cm2'] : null,
      wafers: kind === 'tool' ? 0 : 1,
    });
  }
}

function clientAt(clients: readonly FabClient[], index: number): FabClient {
  const client = clients[index % clients.length];
  if (client === undefined) throw new Error('a load needs clients');
  return client;
}

function quickWish(client: FabClient, plan: LoadPlan, draw: Draw): Wish {
  const kind: Accepted['kind'] = draw.happens(plan.implants)
    ? 'ion'
    : draw.happens(plan.anneals / Math.max(1e-9, 1 - plan.implants))
      ? 'rtp'
      : 'tool';
  const common = { client, kind, key: keyOf(draw), afterMs: draw.between(0, plan.spreadMs) };
  if (kind === 'tool') return { ...common, path: '/v1/jobs', body: toolJob };
  const { id } = draw.oneOf(toolsOf(client, kind));
  return { ...common, path: `/api/${kind}/runs`, body: runOn(id, kind, 0, draw) };
}

function pacedWish(client: FabClient, { paced }: LoadPlan, draw: Draw, index: number): Wish {
  // In turn and not by chance: each round has both kinds.
  const kind = Math.floor((index + 1) * paced.anneals) > Math.floor(index * paced.anneals) ? 'rtp' : 'ion';
  const own = toolsOf(client, kind);
  const id = own[Math.floor(index / organisations.length) % own.length]?.id ?? '';
  const common = { client, kind, key: keyOf(draw), afterMs: draw.between(0, pacedWithinMs) } as const;
  return { ...common, path: `/api/${kind}/runs`, body: runOn(id, kind, paced.timeScale, draw) };
}

function runOn(equipmentId: string, kind: 'ion' | 'rtp', timeScale: number, draw: Draw) {
  return {
    ...(kind === 'ion' ? { ...shortImplant, dose_atoms_cm2: draw.between(2, 8) * 1e13 } : shortAnneal),
    equipment_id: equipmentId,
    wafer_id: `W${draw.between(1, 9_999)}`,
    time_scale: timeScale,
    seed: draw.between(1, 1_000_000),
  };
}

function toolsOf({ organisation }: FabClient, kind: 'ion' | 'rtp') {
  return organisation.tools.filter((tool) => tool.process === kind);
}

function keyOf({ seed }: Draw): string {
  return `k-${seed}-${randomUUID()}`;
}
