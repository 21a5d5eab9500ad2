import type { Caller } from '@spectra/schemas';
import { can } from './can.ts';
import type { Permission } from './permissions.ts';

/**
 * Who may use a route. Every route states one of these; "public" is never the default and gives its reason.
 * `delegated` routes pass the request on: the service behind checks the credentials and the permission.
 */
export type RouteAccess =
  | { kind: 'public'; reason: string }
  | { kind: 'signed-in' }
  | { kind: 'permission'; anyOf: readonly [Permission, ...Permission[]] }
  | { kind: 'delegated'; to: string; anyOf: readonly [Permission, ...Permission[]] };

/**
 * What an organisation sees through a route: `resource`: one thing by its id, 404 when it belongs to another
 * organisation; `collection`: only its own things, or a thing made for it; `none`: nothing of any organisation.
 */
export type OrganisationRule = 'resource' | 'collection' | 'none';

/** What policy says to a caller at a route; null stands for a request without credentials. */
export type Entry = 'granted' | 'unauthenticated' | 'forbidden';

/** Decides at the door of a route, before the request is looked at any further. */
export function mayEnter(caller: Caller | null, access: RouteAccess): Entry {
  if (access.kind === 'public' || access.kind === 'delegated') return 'granted';
  if (caller === null) return 'unauthenticated';
  if (access.kind === 'signed-in') return 'granted';
  return access.anyOf.some((permission) => can(caller, permission)) ? 'granted' : 'forbidden';
}
