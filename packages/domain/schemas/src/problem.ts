import { z } from 'zod';

/**
 * The one catalogue of refusals. The gateway turns an entry into `application/problem+json` (RFC 9457);
 * `docs/errors.md` holds one section for each code, and a test compares the two.
 */
export const problemCatalogue = {
  malformed_request: { status: 400, title: 'The request is not well formed' },
  invalid_parameters: {
    status: 400,
    title: 'A field of a job request is missing, unknown or out of its limits',
  },
  invalid_query: { status: 400, title: 'A query parameter is unknown, repeated or out of range' },
  unauthenticated: { status: 401, title: 'No valid credentials' },
  invalid_credentials: { status: 401, title: 'Unknown user or wrong password' },
  refresh_reused: { status: 401, title: 'The refresh token was used before; its family is revoked' },
  permission_denied: { status: 403, title: 'Permission denied' },
  fresh_login_required: { status: 403, title: 'A signature needs a login of the last five minutes' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The path exists, but not with this method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The request conflicts with the present state' },
  illegal_transition: { status: 409, title: 'The state machine does not allow this change' },
  calibration_expired: { status: 409, title: 'A calibration of the equipment has expired' },
  calibration_missing: { status: 409, title: 'A calibration of the equipment is missing' },
  sop_approval_missing: { status: 409, title: 'No approved SOP covers this recipe' },
  recipe_not_approved: { status: 409, title: 'The recipe version is not approved' },
  equipment_unavailable: { status: 409, title: 'The equipment cannot take this run' },
  source_run_unusable: { status: 409, title: 'The source run gives no outcome to start from' },
  payload_too_large: { status: 413, title: 'The body is larger than allowed' },
  unsupported_media_type: { status: 415, title: 'Only JSON bodies are accepted' },
  range_not_satisfiable: { status: 416, title: 'The range begins behind the end of the file' },
  validation_failed: { status: 422, title: 'A field is missing, unknown or out of its limits' },
  sop_limit_exceeded: { status: 422, title: 'The recipe exceeds a limit of its SOP' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used with another body' },
  upgrade_required: { status: 426, title: 'This address speaks WebSocket only' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The request headers are larger than allowed' },
  internal: { status: 500, title: 'The server failed; the trace id finds the cause in its log' },
  not_implemented: { status: 501, title: 'Not available on this installation' },
  dependency_unavailable: { status: 503, title: 'A part of the platform is not reachable at the moment' },
  overloaded: { status: 503, title: 'Too many requests are in work; try again shortly' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problemCatalogue;

/** One field at fault: where, what was said, what it was, and what the limit is. */
export const fieldErrorSchema = z.object({
  path: z.string(),
  message: z.string(),
  value: z.unknown().optional(),
  limit: z.unknown().optional(),
});
export type FieldError = z.infer<typeof fieldErrorSchema>;

const problemCodes = Object.keys(problemCatalogue) as [ProblemCode, ...ProblemCode[]];
export const problemCodeSchema = z.enum(problemCodes);

/** An expected refusal as a value: what a use case returns and what travels back over NATS. */
export const refusalSchema = z.object({
  code: problemCodeSchema,
  detail: z.string(),
  errors: z.array(fieldErrorSchema).optional(),
});
export type Refusal = { code: ProblemCode; detail: string; errors?: FieldError[] | undefined };

/** A success or an expected refusal; bugs are thrown instead. */
export type Result<Value> = { ok: true; value: Value } | { ok: false; refusal: Refusal };

/** A success. */
export function accept<Value>(value: Value): { ok: true; value: Value } {
  return { ok: true, value };
}

/** An expected refusal. */
export function refuse(
  code: ProblemCode,
  detail: string,
  errors?: FieldError[],
): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: errors === undefined ? { code, detail } : { code, detail, errors } };
}

/** The body of every HTTP error answer (RFC 9457). */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: problemCodeSchema,
  trace_id: z.string(),
  errors: z.array(fieldErrorSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
