import { randomUUID } from 'node:crypto';
import { accept, refuse, type Result } from '@spectra/schemas';
import { silentLogger } from '@spectra/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { callTool } from './call-tool.ts';
import { generalTools } from './general-tools.ts';
import type { ServiceTool } from './service-tool.ts';
import { ThreadPool } from './thread-pool.ts';

const pool = new ThreadPool({
  file: new URL('../../test/trial-thread.ts', import.meta.url),
  size: 1,
  logger: silentLogger(),
});
afterAll(() => pool.stop());

const caller = { orgId: randomUUID(), userId: 'u', role: 'viewer' } as const;
const call = (params: Record<string, unknown>, signal = new AbortController().signal) => ({
  params,
  caller,
  traceparent: '00-a-b-01',
  signal,
  urgent: true,
  report: () => undefined,
  record: async () => undefined,
  storeFile: () => Promise.reject(new Error('no place for files here')),
});
const ping = (run: () => Promise<Result<unknown>>): ServiceTool => ({ name: 'ping', run });
const general = (name: string): ServiceTool => {
  const found = generalTools.find((tool) => tool.name === name);
  if (found === undefined) throw new Error(`no tool ${name}`);
  return found;
};

describe('a call', () => {
  it('of ping is answered', async () => {
    const end = await callTool(general('ping'), pool, call({ message: 'hello' }));
    expect(end).toEqual({ kind: 'answered', value: { pong: true, message: 'hello' } });
  });

  it('of spc.check is computed in a thread', async () => {
    const data = [10, 10.1, 9.9, 10, 10.1, 9.9, 10, 14];
    const end = await callTool(general('spc.check'), pool, call({ chart: 'i_mr', data }));
    expect(end).toMatchObject({ kind: 'answered', value: { chart: 'i_mr', in_control: false } });
  });

  it('that the tool refuses is refused with its words', async () => {
    const end = await callTool(general('spc.check'), pool, call({ chart: 'xbar_r', data: [1, 2, 3] }));
    expect(end).toMatchObject({ kind: 'refused', refusal: { code: 'validation_failed' } });
  });

  it('whose answer breaks the promise of the registry fails, and for good', async () => {
    const end = await callTool(
      ping(async () => accept({ pong: 'maybe' })),
      pool,
      call({}),
    );
    expect(end).toMatchObject({ kind: 'failed', code: 'tool_failed', transient: false });
  });

  it('beyond the validity of a formula fails for good and says where', async () => {
    const end = await callTool(
      ping(async () => {
        throw new RangeError('dose is -1; it must be from 0 to 1');
      }),
      pool,
      call({}),
    );
    expect(end).toEqual({
      kind: 'failed',
      code: 'out_of_range',
      message: 'dose is -1; it must be from 0 to 1',
      transient: false,
    });
  });

  it('whose thread was lost may be tried again', async () => {
    const tool: ServiceTool = {
      name: 'ping',
      run: async (_call, work) => accept(await work.compute('die', null)),
    };
    expect(await callTool(tool, pool, call({}))).toMatchObject({ kind: 'failed', transient: true });
  });

  it('that was asked to stop is stopped, whatever the tool says afterwards', async () => {
    const abort = new AbortController();
    const stubborn = ping(async () => {
      abort.abort();
      return refuse('internal', 'too late');
    });
    expect(await callTool(stubborn, pool, call({}, abort.signal))).toEqual({ kind: 'stopped' });
  });
});
