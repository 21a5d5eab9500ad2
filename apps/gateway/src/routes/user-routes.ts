import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { accept, refuse, roleSchema, type FieldError, type Result } from '@spectra/schemas';
import { z } from 'zod';
import type { Accounts } from '../identity/accounts.ts';
import { passwordFault } from '../identity/password-rules.ts';
import type { UserChange, Users } from '../identity/users.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const manageUsers = { kind: 'permission', anyOf: ['user:manage'] } as const;
const name = z.string().min(1).max(200);
const password = z.string().min(1).max(200);
const userSchema = z.object({
  user_id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: roleSchema,
  disabled: z.boolean(),
  created_at: z.string(),
  last_login_at: z.string().nullable(),
});

/** People of the organisation; only its administrators come in here. */
export function userRoutes(users: Users, accounts: Accounts): HttpRoute[] {
  return [register(users), listUsers(users), changeUser(users, accounts)];
}

function register(users: Users): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/auth/register',
    access: manageUsers,
    organisation: 'collection',
    summary: 'Add a person to the organisation, with a role',
    tag: 'auth',
    body: z.strictObject({
      username: name,
      email: z.email().max(254),
      password,
      role: roleSchema.default('viewer'),
    }),
    example: {
      body: {
        username: 'New Operator',
        email: 'new.operator@demo.example',
        password: 'Seven-Quiet-Lamps-41',
        role: 'operator',
      },
    },
    reply: { status: 201, schema: userSchema },
    async handler({ body, principal }) {
      const fault = passwordFault(body.password);
      if (fault !== null) return weakPassword(fault);
      const { username, ...rest } = body;
      return users.create(principal.caller.orgId, { ...rest, name: username });
    },
  });
}

function listUsers(users: Users): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/auth/users',
    access: manageUsers,
    organisation: 'collection',
    summary: 'List the people of the organisation',
    tag: 'auth',
    query: z.strictObject(limitOffset),
    reply: { status: 200, schema: z.object({ users: z.array(userSchema), ...listFacts }) },
    async handler({ principal, query }) {
      const found = await users.list(principal.caller.orgId, query);
      return accept({ users: found.items, ...factsOf(found, query) });
    },
  });
}

function changeUser(users: Users, accounts: Accounts): HttpRoute {
  return defineRoute({
    method: 'PATCH',
    url: '/api/auth/users/:user_id',
    access: manageUsers,
    organisation: 'resource',
    summary: 'Change name, role or password, or disable; what was signed before ends',
    tag: 'auth',
    params: z.strictObject({ user_id: z.uuid() }),
    body: z.strictObject({
      name: name.optional(),
      role: roleSchema.optional(),
      disabled: z.boolean().optional(),
      password: password.optional(),
    }),
    example: { body: { name: 'Another Name' } },
    reply: { status: 200, schema: userSchema },
    async handler({ principal, params, body }) {
      const fault = body.password === undefined ? null : passwordFault(body.password);
      if (fault !== null) return weakPassword(fault);
      const { orgId, userId } = principal.caller;
      if (params.user_id === userId && locksOut(body)) {
        return refuse('conflict', 'Administrators cannot disable themselves or give up their own role.');
      }
      const changed = await users.change(orgId, params.user_id, body);
      accounts.changed();
      return changed;
    },
  });
}

function locksOut(change: UserChange): boolean {
  return change.disabled === true || (change.role !== undefined && change.role !== 'admin');
}

function weakPassword(fault: FieldError): Result<never> {
  return refuse('validation_failed', `${fault.path}: ${fault.message}`, [fault]);
}
