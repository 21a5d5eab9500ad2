import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accept, refuse } from '@spectra/schemas';
import type { Caller, Result } from '@spectra/schemas';
import { manualClock, silentLogger } from '@spectra/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { abortJournal } from './abort-journal.ts';
import { AbortRecorder } from './record-aborts.ts';

const caller: Caller = { orgId: randomUUID(), userId: 'operator-7', role: 'operator' };
const away = refuse('dependency_unavailable', 'away');
const heard = accept({ status: 'cancelled' });
const hourMs = 3_600_000;

let folder: string;
let clock: ReturnType<typeof manualClock>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spectra-aborts-'));
  clock = manualClock();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A process with its recorder; `answers` are what the orchestrator says, the last one for ever. */
function processWith(answers: readonly Result<unknown>[], at = folder) {
  const bodies: { run_id: string; reason: string }[] = [];
  const messaging = {
    call: async (_service: string, _contract: unknown, request: { body: unknown }) => {
      bodies.push(request.body as (typeof bodies)[number]);
      return (answers[bodies.length - 1] ?? answers.at(-1)) as never;
    },
  };
  const services = { messaging, journal: abortJournal(at), clock, logger: silentLogger() };
  return { bodies, recorder: new AbortRecorder('tank', services) };
}

const notes = () => readdir(folder);

describe('an abort that was obeyed', () => {
  it('is told again until the orchestrator has heard it, and then forgotten', async () => {
    const { recorder, bodies } = processWith([away, refuse('internal', 'broken'), heard]);
    await recorder.record(caller, 'R3');
    for (const tries of [1, 2, 3]) {
      await expect.poll(() => bodies.length).toBe(tries);
      expect(await notes()).toHaveLength(1);
      clock.advance(1_000);
    }
    expect(bodies[2]).toMatchObject({ run_id: 'R3', process: 'tank', own_only: false });
    await expect.poll(notes).toEqual([]);
  });

  it('is told by the next process when this one died before it was heard', async () => {
    const dying = processWith([away]);
    await dying.recorder.record(caller, 'R4');
    await dying.recorder.record(caller, 'R5');
    await dying.recorder.stop();
    const obeyedAt = new Date(clock.nowMs()).toISOString();
    clock.advance(hourMs);
    const next = processWith([heard]);
    await next.recorder.start();
    await expect.poll(() => next.bodies.map(({ run_id }) => run_id).toSorted()).toEqual(['R4', 'R5']);
    expect(next.bodies[0]?.reason).toBe(`aborted at the worker by operator-7 at ${obeyedAt}`);
    await expect.poll(notes).toEqual([]);
  });

  it('is forgotten also when the orchestrator refuses it: the run has ended by then', async () => {
    const { recorder } = processWith([refuse('illegal_transition', 'The job is already failed')]);
    await recorder.record(caller, 'R6');
    await expect.poll(notes).toEqual([]);
  });

  it('is given up after a day', async () => {
    const dying = processWith([away]);
    await dying.recorder.record(caller, 'R7');
    await dying.recorder.stop();
    clock.advance(25 * hourMs);
    const next = processWith([away]);
    await next.recorder.start();
    await expect.poll(notes).toEqual([]);
    expect(next.bodies).toHaveLength(1);
  });

  it('is told also when the disk takes no note', async () => {
    const notAFolder = join(folder, 'file');
    await writeFile(notAFolder, '');
    const { recorder, bodies } = processWith([heard], notAFolder);
    await recorder.start();
    await recorder.record(caller, 'R8');
    await expect.poll(() => bodies.length).toBe(1);
  });
});

it('a note that nobody can read keeps no other from being told, and stays for a person', async () => {
  await writeFile(join(folder, '000-broken.abort.json'), '{');
  const { recorder, bodies } = processWith([heard]);
  await abortJournal(folder).add({ caller, runId: 'R9', obeyedAt: new Date(clock.nowMs()).toISOString() });
  await recorder.start();
  await expect.poll(() => bodies.length).toBe(1);
  await expect.poll(notes).toEqual(['000-broken.abort.json']);
});
