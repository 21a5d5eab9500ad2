import type { Role } from '@spectra/schemas';
import { permissions, type Permission } from './permissions.ts';

/** How far a permission reaches: everything of the organisation, or only what the caller started. */
export type Reach = 'organisation' | 'own';

/** What each role may do, and how far (contradiction C4, requirements R0-22 and R1-2). */
export const rolePermissions: Readonly<Record<Role, ReadonlyMap<Permission, Reach>>> = makeRoles();

function makeRoles(): Record<Role, ReadonlyMap<Permission, Reach>> {
  const viewer = reaching('organisation', [
    'ion:view_run',
    'ion:view_telemetry',
    'rtp:view_run',
    'rtp:view_telemetry',
    'job:view_status',
    'job:view_logs',
    'spc:view_charts',
    'vm:view',
    'calibration:view',
    'sop:view',
    'equipment:view',
    'recipe:view',
    'schedule:view',
    'metrology:view',
    'wafer:view',
    'model:view',
  ]);
  const operator = [
    ...viewer,
    ...reaching('organisation', [
      'ion:create_run',
      'rtp:create_run',
      // Whoever stands at the tool may always bring it to its safe state.
      'ion:abort',
      'rtp:abort',
      'spc:ack_alert',
    ]),
    ...reaching('own', ['ion:cancel_run', 'rtp:cancel_run', 'job:cancel']),
  ];
  const administration: readonly Permission[] = ['user:manage', 'audit:view', 'metrics:view', 'cost:manage'];
  const engineer = reaching(
    'organisation',
    permissions.filter((permission) => !administration.includes(permission)),
  );
  const annotator = reaching('organisation', [
    'annotation:create',
    'annotation:view',
    'wafer:view',
    'model:view',
  ]);
  return {
    admin: new Map(reaching('organisation', permissions)),
    engineer: new Map(engineer),
    operator: new Map(operator),
    viewer: new Map(viewer),
    annotator: new Map(annotator),
  };
}

function reaching(reach: Reach, names: readonly Permission[]): [Permission, Reach][] {
  return names.map((name) => [name, reach]);
}
