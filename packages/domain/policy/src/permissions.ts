/** The nineteen core permissions (security specification, "Roles"). */
export const corePermissions = [
  'ion:create_run',
  'ion:view_run',
  'ion:cancel_run',
  'ion:simulate',
  'ion:view_telemetry',
  'rtp:create_run',
  'rtp:view_run',
  'rtp:cancel_run',
  'rtp:tune_controller',
  'rtp:view_telemetry',
  'job:view_status',
  'job:cancel',
  'job:retry',
  'job:view_logs',
  'spc:view_charts',
  'spc:ack_alert',
  'spc:manage_limits',
  'vm:predict',
  'vm:view',
] as const;

/** Permissions beside the core; they are counted apart. */
export const furtherPermissions = [
  'ion:abort',
  'rtp:abort',
  'calibration:create',
  'calibration:view',
  'sop:create',
  'sop:approve',
  'sop:view',
  'equipment:view',
  'equipment:manage',
  'recipe:create',
  'recipe:view',
  'recipe:approve',
  'metrology:create',
  'metrology:view',
  'r2r:manage',
  'schedule:view',
  'schedule:manage',
  'cost:view',
  'cost:manage',
  'vm:manage',
  'user:manage',
  'audit:view',
  'metrics:view',
  'wafer:view',
  'wafer:manage',
  'annotation:create',
  'annotation:view',
  'annotation:review',
  'model:view',
  'model:train',
] as const;

/** Every permission that a route can ask for. */
export const permissions = [...corePermissions, ...furtherPermissions] as const;
export type Permission = (typeof permissions)[number];

/** Older names of two permissions (contradiction C3), still accepted in the scopes of an API key. */
export const permissionAliases: Readonly<Record<string, Permission>> = {
  'jobs:view': 'job:view_status',
  'jobs:cancel': 'job:cancel',
};

const known: ReadonlySet<string> = new Set(permissions);

/** The permission that a name or an older name stands for; null for an unknown name. */
export function permissionNamed(name: string): Permission | null {
  if (isPermission(name)) return name;
  return Object.hasOwn(permissionAliases, name) ? (permissionAliases[name] ?? null) : null;
}

function isPermission(name: string): name is Permission {
  return known.has(name);
}
