export type { AnswerKeeper, KeptAnswer } from './answer-once.ts';
export type { Change } from './change.ts';
export { rawProblem } from './client-error.ts';
export { createHttpApp, type HttpAppOptions } from './create-http-app.ts';
export { documentRoutes } from './document-routes.ts';
export { mountRoutes, type Gates } from './mount-routes.ts';
export type { Principal } from './principal.ts';
export { problemOf } from './problem-answer.ts';
export { queryBoolean, queryInteger, requiredQueryInteger, queryNumber } from './query-fields.ts';
export { RequestFault } from './request-fault.ts';
export { sayFarewell } from './say-farewell.ts';
export { createClaimsReader, readPublicTokenKeys, type PublicTokenKeys } from './signed-claims.ts';
export {
  definePublicRoute,
  defineRawRoute,
  defineRoute,
  type Answered,
  type HttpRoute,
  type OtherMedia,
  type RateClass,
  type RawAnswer,
  type RouteInput,
} from './route.ts';
