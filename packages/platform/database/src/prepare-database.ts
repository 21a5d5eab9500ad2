import { createHmac } from 'node:crypto';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/** A service that owns a schema, and the folder of its drizzle migrations. */
export type SchemaOwner<Schema extends string = string> = { schema: Schema; migrationsFolder: string };

/** Connection URLs of one owner: the request path's role and the background role. */
export type SchemaUrls = { appUrl: string; systemUrl: string };

const ownerRole = 'spectra_owner';
/** Held while roles are made and schemas migrated, so that two starters cannot race. */
const preparationLock = 7_326_582;
const schemaForm = /^[a-z][a-z0-9_]{0,40}$/;

/** Limits of the roles: a request must be short, background work may take longer. */
const roleLimits = {
  app: { statement_timeout: '15s', idle_in_transaction_session_timeout: '15s', lock_timeout: '5s' },
  system: { statement_timeout: '60s', idle_in_transaction_session_timeout: '30s', lock_timeout: '10s' },
} as const;

/**
 * The one migration step before any service starts: makes the database, its roles and its schemas, applies
 * each owner's migrations and answers the URLs for the services. Repeating it is fine.
 */
export async function prepareDatabase<const Schema extends string>(options: {
  /** A role that may create roles and databases. */
  adminUrl: string;
  database: string;
  owners: readonly SchemaOwner<Schema>[];
  /** Where the roles' passwords are derived from; default: the password in `adminUrl`. */
  roleSecret?: string;
}): Promise<Record<Schema, SchemaUrls>> {
  const secret = options.roleSecret ?? decodeURIComponent(new URL(options.adminUrl).password);
  if (secret === '') throw new Error('prepareDatabase needs a password in adminUrl, or a roleSecret');
  for (const { schema } of options.owners) {
    if (!schemaForm.test(schema)) throw new Error(`"${schema}" is not a usable schema name`);
  }
  const urls: [Schema, SchemaUrls][] = [];
  await withClient(options.adminUrl, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [preparationLock]);
    await prepareRoles(admin, options.owners, secret);
    await prepareDatabaseItself(admin, options.database);
    for (const owner of options.owners) {
      await prepareSchema(urlWith(options.adminUrl, { database: options.database }), owner);
      urls.push([owner.schema, urlsOf(owner.schema, options, secret)]);
    }
  });
  return Object.fromEntries(urls) as Record<Schema, SchemaUrls>;
}

function roleNames(schema: string): { app: string; system: string } {
  return { app: `spectra_${schema}`, system: `spectra_${schema}_system` };
}

/** Derived, not stored: every start of the launcher and every test gets the same one for the same cluster. */
function passwordOf(role: string, secret: string): string {
  return createHmac('sha256', secret).update(`role:${role}`).digest('base64url');
}

async function prepareRoles(admin: Client, owners: readonly SchemaOwner[], secret: string): Promise<void> {
  await ensureRole(admin, ownerRole, 'nologin');
  // The migrations run under the owner's name, whoever the administrator is.
  await admin.query(`grant ${ownerRole} to current_user`);
  for (const { schema } of owners) {
    const names = roleNames(schema);
    for (const kind of ['app', 'system'] as const) {
      const role = names[kind];
      await ensureRole(admin, role, `login password ${escapeLiteral(passwordOf(role, secret))}`);
      await admin.query(`alter role ${role} set search_path = ${schema}`);
      for (const [name, value] of Object.entries(roleLimits[kind])) {
        await admin.query(`alter role ${role} set ${name} = '${value}'`);
      }
    }
  }
}

async function ensureRole(admin: Client, role: string, attributes: string): Promise<void> {
  const found = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
  const verb = found.rowCount === 0 ? 'create' : 'alter';
  await admin.query(
    `${verb} role ${role} with nosuperuser nobypassrls nocreatedb nocreaterole ${attributes}`,
  );
}

async function prepareDatabaseItself(admin: Client, database: string): Promise<void> {
  const name = escapeIdentifier(database);
  const found = await admin.query('select 1 from pg_database where datname = $1', [database]);
  if (found.rowCount === 0) await admin.query(`create database ${name} owner ${ownerRole}`);
  await admin.query(`revoke all on database ${name} from public`);
}

async function prepareSchema(databaseUrl: string, owner: SchemaOwner): Promise<void> {
  const { schema } = owner;
  const { app, system } = roleNames(schema);
  await withClient(databaseUrl, async (client) => {
    const database = escapeIdentifier(new URL(databaseUrl).pathname.slice(1));
    await client.query('revoke all on schema public from public');
    await client.query(`grant connect on database ${database} to ${app}, ${system}`);
    await client.query(`create schema if not exists ${schema} authorization ${ownerRole}`);
    await client.query(`grant usage on schema ${schema} to ${app}, ${system}`);
    await client.query(`set role ${ownerRole}`);
    await client.query(`set search_path = ${schema}`);
    await client.query(
      `alter default privileges in schema ${schema} grant select, insert, update, delete on tables to ${app}, ${system}`,
    );
    await client.query(
      `alter default privileges in schema ${schema} grant usage, select on sequences to ${app}, ${system}`,
    );
    await migrate(drizzle(client), {
      migrationsFolder: owner.migrationsFolder,
      migrationsSchema: schema,
      migrationsTable: 'applied_migrations',
    });
    await client.query(`revoke all on table ${schema}.applied_migrations from ${app}, ${system}`);
  });
}

function urlsOf(schema: string, options: { adminUrl: string; database: string }, secret: string): SchemaUrls {
  const names = roleNames(schema);
  const urlOf = (role: string) =>
    urlWith(options.adminUrl, {
      database: options.database,
      user: role,
      password: passwordOf(role, secret),
    });
  return { appUrl: urlOf(names.app), systemUrl: urlOf(names.system) };
}

function urlWith(url: string, change: { database: string; user?: string; password?: string }): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(change.database)}`;
  if (change.user !== undefined) changed.username = change.user;
  if (change.password !== undefined) changed.password = change.password;
  return changed.href;
}

async function withClient<Value>(url: string, work: (client: Client) => Promise<Value>): Promise<Value> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
