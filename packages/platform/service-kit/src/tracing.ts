import { z } from 'zod';
import type { Part } from './part.ts';
import type { SpanStart, StartSpan, TraceSpan } from './span.ts';
import { randomHex } from './trace.ts';

/** Settings of tracing, part of every service's own: without an endpoint nothing is traced and nothing is loaded. */
export const tracingFields = { OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional() };

/** A collector that hangs may not keep a service from stopping. */
const stopMs = 3_000;

/** Starts real spans; null while nothing is traced. One per process, as there is one exporter. */
let begin: StartSpan | null = null;

/**
 * Begins a span. Without an exporter it only hands the trace context on, as it does below a context whose trace is not
 * sampled (flags 00): work that nobody outside started, such as heartbeats, makes no spans.
 */
export function startSpan(start: SpanStart): TraceSpan {
  const { under } = start;
  if (begin === null || ('traceparent' in under && !isSampled(under.traceparent))) return passedOn(start);
  return begin(start);
}

/** Does work within a span that ends with it, as failed when the work throws. */
export async function withinSpan<Value>(
  start: SpanStart,
  work: (span: TraceSpan) => Promise<Value>,
): Promise<Value> {
  const span = startSpan(start);
  try {
    return await work(span);
  } catch (error) {
    span.end(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    span.end();
  }
}

/** The part of a service that exports its spans by OTLP over HTTP; without an endpoint it does nothing. */
export function tracing(exporter: { service: string; endpoint: string | undefined }): Part {
  let stop: (() => Promise<void>) | undefined;
  return {
    name: 'tracing',
    async start() {
      const { service, endpoint } = exporter;
      if (endpoint === undefined) return;
      const { exportSpans } = await import('./open-telemetry.ts');
      const exporting = exportSpans({ service, endpoint });
      begin = exporting.startSpan;
      stop = () => exporting.stop();
    },
    async stop() {
      begin = null;
      let waited: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        waited = setTimeout(resolve, stopMs);
      });
      await Promise.race([stop?.(), patience]);
      clearTimeout(waited);
      stop = undefined;
    },
  };
}

function isSampled(traceparent: string): boolean {
  return (Number.parseInt(traceparent.slice(-2), 16) & 1) === 1;
}

function passedOn({ under }: SpanStart): TraceSpan {
  const traceparent =
    'traceparent' in under ? under.traceparent : `00-${under.newTraceId}-${randomHex(8)}-01`;
  return { traceparent, set: () => undefined, rename: () => undefined, end: () => undefined };
}
