import { accept, refuse } from '@spectra/schemas';
import { beforeEach, describe, expect, it } from 'vitest';
import { answerOnce, type AnswerKeeper } from './answer-once.ts';
import type { Change } from './change.ts';
import type { Answered } from './route.ts';

const change = { path: '/things' } as Change;
let calls: string[] = [];
let logged: unknown[] = [];

/** A keeper that says what the test wants, and notes what it is told. */
function keeperWith(claim: Awaited<ReturnType<AnswerKeeper['claim']>>, fails = false): AnswerKeeper {
  const noted = async (call: string) => {
    calls.push(call);
    if (fails) throw new Error('disk full');
  };
  return {
    claim: async () => claim,
    keep: (_change, key, answer) => noted(`keep ${key} ${JSON.stringify(answer)}`),
    release: (_change, key) => noted(`release ${key}`),
  };
}

const once = (keeper: AnswerKeeper, made: () => Promise<Answered<unknown>>) =>
  answerOnce(keeper, { change, key: 'k', status: 201, log: (error) => logged.push(error) }, made);

beforeEach(() => {
  calls = [];
  logged = [];
});

describe('a change under a new key', () => {
  it('is made, and its answer kept with the status that it has', async () => {
    expect(await once(keeperWith(accept(null)), async () => accept({ id: 1 }))).toEqual(accept({ id: 1 }));
    await once(keeperWith(accept(null)), async () => ({ ...accept({ id: 2 }), status: 202 }));
    expect(calls).toEqual([
      'keep k {"status":201,"value":{"id":1}}',
      'keep k {"status":202,"value":{"id":2}}',
    ]);
  });

  it('frees its key when it was refused, and keeps it when nobody knows', async () => {
    for (const code of ['conflict', 'overloaded', 'dependency_unavailable', 'internal'] as const) {
      const answer = await once(keeperWith(accept(null)), async () => refuse(code, code));
      expect(answer).toMatchObject({ refusal: { code } });
    }
    expect(calls).toEqual(['release k', 'release k']);
    const broken = once(keeperWith(accept(null)), async () => {
      throw new Error('a bug');
    });
    await expect(broken).rejects.toThrow('a bug');
    expect(calls).toHaveLength(2);
  });

  it('is answered also when its answer cannot be kept', async () => {
    expect(await once(keeperWith(accept(null), true), async () => accept(1))).toEqual(accept(1));
    expect(logged).toHaveLength(1);
  });
});

describe('a change under a known key', () => {
  const never = () => expect.unreachable();

  it('is answered as before, and nothing is done', async () => {
    const answer = await once(keeperWith(accept({ status: 202, value: { id: 1 } })), never);
    expect(answer).toEqual({ ok: true, status: 202, value: { id: 1 } });
  });

  it('is refused as the keeper says', async () => {
    const waiting = { ...refuse('conflict', 'at work'), retryAfterS: 9 };
    expect(await once(keeperWith(waiting), never)).toEqual(waiting);
  });
});
