import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Refusal } from '@spectra/schemas';
import { newTraceparent, traceIdOf } from '@spectra/service-kit';
import { awayRetryAfterS, problemMediaType, problemOf } from './problem-answer.ts';

/** Answers what never became a request: broken HTTP, headers that are too large, a client that is too slow. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(rawProblem(refusalOf(error.code)));
}

/** A whole HTTP answer with a problem document, for a socket that no framework owns any more. */
export function rawProblem(refusal: Refusal): string {
  const traceId = traceIdOf(newTraceparent()) ?? '';
  const problem = problemOf(refusal, { instance: '', traceId });
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-trace-id: ${traceId}`,
    ...(problem.status === 503 ? [`retry-after: ${awayRetryAfterS}`] : []),
    'connection: close',
    '',
    body,
  ].join('\r\n');
}

function refusalOf(code: string | undefined): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { code: 'request_timeout', detail: 'The request did not arrive in time.' };
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { code: 'headers_too_large', detail: 'The request headers are larger than allowed.' };
  }
  return { code: 'malformed_request', detail: 'This is not a well-formed HTTP request.' };
}
