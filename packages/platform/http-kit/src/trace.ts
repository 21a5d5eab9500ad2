import type { IncomingMessage } from 'node:http';
import { newTraceparent, startSpan, traceIdOf, type TraceSpan } from '@spectra/service-kit';

/** The trace id of a request: that of its W3C `traceparent`, or a new one. It is the request's id in the log. */
export function requestTraceId(request: IncomingMessage): string {
  const given = request.headers['traceparent'];
  const traceId = typeof given === 'string' ? traceIdOf(given) : null;
  return traceId ?? traceIdOf(newTraceparent()) ?? '';
}

/** The span of a request: below the caller's where it named one, else the first of the request's own trace. */
export function requestSpan(request: IncomingMessage, traceId: string): TraceSpan {
  const given = request.headers['traceparent'];
  const known = typeof given === 'string' && traceIdOf(given) !== null;
  const method = request.method ?? 'GET';
  return startSpan({
    name: method,
    kind: 'server',
    under: known ? { traceparent: given } : { newTraceId: traceId },
    attributes: { 'http.request.method': method },
  });
}
