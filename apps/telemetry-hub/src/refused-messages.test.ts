import { randomUUID } from 'node:crypto';
import { telemetryRpc, type Caller } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hubRig, type HubRig } from '../test/hub-rig.ts';

let rig: HubRig;
let hub: Awaited<ReturnType<HubRig['startHub']>>;
const orgId = randomUUID();
const caller: Caller = { orgId, userId: 'u', role: 'engineer' };

beforeAll(async () => {
  rig = await hubRig();
  hub = await rig.startHub();
}, 120_000);
afterAll(() => rig.close());

const list = async (asker: Caller = caller) => {
  const body = { limit: 100, offset: 0 };
  const answer = await rig.messaging.call('telemetry', telemetryRpc.listRefused, { caller: asker, body });
  if (!answer.ok) throw new Error(answer.refusal.detail);
  return answer.value;
};
const redrive = (refusedId: string, asker: Caller = caller) =>
  rig.messaging.call('telemetry', telemetryRpc.redriveRefused, {
    caller: asker,
    body: { refused_id: refusedId },
  });
const poison = (kind: string, text: string) =>
  rig.messaging.publish(`fab.${orgId}.ion.ION-1.${kind}`, text, { messageId: randomUUID() });

describe('a message that nobody can use', () => {
  it('is kept with its reason, whatever is wrong with it, and stops nobody behind it', async () => {
    await poison('event', '{"not JSON');
    await poison('telemetry', JSON.stringify({ kind: 'telemetry', run_id: 'ION-1', batch: 'one' }));
    await poison('event', JSON.stringify({ specversion: '9.0', type: 'spectra.run.rewritten' }));
    await poison('telemetry', JSON.stringify({ filler: 'x'.repeat(900_000) }));
    await expect.poll(async () => (await list()).total, { timeout: 10_000 }).toBe(4);
    const { items } = await list();
    expect(items.every(({ reason }) => reason.length > 0)).toBe(true);
    expect(items.some(({ reason }) => reason === 'the message is not JSON')).toBe(true);
    expect(Math.max(...items.map((one) => one.size_bytes))).toBeGreaterThan(900_000);
    expect(hub.ingest.counts().refused).toBeGreaterThanOrEqual(4);
  });

  it('goes through the door again when it is redriven, also inside the dedupe window', async () => {
    const [first] = (await list()).items;
    const before = (await list()).total;
    expect(await redrive(first?.refused_id ?? '')).toMatchObject({ ok: true });
    // What is still wrong with it is refused again: it was not swallowed as a repeat.
    await expect.poll(async () => (await list()).total, { timeout: 10_000 }).toBe(before + 1);
    expect(await redrive(first?.refused_id ?? '')).toMatchObject({ ok: true });
    await expect.poll(async () => (await list()).total, { timeout: 10_000 }).toBe(before + 2);
    expect(
      (await list()).items.find((one) => one.refused_id === first?.refused_id)?.redriven_at,
    ).not.toBeNull();
  });

  it('is seen and sent again by its own organisation only', async () => {
    const stranger: Caller = { orgId: randomUUID(), userId: 'u', role: 'admin' };
    expect((await list(stranger)).total).toBe(0);
    const [first] = (await list()).items;
    expect(await redrive(first?.refused_id ?? '', stranger)).toMatchObject({
      refusal: { code: 'not_found' },
    });
  });
});
