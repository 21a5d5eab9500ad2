import { connectMessaging, type Messaging } from '@spectra/messaging';
import { systemClock } from '@spectra/service-kit';
import { manualClock, ownNats, silentLogger, type OwnNats } from '@spectra/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { natsCountsBus } from './nats-counts-bus.ts';
import { SharedCounts, type CountsBus } from './shared-counts.ts';

const windowMs = 60_000;

/** A bus between gateways of one process, which can be cut. */
function memoryBus() {
  const listeners = new Set<(text: string) => void>();
  const state = { connected: true, told: 0 };
  const bus: CountsBus = {
    tell(text) {
      if (!state.connected) return false;
      state.told += 1;
      for (const listener of listeners) listener(text);
      return true;
    },
    hear(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return { bus, state };
}

function threeGateways() {
  const { bus, state } = memoryBus();
  const clock = manualClock();
  const gateways = [0, 1, 2].map(() => new SharedCounts({ bus, windowMs, clock }));
  return { gateways, clock, state };
}

describe('counts of several gateways', () => {
  it('are one count, whoever counted, as soon as they were told', () => {
    for (let round = 0; round < 50; round += 1) {
      const { gateways, clock } = threeGateways();
      const adds = Array.from({ length: round }, (_, step) => ({
        who: (step * 7 + round * round) % 3,
        name: (step * step + round) % 2 === 0 ? 'a' : 'b',
      }));
      for (const { who, name } of adds) gateways[who]?.add(name);
      clock.advance(200);
      for (const name of ['a', 'b']) {
        const expected = adds.filter((added) => added.name === name).length;
        expect(gateways.map((counts) => counts.read(name).current)).toEqual([expected, expected, expected]);
      }
    }
  });

  it('know their own at once, and start anew with the next window', () => {
    const { gateways, clock } = threeGateways();
    const [here, there] = gateways;
    expect(here?.add('a')).toEqual({ current: 1, ttl: windowMs });
    expect(there?.read('a').current).toBe(0);
    clock.advance(59_999);
    expect(here?.add('a')).toEqual({ current: 2, ttl: 1 });
    clock.advance(1);
    expect(here?.add('a')).toEqual({ current: 1, ttl: windowMs });
  });

  it('are told together, not one by one, and forgotten everywhere', () => {
    const { gateways, clock, state } = threeGateways();
    for (let count = 0; count < 500; count += 1) gateways[0]?.add(`name ${count % 7}`);
    clock.advance(200);
    expect(state.told).toBe(1);
    gateways[1]?.clear('name 1');
    clock.advance(200);
    expect(gateways.map((counts) => counts.read('name 1').current)).toEqual([0, 0, 0]);
  });

  it('hold for each by itself while nobody can be reached, and are told afterwards', () => {
    const { gateways, clock, state } = threeGateways();
    state.connected = false;
    expect([1, 2, 3].map(() => gateways[0]?.add('a').current)).toEqual([1, 2, 3]);
    clock.advance(1_000);
    expect(gateways[1]?.read('a').current).toBe(0);
    state.connected = true;
    clock.advance(200);
    expect(gateways[1]?.read('a').current).toBe(3);
  });

  it('take nothing for a count that is none', () => {
    const { bus } = memoryBus();
    const counts = new SharedCounts({ bus, windowMs, clock: manualClock() });
    for (const text of ['', '{', '{"from":"x","more":{"a":-5},"cleared":[]}', '[]']) bus.tell(text);
    expect(counts.read('a').current).toBe(0);
  });
});

describe('over a real server', () => {
  let nats: OwnNats;
  let connections: Messaging[];

  beforeAll(async () => {
    nats = await ownNats();
    const connect = () => connectMessaging({ url: nats.url, name: 'gateway', logger: silentLogger() });
    connections = await Promise.all([connect(), connect()]);
  });
  afterAll(async () => {
    await Promise.all(connections.map((one) => one.close()));
    await nats.close();
  });

  it('two gateways come to the same count, each kind for itself', async () => {
    const [left, right] = connections.map(
      (messaging) =>
        new SharedCounts({ bus: natsCountsBus(messaging, 'requests'), windowMs, clock: systemClock }),
    );
    const [messaging] = connections;
    if (messaging === undefined) throw new Error('no connection');
    const others = new SharedCounts({
      bus: natsCountsBus(messaging, 'else'),
      windowMs,
      clock: systemClock,
    });
    await Promise.all(connections.map((one) => one.connection.flush()));
    for (let count = 0; count < 3; count += 1) left?.add('a');
    for (let count = 0; count < 2; count += 1) right?.add('a');
    await expect.poll(() => [left?.read('a').current, right?.read('a').current]).toEqual([5, 5]);
    expect(others.read('a').current).toBe(0);
    for (const counts of [left, right, others]) counts?.stop();
  });
});
