import { roleSchema } from '@spectra/schemas';
import { assert, constantFrom, property, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  can,
  corePermissions,
  furtherPermissions,
  mayEnter,
  permissionAliases,
  permissionNamed,
  permissions,
  reachOf,
  rolePermissions,
} from './index.ts';

const roles = roleSchema.options;
const anyRole = constantFrom(...roles);
const anyPermission = constantFrom(...permissions);

describe('permissions', () => {
  it('are exactly nineteen in the core, in five families', () => {
    expect(new Set(corePermissions).size).toBe(19);
    const families = Object.groupBy(corePermissions, (name) => name.split(':')[0] ?? '');
    const counts = Object.fromEntries(Object.entries(families).map(([name, list]) => [name, list?.length]));
    expect(counts).toEqual({ ion: 5, rtp: 5, job: 4, spc: 3, vm: 2 });
  });

  it('are never in the core and beside it at once', () => {
    expect(new Set(permissions).size).toBe(corePermissions.length + furtherPermissions.length);
  });

  it('answer to their older names, which are no permissions themselves', () => {
    for (const [alias, permission] of Object.entries(permissionAliases)) {
      expect(permissionNamed(alias)).toBe(permission);
      expect(permissions).not.toContain(alias);
    }
    expect(permissionNamed('ion:everything')).toBeNull();
    expect(permissionNamed('constructor')).toBeNull();
  });
});

describe('scopes of an API key', () => {
  it('narrow the role and never widen it', () => {
    assert(
      property(anyRole, uniqueArray(anyPermission), anyPermission, (role, scopes, permission) => {
        const narrowed = reachOf({ role, scopes }, permission);
        const full = reachOf({ role }, permission);
        expect(narrowed).toBe(scopes.includes(permission) ? full : 'none');
      }),
    );
  });

  it('of no entries allow nothing', () => {
    assert(
      property(anyRole, anyPermission, (role, permission) => {
        expect(can({ role, scopes: [] }, permission)).toBe(false);
      }),
    );
  });

  it('may use an older name', () => {
    expect(can({ role: 'viewer', scopes: ['jobs:view'] }, 'job:view_status')).toBe(true);
    expect(can({ role: 'viewer', scopes: ['jobs:cancel'] }, 'job:cancel')).toBe(false);
  });
});

describe('roles', () => {
  it('grow from viewer over operator and engineer to admin in what they may do', () => {
    for (const [lesser, greater] of [
      ['viewer', 'operator'],
      ['operator', 'engineer'],
      ['engineer', 'admin'],
      ['annotator', 'engineer'],
    ] as const) {
      for (const permission of rolePermissions[lesser].keys()) {
        expect(can({ role: greater }, permission), `${greater} ${permission}`).toBe(true);
      }
    }
  });

  it('let the administrator do everything', () => {
    for (const permission of permissions) {
      expect(reachOf({ role: 'admin' }, permission)).toBe('organisation');
    }
  });

  it('let an operator create and view, cancel only own runs, and abort any run of the organisation', () => {
    const operator = { role: 'operator' } as const;
    for (const process of ['ion', 'rtp'] as const) {
      expect(reachOf(operator, `${process}:create_run`)).toBe('organisation');
      expect(reachOf(operator, `${process}:view_run`)).toBe('organisation');
      expect(reachOf(operator, `${process}:cancel_run`)).toBe('own');
      expect(reachOf(operator, `${process}:abort`)).toBe('organisation');
    }
    expect(reachOf(operator, 'job:cancel')).toBe('own');
    expect(reachOf(operator, 'calibration:view')).toBe('organisation');
    expect(can(operator, 'calibration:create')).toBe(false);
    expect(can(operator, 'sop:approve')).toBe(false);
  });

  it('let a viewer change nothing', () => {
    const changing = /create|cancel|retry|abort|manage|approve|ack|train|review|tune|simulate|predict/;
    for (const permission of rolePermissions.viewer.keys()) expect(permission).not.toMatch(changing);
  });

  it('keep users, audit and metrics for the administrator', () => {
    for (const role of roles.filter((role) => role !== 'admin')) {
      for (const permission of ['user:manage', 'audit:view', 'metrics:view'] as const) {
        expect(can({ role }, permission)).toBe(false);
      }
    }
  });

  it('keep process control away from the annotator', () => {
    for (const permission of corePermissions) expect(can({ role: 'annotator' }, permission)).toBe(false);
  });
});

describe('mayEnter', () => {
  const viewer = { orgId: '3f8d29a4-63a5-4c0e-9f1c-0a7d4dd3f1aa', userId: 'v', role: 'viewer' } as const;

  it('asks for credentials before it looks at the role', () => {
    const access = { kind: 'permission', anyOf: ['ion:create_run'] } as const;
    expect(mayEnter(null, access)).toBe('unauthenticated');
    expect(mayEnter(viewer, access)).toBe('forbidden');
    expect(mayEnter(null, { kind: 'signed-in' })).toBe('unauthenticated');
  });

  it('grants when any one of the permissions is held', () => {
    expect(mayEnter(viewer, { kind: 'permission', anyOf: ['ion:create_run', 'rtp:view_run'] })).toBe(
      'granted',
    );
  });

  it('lets everyone through where the route says that it is public', () => {
    expect(mayEnter(null, { kind: 'public', reason: 'signing in' })).toBe('granted');
  });
});
