import { randomUUID } from 'node:crypto';
import { accept, refuse } from '@spectra/schemas';
import type { ChildRun, Result, RpcContract } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import { describe, expect, test } from 'vitest';
import { runChains } from './run-chains.ts';
import type { Chain } from './run-chains.ts';

const jobId = randomUUID();
const caller = { orgId: randomUUID(), userId: 'u', role: 'viewer' as const };
const step = (process: string, part: number) => ({
  key: `${process}.${part}`,
  process,
  jobType: 'tool' as const,
  recipe: { process },
  options: { priority: 0, wafers: [{ wafer_id: `W${part}`, slot: part }] },
});
const chains: Chain[] = [1, 2].map((part) => [step('first', part), step('second', part)]);

type Body = {
  process: string;
  options: { wafers: { wafer_id: string }[]; depends_on?: string[]; on_failure?: string };
  parent_job_id: string;
  idempotency: { key: string };
};

/** A floor that keeps runs by their keys, as the orchestrator does, and ends them when it is looked at. */
function floor(closedGates: readonly string[] = []) {
  const runs = new Map<string, ChildRun>();
  const asked: { verb: string; body: unknown }[] = [];
  let calls = 0;
  const state = { dieAt: Number.POSITIVE_INFINITY };
  const call = async (
    service: string,
    contract: RpcContract,
    { body }: { body: unknown },
  ): Promise<Result<unknown>> => {
    calls += 1;
    if (calls >= state.dieAt) throw new Error('the worker dies here');
    asked.push({ verb: contract.verb, body });
    if (contract.verb === 'prepare-run') {
      return closedGates.includes(service)
        ? refuse('calibration_expired', `${service} is closed`)
        : accept({ service });
    }
    if (contract.verb === 'create-run') return accept({ run_id: keep(body as Body).run_id });
    for (const run of runs.values()) run.status = 'completed';
    return accept({ runs: [...runs.values()].map((run) => ({ ...run })) });
  };
  const keep = ({ process, options, idempotency }: Body): ChildRun => {
    const run = runs.get(idempotency.key) ?? aRun(process, options.wafers[0]?.wafer_id ?? '');
    runs.set(idempotency.key, run);
    return run;
  };
  return { runs, asked, call: call as never, state, calls: () => calls };
}

function aRun(process: string, wafer: string): ChildRun {
  return {
    run_id: `${process}-${wafer}`,
    job_id: randomUUID(),
    process,
    wafer_ids: [wafer],
    status: 'queued',
    progress: 0,
    current_step: 'Queued',
    equipment_id: null,
    held_reason: null,
    error_message: null,
    metrics: null,
    vm_prediction: null,
  };
}

const clock = { after: (_ms: number, act: () => void) => (act(), () => undefined) } as unknown as Clock;
const run = (at: ReturnType<typeof floor>, signal = new AbortController().signal) =>
  runChains(
    { messaging: { call: at.call }, clock },
    { jobId, caller, traceparent: 't' },
    { chains, work: { report: () => undefined, record: () => undefined, signal } },
  );
const created = (at: ReturnType<typeof floor>) =>
  at.asked.filter(({ verb }) => verb === 'create-run').map(({ body }) => body as Body);

describe('chains of runs', () => {
  test('are made in their order, each run behind the one before it', async () => {
    const at = floor();
    const ended = await run(at);
    expect(ended.ok && [...ended.value.keys()]).toEqual(['first.1', 'second.1', 'first.2', 'second.2']);
    expect(
      created(at).map((body) => [body.process, body.options.depends_on, body.options.on_failure]),
    ).toEqual([
      ['first', undefined, undefined],
      ['second', ['first-W1'], 'cancel'],
      ['first', undefined, undefined],
      ['second', ['first-W2'], 'cancel'],
    ]);
    expect(created(at).every((body) => body.parent_job_id === jobId)).toBe(true);
  });

  test('begin only when every gate of every step is open', async () => {
    const at = floor(['second']);
    expect(await run(at)).toMatchObject({ refusal: { code: 'calibration_expired' } });
    expect(created(at)).toEqual([]);
  });

  test('make nothing twice, wherever the worker dies and however often', async () => {
    const whole = floor();
    await run(whole);
    for (let dieAt = 1; dieAt <= whole.calls(); dieAt += 1) {
      const at = floor();
      at.state.dieAt = dieAt;
      await expect(run(at)).rejects.toThrow('dies');
      at.state.dieAt = Number.POSITIVE_INFINITY;
      expect((await run(at)).ok).toBe(true);
      expect([...at.runs.keys()].toSorted()).toEqual([...whole.runs.keys()].toSorted());
    }
  });

  test('go on with the runs that exist, although a gate has closed meanwhile', async () => {
    const at = floor();
    await run(at);
    const again = floor(['first', 'second']);
    for (const [key, one] of at.runs) again.runs.set(key, one);
    expect((await run(again)).ok).toBe(true);
    expect(created(again)).toEqual([]);
  });
});
