import { randomBytes } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind as OtelKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { SpanKind, SpanStart, StartSpan, TraceSpan } from './span.ts';

const kinds: Record<SpanKind, OtelKind> = {
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  consumer: OtelKind.CONSUMER,
  internal: OtelKind.INTERNAL,
};
/** Spans wait this long for others to be sent with; above the queue they are dropped, never waited for. */
const batch = { scheduledDelayMillis: 1_000, maxQueueSize: 8_192, maxExportBatchSize: 512 } as const;

/**
 * Exports spans by OTLP over HTTP. Loaded only where an endpoint is set. Parents come in as text and go out as text, so no
 * context manager follows the asynchronous calls, which would cost every one of them something.
 */
export function exportSpans(exporter: { service: string; endpoint: string }): {
  startSpan: StartSpan;
  stop(): Promise<void>;
} {
  const ids = knownTraceIds();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': exporter.service, 'service.namespace': 'spectra' }),
    idGenerator: ids.generator,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${exporter.endpoint.replace(/\/$/, '')}/v1/traces` }),
        ...batch,
      }),
    ],
  });
  const tracer = provider.getTracer('spectra');
  return {
    startSpan: (start) => {
      const { name, kind, attributes = {}, under } = start;
      if ('newTraceId' in under) ids.next(under.newTraceId);
      return wrapped(tracer.startSpan(name, { kind: kinds[kind], attributes }, contextOf(under)));
    },
    stop: () => provider.shutdown(),
  };
}

function contextOf(under: SpanStart['under']): Context {
  if ('newTraceId' in under) return ROOT_CONTEXT;
  const [, traceId = '', spanId = '', flags = '00'] = under.traceparent.split('-');
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function wrapped(span: Span): TraceSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-01`,
    set: (attributes) => void span.setAttributes(attributes),
    rename: (name) => void span.updateName(name),
    end: (fault) => {
      if (!span.isRecording()) return;
      if (fault !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: fault.slice(0, 1000) });
      span.end();
    },
  };
}

/** A request has its trace id before its span, because the id is in its answer and its log; the root takes it over. */
function knownTraceIds() {
  let known: string | null = null;
  return {
    next: (traceId: string) => {
      known = traceId;
    },
    generator: {
      generateTraceId: () => {
        const traceId = known ?? randomBytes(16).toString('hex');
        known = null;
        return traceId;
      },
      generateSpanId: () => randomBytes(8).toString('hex'),
    },
  };
}
