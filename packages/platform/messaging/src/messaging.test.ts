import { randomBytes, randomUUID } from 'node:crypto';
import { AckPolicy } from '@nats-io/jetstream';
import { askTestServer } from '@spectra/local-servers';
import {
  accept,
  groupedRpcContract,
  refuse,
  rpcContract,
  rpcSubject,
  runSubject,
  streams,
} from '@spectra/schemas';
import { createLogger } from '@spectra/service-kit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { connectMessaging } from './connect-messaging.ts';
import type { Messaging } from './messaging.ts';

const logged: string[] = [];
const logger = createLogger({
  service: 'test',
  level: 'error',
  destination: { write: (line) => void logged.push(line) },
});
const service = `t${randomBytes(5).toString('hex')}`;
const contract = (verb: string) =>
  rpcContract(verb, z.strictObject({ energy_kev: z.number().max(200) }), z.object({ doubled: z.number() }));
const caller = { orgId: randomUUID(), userId: 'someone', role: 'operator' } as const;

let url: string;
let asker: Messaging;
let answerer: Messaging;

/** Waits until the server knows what the other connection serves. */
const heard = () => answerer.connection.flush();

beforeAll(async () => {
  url = await askTestServer(inject('testServersUrl'), 'nats');
  asker = await connectMessaging({ url, name: 'asker', logger });
  const isAway = (fault: unknown) => String(fault).includes('is away');
  answerer = await connectMessaging({ url, name: 'answerer', logger, isAway });
  await asker.ensureStreams();
});

afterAll(async () => {
  await asker.close();
  await answerer.close();
  await answerer.close();
});

describe('a call', () => {
  it('carries caller, trace and body, and brings the value back', async () => {
    const verb = contract('double');
    answerer.serve(service, verb, async ({ body, ...rest }) => {
      expect(rest).toEqual({ caller, traceparent: '00-aa-bb-01' });
      return accept({ doubled: body.energy_kev * 2 });
    });
    await heard();
    const answer = await asker.call(service, verb, {
      caller,
      traceparent: '00-aa-bb-01',
      body: { energy_kev: 60 },
    });
    expect(answer).toEqual({ ok: true, value: { doubled: 120 } });
  });

  it('brings an expected refusal back as it was said', async () => {
    const verb = contract('refuse');
    const refusal = refuse('not_found', 'no such thing', [{ path: 'a', message: 'b', value: 1 }]);
    answerer.serve(service, verb, async () => refusal);
    await heard();
    expect(await asker.call(service, verb, { body: { energy_kev: 1 } })).toEqual(refusal);
  });

  it('is refused with field, value and limit when it is malformed, and no handler sees it', async () => {
    const verb = contract('malformed');
    answerer.serve(service, verb, async () => {
      throw new Error('it was handled');
    });
    await heard();
    const answer = await asker.call(service, verb, { body: { energy_kev: 500 } });
    expect(answer).toMatchObject({
      ok: false,
      refusal: {
        code: 'validation_failed',
        errors: [{ path: 'energy_kev', value: 500, limit: { maximum: 200 } }],
      },
    });
  });

  it('is refused whoever sent it, in whatever form', async () => {
    const verb = contract('checked');
    answerer.serve(service, verb, async () => accept({ doubled: 1 }));
    await heard();
    const subject = rpcSubject(service, 'checked');
    const ask = async (text: string) => (await asker.connection.request(subject, text)).json();
    const bad = JSON.stringify({ traceparent: 't', body: { energy_kev: 1, extra: true } });
    expect(await ask(bad)).toMatchObject({
      refusal: { code: 'validation_failed', errors: [{ path: 'extra' }] },
    });
    expect(await ask('{ not json')).toMatchObject({ refusal: { code: 'validation_failed' } });
    expect(await ask('{}')).toMatchObject({ refusal: { code: 'validation_failed' } });
  });

  it('to nobody, or without an answer in time, is refused as dependency_unavailable', async () => {
    const nobody = await asker.call(service, contract('absent'), { body: { energy_kev: 1 } });
    expect(nobody).toMatchObject({ ok: false, refusal: { code: 'dependency_unavailable' } });
    const verb = contract('never');
    let release = () => {};
    const stop = answerer.serve(service, verb, async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return accept({ doubled: 0 });
    });
    await heard();
    const late = await asker.call(service, verb, { body: { energy_kev: 1 }, timeoutMs: 50 });
    expect(late).toMatchObject({ ok: false, refusal: { code: 'dependency_unavailable' } });
    release();
    await stop();
  });

  it('to a handler that throws is answered with internal, and the log tells the cause', async () => {
    const verb = contract('throws');
    answerer.serve(service, verb, async () => {
      throw new Error('the magnet is gone');
    });
    await heard();
    const answer = await asker.call(service, verb, { body: { energy_kev: 1 } });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'internal' } });
    expect(JSON.stringify(answer)).not.toContain('magnet');
    expect(logged.join('')).toContain('the magnet is gone');
  });

  it('to a handler that cannot reach its database is answered so: trying again later is right', async () => {
    const verb = contract('away');
    answerer.serve(service, verb, async () => {
      throw new Error('the database is away');
    });
    await heard();
    const answer = await asker.call(service, verb, { body: { energy_kev: 1 } });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'dependency_unavailable' } });
  });

  it('to a handler whose answer breaks its contract, or is too large, is answered with internal', async () => {
    const loose = rpcContract('loose', z.object({}), z.object({ doubled: z.any() }));
    const strict = rpcContract('loose', z.object({}), z.object({ doubled: z.number() }));
    let value: unknown = 'text';
    answerer.serve(service, loose, async () => accept({ doubled: value }));
    const internal = { ok: false, refusal: { code: 'internal' } };
    await heard();
    expect(await asker.call(service, strict, { body: {} })).toMatchObject(internal);
    value = 'x'.repeat(2 ** 21);
    expect(await asker.call(service, loose, { body: {} })).toMatchObject(internal);
  });

  it('is answered by one instance of a service only', async () => {
    const verb = contract('shared');
    let answered = 0;
    for (const instance of [answerer, asker]) {
      instance.serve(service, verb, async () => accept({ doubled: (answered += 1) }));
    }
    for (let index = 0; index < 20; index += 1) {
      await asker.call(service, verb, { body: { energy_kev: 1 } });
    }
    expect(answered).toBe(20);
  });
});

describe('grouped calls', () => {
  const grouped = (verb: string) =>
    groupedRpcContract(
      verb,
      z.strictObject({ energy_kev: z.number().max(200) }),
      z.object({ doubled: z.number() }),
    );

  it('travel together while one is on its way, and each gets its own answer', async () => {
    const verb = grouped('double-many');
    answerer.serve(service, verb, async ({ body }) =>
      body.energy_kev === 13 ? refuse('not_found', 'no thirteen') : accept({ doubled: body.energy_kev * 2 }),
    );
    let messages = 0;
    answerer.connection.subscribe(rpcSubject(service, 'double-many'), {
      callback: () => void (messages += 1),
    });
    await heard();
    const energies = Array.from({ length: 100 }, (_, index) => index);
    const answers = await Promise.all(
      energies.map((energy_kev) => asker.call(service, verb, { body: { energy_kev } })),
    );
    const told = answers.map((answer) => (answer.ok ? answer.value.doubled : answer.refusal.code));
    expect(told).toEqual(energies.map((energy) => (energy === 13 ? 'not_found' : energy * 2)));
    expect(messages).toBeLessThan(5);
  });

  it('are all refused when nobody answers, and a malformed one spoils no other', async () => {
    const nobody = await Promise.all(
      [1, 2].map((energy_kev) => asker.call(service, grouped('absent-many'), { body: { energy_kev } })),
    );
    for (const answer of nobody)
      expect(answer).toMatchObject({ refusal: { code: 'dependency_unavailable' } });
    const verb = grouped('checked-many');
    answerer.serve(service, verb, async () => accept({ doubled: 1 }));
    await heard();
    const text = JSON.stringify({
      group: [
        { traceparent: 't', body: { energy_kev: 1 } },
        { traceparent: 't', body: { energy_kev: 1, extra: true } },
      ],
    });
    const reply = await asker.connection.request(rpcSubject(service, 'checked-many'), text);
    expect(reply.json()).toMatchObject({
      group: [{ ok: true }, { refusal: { code: 'validation_failed', errors: [{ path: 'extra' }] } }],
    });
  });

  it('wait for a slow group a moment only', async () => {
    const verb = grouped('slow-many');
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    answerer.serve(service, verb, async ({ body }) => {
      if (body.energy_kev === 1) await held;
      return accept({ doubled: body.energy_kev * 2 });
    });
    await heard();
    const slow = asker.call(service, verb, { body: { energy_kev: 1 } });
    await asker.connection.flush();
    const quick = await asker.call(service, verb, { body: { energy_kev: 2 } });
    expect(quick).toEqual({ ok: true, value: { doubled: 4 } });
    release();
    expect(await slow).toEqual({ ok: true, value: { doubled: 2 } });
  });
});

describe('the streams', () => {
  const subject = runSubject({ orgId: randomUUID(), process: 'ion', runId: service }, 'event');

  it('have the settings of the rules, and ensuring them again changes nothing', async () => {
    await Promise.all([asker.ensureStreams(), answerer.ensureStreams()]);
    const runs = (await asker.manager.streams.info(streams.runs.name)).config;
    expect(runs).toMatchObject({ storage: 'file', retention: 'limits', discard: 'old', max_bytes: 2 ** 31 });
    expect(runs.max_age / 1e9).toBe(7 * 24 * 3600);
    expect(runs.duplicate_window / 1e9).toBe(120);
  });

  it('store a repeated message once', async () => {
    const messageId = randomUUID();
    expect(await asker.publish(subject, { job: 1 }, { messageId })).toEqual({ duplicate: false });
    expect(await asker.publish(subject, { job: 1 }, { messageId })).toEqual({ duplicate: true });
  });

  it('give a durable consumer one filter, and settings that may change later', async () => {
    const consumer = { stream: 'RUNS', durable: service, filterSubject: subject };
    await Promise.all([asker.ensureConsumer(consumer), answerer.ensureConsumer(consumer)]);
    await asker.ensureConsumer({ ...consumer, maxAckPending: 7 });
    const made = await asker.manager.consumers.info('RUNS', service);
    expect(made.config).toMatchObject({
      filter_subject: consumer.filterSubject,
      max_ack_pending: 7,
      ack_wait: 30e9,
      ack_policy: AckPolicy.Explicit,
    });
    expect(made.config.filter_subjects ?? []).toEqual([]);
    const reader = await asker.jetstream.consumers.get('RUNS', service);
    const message = await reader.next({ expires: 5000 });
    expect(message?.json()).toEqual({ job: 1 });
    expect(await message?.ackAck()).toBe(true);
    await asker.manager.consumers.delete('RUNS', service);
  });
});
