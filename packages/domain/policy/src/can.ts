import type { Caller } from '@spectra/schemas';
import { permissionNamed, type Permission } from './permissions.ts';
import { rolePermissions, type Reach } from './role-permissions.ts';

/** Whether the caller has the permission at all; `reachOf` says how far it goes. */
export function can(caller: Pick<Caller, 'role' | 'scopes'>, permission: Permission): boolean {
  return reachOf(caller, permission) !== 'none';
}

/** How far the caller's permission goes. The scopes of an API key narrow its role and never widen it. */
export function reachOf(caller: Pick<Caller, 'role' | 'scopes'>, permission: Permission): Reach | 'none' {
  const reach = rolePermissions[caller.role].get(permission);
  if (reach === undefined) return 'none';
  if (caller.scopes === undefined) return reach;
  return caller.scopes.some((scope) => permissionNamed(scope) === permission) ? reach : 'none';
}
