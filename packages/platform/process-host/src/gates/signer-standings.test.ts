import { expect, test } from 'vitest';
import { accept, refuse } from '@spectra/schemas';
import type { Result } from '@spectra/schemas';
import { manualClock } from '@spectra/testkit';
import { askSignerStandings } from './signer-standings.ts';

type Call = Parameters<typeof askSignerStandings>[0]['call'];
const orgId = '11111111-1111-4111-8111-111111111111';

/** A gateway that answers with what it is told, in order, and counts how often it was asked. */
function gateway(answers: Result<{ standings: Record<string, string> }>[]) {
  const asked: unknown[] = [];
  const call = (async (_service: string, _contract: unknown, request: { body: unknown }) => {
    asked.push(request.body);
    return answers[Math.min(asked.length, answers.length) - 1];
  }) as Call;
  return { messaging: { call }, asked };
}

const active = accept({ standings: { ann: 'active' } });
const disabled = accept({ standings: { ann: 'disabled' } });
const away = refuse('dependency_unavailable', 'away');

test('a submit takes an answer of the last ten seconds, a start asks anew', async () => {
  const clock = manualClock();
  const { messaging, asked } = gateway([active, disabled]);
  const signers = askSignerStandings(messaging, clock);
  expect(await signers.recent(orgId, ['ann'])).toEqual(accept({ ann: 'active' }));
  clock.advance(9_999);
  expect(await signers.recent(orgId, ['ann'])).toEqual(accept({ ann: 'active' }));
  expect(asked).toHaveLength(1);
  expect(await signers.present(orgId, ['ann'])).toEqual(accept({ ann: 'disabled' }));
  expect(await signers.recent(orgId, ['ann'])).toEqual(accept({ ann: 'disabled' }));
  expect(asked).toHaveLength(2);
  clock.advance(10_000);
  await signers.recent(orgId, ['ann']);
  expect(asked).toEqual(Array.from({ length: 3 }, () => ({ org_id: orgId, user_ids: ['ann'] })));
});

test('what is remembered of one organisation says nothing of another', async () => {
  const { messaging, asked } = gateway([active]);
  const signers = askSignerStandings(messaging, manualClock());
  await signers.recent(orgId, ['ann']);
  await signers.recent('22222222-2222-4222-8222-222222222222', ['ann']);
  expect(asked).toHaveLength(2);
});

/** A clock whose waits end at once and are counted. */
function impatientClock() {
  const waitsMs: number[] = [];
  const after = (delayMs: number, run: () => void) => {
    waitsMs.push(delayMs);
    queueMicrotask(run);
    return () => undefined;
  };
  return { monotonicMs: () => 0, after, waitsMs };
}

test('a start waits for a gateway that is being restarted, and not for ever', async () => {
  const clock = impatientClock();
  const back = gateway([away, away, active]);
  expect(await askSignerStandings(back.messaging, clock).present(orgId, ['ann'])).toEqual(
    accept({ ann: 'active' }),
  );
  expect(clock.waitsMs).toEqual([2_000, 2_000]);
  const gone = gateway([away]);
  expect(await askSignerStandings(gone.messaging, clock).present(orgId, ['ann'])).toEqual(away);
  expect(gone.asked).toHaveLength(6);
});

test('whoever needs no signer asks nobody', async () => {
  const { messaging, asked } = gateway([away]);
  expect(await askSignerStandings(messaging, manualClock()).present(orgId, [])).toEqual(accept({}));
  expect(asked).toEqual([]);
});
