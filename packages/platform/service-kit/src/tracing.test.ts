import { afterEach, describe, expect, it } from 'vitest';
import type { Part } from './part.ts';
import { untracedTraceparent } from './trace.ts';
import { startSpan, tracing, withinSpan } from './tracing.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
/** Nobody listens on this port, so nothing ever goes out. */
const deadEndpoint = 'http://127.0.0.1:9';

let part: Part | undefined;
afterEach(() => part?.stop());

async function trace(endpoint: string | undefined): Promise<void> {
  part = tracing({ service: 'test', endpoint });
  await part.start();
}

const child = (under: Parameters<typeof startSpan>[0]['under']) =>
  startSpan({ name: 'work', kind: 'internal', under }).traceparent;

describe('without an endpoint', () => {
  it('a span hands its context on as it is', async () => {
    await trace(undefined);
    expect(child({ traceparent })).toBe(traceparent);
    expect(child({ newTraceId: traceId })).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  });
});

describe('with an endpoint', () => {
  it('a span has its own id in the trace of its parent, or begins the trace that is named', async () => {
    await trace(deadEndpoint);
    expect(child({ traceparent })).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    const other = traceId.replaceAll('4', '5');
    expect(child({ newTraceId: other })).toMatch(new RegExp(`^00-${other}-`));
    // The name was for that one span only.
    expect(child({ traceparent })).toContain(traceId);
  });

  it('what nobody wants to see stays unseen', async () => {
    await trace(deadEndpoint);
    const untraced = untracedTraceparent();
    expect(child({ traceparent: untraced })).toBe(untraced);
  });

  it('a fault goes on to whoever asked', async () => {
    await trace(deadEndpoint);
    const work = withinSpan({ name: 'work', kind: 'internal', under: { traceparent } }, () =>
      Promise.reject(new Error('broken')),
    );
    await expect(work).rejects.toThrow('broken');
  });

  it('stops although the collector is away, and traces no more', async () => {
    await trace(deadEndpoint);
    startSpan({ name: 'work', kind: 'internal', under: { traceparent } }).end();
    await part?.stop();
    await part?.stop();
    expect(child({ traceparent })).toBe(traceparent);
  });
});
