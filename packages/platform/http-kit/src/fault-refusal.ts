import type { Refusal } from '@spectra/schemas';
import { RequestFault } from './request-fault.ts';

const byFastifyCode: Readonly<Record<string, Refusal>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    detail: 'Send the body as application/json.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'payload_too_large', detail: 'The body is larger than allowed.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'malformed_request',
    detail: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'malformed_request', detail: 'The body is not valid JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'malformed_request', detail: 'The body is empty.' },
  FST_ERR_BAD_URL: { code: 'malformed_request', detail: 'The path is not well formed.' },
  FST_ERR_NOT_FOUND: { code: 'not_found', detail: 'There is nothing at this address.' },
};

/** What a thrown fault means to the caller; null when it is our own and only the log may know it. */
export function refusalOfFault(fault: unknown): Refusal | null {
  if (fault instanceof RequestFault) return fault.refusal;
  if (fault instanceof SyntaxError && statusOf(fault) === 400) {
    return { code: 'malformed_request', detail: 'The body is not valid JSON.' };
  }
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : '';
  return Object.hasOwn(byFastifyCode, code) ? (byFastifyCode[code] ?? null) : null;
}

function statusOf(fault: Error): number | null {
  return 'statusCode' in fault && typeof fault.statusCode === 'number' ? fault.statusCode : null;
}
