import {
  accept,
  refuse,
  toolEntry,
  toolNames,
  type Caller,
  type Result,
  type ToolName,
} from '@spectra/schemas';
import { can } from './can.ts';
import type { Permission } from './permissions.ts';

const others = new Set<Permission>(toolNames.flatMap((name) => toolEntry(name).permissions));
others.delete('job:view_status');

/** Whoever may use at least one tool may knock at the door of all; the tool itself decides. */
export const anyToolPermission: [Permission, ...Permission[]] = ['job:view_status', ...others];

/** Whether the caller may use this tool; the refusal names what is missing. */
export function mayUseTool(caller: Pick<Caller, 'role' | 'scopes'>, tool: ToolName): Result<null> {
  const { permissions, alsoPermissions = [] } = toolEntry(tool);
  if (!permissions.some((permission) => can(caller, permission))) {
    return refuse('permission_denied', `Permission denied: ${permissions.join(' or ')}`);
  }
  const missing = alsoPermissions.find((permission) => !can(caller, permission));
  return missing === undefined ? accept(null) : refuse('permission_denied', `Permission denied: ${missing}`);
}
