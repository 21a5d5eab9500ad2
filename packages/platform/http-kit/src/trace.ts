import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { newTraceparent, traceIdOf } from '@spectra/service-kit';

/** The trace id of a request: that of its W3C `traceparent`, or a new one. It is the request's id in the log. */
export function requestTraceId(request: IncomingMessage): string {
  const given = request.headers['traceparent'];
  const traceId = typeof given === 'string' ? traceIdOf(given) : null;
  return traceId ?? traceIdOf(newTraceparent()) ?? '';
}

/** The trace context that a request hands on: its own trace, with this service as the parent. */
export function childTraceparent(traceId: string): string {
  return `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
}
