import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from './client.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { implantExample } from './recipes.ts';
import { seedFab } from './seed.ts';
import { startSpanReceiver } from './span-receiver.ts';
import type { ReceivedSpan, SpanReceiver } from './span-receiver.ts';
import { until } from './until.ts';

let receiver: SpanReceiver;
let platform: Platform;
let engineer: Client;

beforeAll(async () => {
  receiver = await startSpanReceiver();
  platform = await startPlatform({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  await seedFab(platform.url);
  engineer = await Client.logIn(platform.url, 'engineer');
}, 120_000);
afterAll(async () => {
  await platform.close();
  await receiver.close();
});

/** All spans of a trace, once those of these services and names have come: each service sends its own when it likes. */
const traceOf = (traceId: string, wanted: readonly (readonly [service: string, name: string])[]) =>
  until(
    `the spans ${wanted.map(([, name]) => name).join(', ')} have come`,
    async () => {
      const own = receiver.spans.filter((span) => span.traceId === traceId);
      return wanted.every(([service, name]) => called(own, name, service)) ? own : null;
    },
    60_000,
  );

const called = (spans: readonly ReceivedSpan[], name: string, service: string) =>
  spans.find((span) => span.name === name && span.service === service);

describe('the trace of a run', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const ours = '00f067aa0ba902b7';
  let spans: readonly ReceivedSpan[];

  test('is one tree below the caller, from the request to the last finish step', async () => {
    const created = await engineer.post(
      '/api/ion/runs',
      { ...implantExample, time_scale: 0 },
      { traceparent: `00-${traceId}-${ours}-01` },
    );
    expect(created.status, JSON.stringify(created.body)).toBe(202);
    expect(created.headers.get('x-trace-id')).toBe(traceId);
    await engineer.waitForRun('ion', String(created.body['run_id']));
    spans = await traceOf(traceId, [
      ['gateway', 'POST /api/ion/runs'],
      ['job-orchestrator', 'jobs.create-run'],
      ['job-orchestrator', 'claim'],
      ['job-orchestrator', 'jobs.finish'],
      ['ion-service', 'attempt ion'],
    ]);
    const known = new Set([ours, ...spans.map((span) => span.spanId)]);
    expect(spans.filter((span) => !known.has(span.parentSpanId))).toEqual([]);
    expect(spans.filter((span) => span.parentSpanId === ours).map(({ name }) => name)).toEqual([
      'POST /api/ion/runs',
    ]);
  });

  test('passes through every process that had a hand in it', () => {
    expect(called(spans, 'POST /api/ion/runs', 'gateway')?.attributes).toMatchObject({
      'http.route': '/api/ion/runs',
      'http.response.status_code': 202,
    });
    const asked = called(spans, 'jobs.create-run', 'gateway');
    const created = called(spans, 'jobs.create-run', 'job-orchestrator');
    expect(created?.parentSpanId).toBe(asked?.spanId);
    const attempt = called(spans, 'attempt ion', 'ion-service');
    expect(attempt?.parentSpanId).toBe(created?.spanId);
    expect(attempt?.attributes).toMatchObject({ 'spectra.outcome': 'completed' });
    expect(called(spans, 'claim', 'job-orchestrator')?.parentSpanId).toBe(created?.spanId);
    const phases = spans.filter((span) => span.parentSpanId === attempt?.spanId).map(({ name }) => name);
    expect(phases).toEqual(
      expect.arrayContaining(['gates', 'attach tool', 'wafer', 'Predicting the outcome', 'jobs.finish']),
    );
    const told = called(spans, 'jobs.finish', 'ion-service');
    expect(called(spans, 'jobs.finish', 'job-orchestrator')?.parentSpanId).toBe(told?.spanId);
    expect(spans.filter(({ failed }) => failed)).toEqual([]);
  });

  test('holds no heartbeats: nobody outside asked for them', () => {
    expect(receiver.spans.filter(({ name }) => name === 'jobs.heartbeat')).toEqual([]);
  });
});

test('a request that names no trace begins the one that its answer tells', async () => {
  const answer = await engineer.get('/api/ion/runs/ION-20260101-00000000');
  const traceId = answer.headers.get('x-trace-id') ?? '';
  const spans = await traceOf(traceId, [
    ['gateway', 'GET /api/ion/runs/:run_id'],
    ['job-orchestrator', 'jobs.get-run'],
  ]);
  const first = spans.find(({ name }) => name === 'GET /api/ion/runs/:run_id');
  expect(first?.parentSpanId).toBe('');
  expect(spans.filter(({ failed }) => failed).map(({ name }) => name)).toContain('jobs.get-run');
});
