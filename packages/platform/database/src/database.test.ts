import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { askTestServer } from '@spectra/local-servers';
import { createLogger } from '@spectra/service-kit';
import { sql } from 'drizzle-orm';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { isDatabaseAway } from './is-database-away.ts';
import { openDatabase, type Database } from './open-database.ts';
import { commitBehind, runPrepared, type Transaction } from './open-transaction.ts';
import { prepareDatabase, type SchemaUrls } from './prepare-database.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const migrationsFolder = join(import.meta.dirname, '../test/data/migrations');
const name = `test_${randomBytes(6).toString('hex')}`;
const owners = [
  { schema: 'left_owner', migrationsFolder },
  { schema: 'right_owner', migrationsFolder },
] as const;

const addNotePrepared = { name: 'add-note', text: 'insert into notes (org_id, body) values ($1, $2)' };
const countPrepared = { name: 'count-notes', text: 'select count(*)::int as n from notes' };

let adminUrl: string;
let urls: Record<'left_owner' | 'right_owner', SchemaUrls>;
let database: Database;
const prepare = () => prepareDatabase({ adminUrl, database: name, owners, roleSecret: 'tests' });
const addNote = (door: Database, orgId: string, rowOrgId: string) =>
  door.withOrg(orgId, (tx) => tx.execute(sql`insert into notes (org_id, body) values (${rowOrgId}, 'x')`));
const countNotes = async (orgId: string) => {
  const found = await database.withOrg(orgId, (tx) => tx.execute(sql`select count(*)::int as n from notes`));
  return found.rows[0]?.['n'];
};
const causeOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => new Error('it was allowed'),
    (reason: unknown) => reason,
  );
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
};

beforeAll(async () => {
  adminUrl = await askTestServer(inject('testServersUrl'), 'postgres');
  urls = await prepare();
  database = openDatabase({ ...urls.left_owner, logger, maxConnections: 2 });
});

afterAll(async () => {
  await database.close();
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`drop database if exists ${name} with (force)`);
  await client.end();
});

describe('an organisation', () => {
  it('sees only its own rows, and the background role sees all', async () => {
    const [ours, theirs] = [randomUUID(), randomUUID()];
    await addNote(database, ours, ours);
    await addNote(database, theirs, theirs);
    expect(await countNotes(ours)).toBe(1);
    const all = await database.withSystem((tx) =>
      tx.execute(sql`select org_id from notes where org_id in (${ours}, ${theirs})`),
    );
    expect(all.rows).toHaveLength(2);
  });

  it('cannot write a row for another one', async () => {
    const refusal = await causeOf(addNote(database, randomUUID(), randomUUID()));
    expect(refusal).toMatch(/row-level security/);
  });

  it('is forgotten by the connection at the end of the transaction', async () => {
    const ours = randomUUID();
    await addNote(database, ours, ours);
    const client = new Client({ connectionString: urls.left_owner.appUrl });
    await client.connect();
    const seen = await client.query('select * from notes');
    await client.end();
    expect(seen.rows).toEqual([]);
    // More transactions than connections: each connection was used by someone before.
    const counts = await Promise.all(Array.from({ length: 8 }, () => countNotes(randomUUID())));
    expect(counts).toEqual(Array.from({ length: 8 }, () => 0));
  });

  it('must be a UUID', async () => {
    expect(() => database.withOrg("' or true", async () => 1)).toThrow(/UUID/);
  });
});

describe('a service role', () => {
  it('may not define tables, nor read the schema of another owner', async () => {
    const make = database.withSystem((tx) => tx.execute(sql`create table mine (id int)`));
    expect(await causeOf(make)).toMatch(/permission denied/);
    const peek = database.withSystem((tx) => tx.execute(sql`select * from right_owner.notes`));
    expect(await causeOf(peek)).toMatch(/permission denied/);
  });

  it('has its time limits and stays below superuser', async () => {
    const found = await database.withOrg(randomUUID(), (tx) =>
      tx.execute(sql`select current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle, current_setting('search_path') as path,
        (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as mighty`),
    );
    expect(found.rows).toEqual([{ statement: '15s', idle: '15s', path: 'left_owner', mighty: false }]);
  });
});

describe('preparing the database', () => {
  it('is repeatable, keeps rows and URLs, and survives two starters at once', async () => {
    const ours = randomUUID();
    await addNote(database, ours, ours);
    const [first, second] = await Promise.all([prepare(), prepare()]);
    expect(first).toEqual(urls);
    expect(second).toEqual(urls);
    expect(await countNotes(ours)).toBe(1);
  });

  it('refuses a schema name that is no plain word', async () => {
    const bad = prepareDatabase({
      adminUrl,
      database: name,
      owners: [{ schema: 'x; drop', migrationsFolder }],
      roleSecret: 'tests',
    });
    await expect(bad).rejects.toThrow(/not a usable schema name/);
  });
});

describe('prepared statements of one turn', () => {
  const add = (tx: Transaction, orgId: string, body: string) =>
    runPrepared(tx, addNotePrepared, [orgId, body]);
  const bodies = async (orgId: string) =>
    (await database.withOrg(orgId, (tx) => tx.execute(sql`select body from notes order by body`))).rows.map(
      (row) => row['body'],
    );

  it('are done in their order and answered each in its place; the query builder sees what went before', async () => {
    const ours = randomUUID();
    const found = await database.withOrg(ours, async (tx) => {
      const together = Promise.all([
        add(tx, ours, 'a'),
        runPrepared<{ n: number }>(tx, countPrepared, []),
        add(tx, ours, 'b'),
        runPrepared<{ n: number }>(tx, countPrepared, []),
      ]);
      const built = await tx.execute(sql`select count(*)::int as n from notes`);
      const [, first, , second] = await together;
      return [first[0]?.n, second[0]?.n, built.rows[0]?.['n']];
    });
    expect(found).toEqual([1, 2, 2]);
    expect(await bodies(ours)).toEqual(['a', 'b']);
  });

  it('leave nothing when one of them fails, and it can be sent again on the same connection', async () => {
    const ours = randomUUID();
    const divide = { name: 'divide', text: 'select 1 / $1::int as n' };
    const attempt = (by: number) =>
      database.withOrg(ours, async (tx) => {
        commitBehind(tx);
        await Promise.all([add(tx, ours, `by ${by}`), runPrepared(tx, divide, [by]), add(tx, ours, 'after')]);
      });
    for (let round = 0; round < 4; round += 1) expect(await causeOf(attempt(0))).toMatch(/division by zero/);
    expect(await bodies(ours)).toEqual([]);
    await attempt(1);
    expect(await bodies(ours)).toEqual(['after', 'by 1']);
  });

  it('that travel with their commit are one transaction: what is local to it ends with it', async () => {
    const one = openDatabase({ ...urls.left_owner, logger, maxConnections: 1 });
    const set = { name: 'set-patience', text: `select set_config('lock_timeout', '77ms', true)` };
    const show = {
      name: 'show-local',
      text: `select current_setting('lock_timeout') as patience, pg_backend_pid() as pid,
        pg_current_xact_id_if_assigned() is null as untouched`,
    };
    const look = (before: readonly { name: string; text: string }[]) =>
      one.withOrg(randomUUID(), async (tx) => {
        commitBehind(tx);
        const all = await Promise.all([...before, show].map((statement) => runPrepared(tx, statement, [])));
        return all.at(-1)?.[0];
      });
    const within = (await look([set])) as { patience: string; pid: number };
    expect(within.patience).toBe('77ms');
    const after = (await look([])) as { patience: string; pid: number };
    expect(after).toMatchObject({ pid: within.pid, untouched: true });
    expect(after.patience).not.toBe('77ms');
    await one.close();
  });

  it('keep the query builder before a commit that is only planned', async () => {
    const ours = randomUUID();
    const undone = database.withOrg(ours, async (tx) => {
      commitBehind(tx);
      await Promise.all([
        add(tx, ours, 'prepared'),
        tx.execute(sql`insert into notes (org_id, body) values (${ours}, 'built')`),
        tx.execute(sql`select 1 / (count(*) - 2) from notes`),
      ]);
    });
    expect(await causeOf(undone)).toMatch(/division by zero/);
    expect(await bodies(ours)).toEqual([]);
  });

  it('may take the commit along; a later query is refused and the connection stays usable', async () => {
    const ours = randomUUID();
    const late = database.withOrg(ours, async (tx) => {
      commitBehind(tx);
      await add(tx, ours, 'in time');
      await add(tx, ours, 'late');
    });
    expect(await causeOf(late)).toMatch(/after the commit/);
    const lateBuilt = database.withOrg(ours, async (tx) => {
      commitBehind(tx);
      await add(tx, ours, 'in time too');
      await tx.execute(sql`select 1`);
    });
    expect(await causeOf(lateBuilt)).toMatch(/after the commit/);
    expect(await bodies(ours)).toEqual(['in time', 'in time too']);
  });
});

describe('ping', () => {
  it('tells true for a server that is there and false for one that is not', async () => {
    expect(await database.ping()).toBe(true);
    const nowhere = 'postgres://a:b@127.0.0.1:1/none';
    const away = openDatabase({ appUrl: nowhere, systemUrl: nowhere, logger });
    expect(await away.ping()).toBe(false);
    await away.close();
    await away.close();
  });
});

describe('the reserved connection', () => {
  it('is there while the pools are taken, and is the same one each time', async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const others = Array.from({ length: 3 }, () => database.withSystem(() => held));
    const backend = async () => {
      const found = await database.withReserved((tx) => tx.execute(sql`select pg_backend_pid() as id`));
      return found.rows[0]?.['id'];
    };
    const first = await backend();
    expect(await backend()).toBe(first);
    letGo();
    await Promise.all(others);
  });
});

describe('a database that takes no writes', () => {
  it('counts as away for now, and a broken statement does not', async () => {
    const faultOf = (statement: string) =>
      database
        .withSystem(async (tx) => {
          await tx.execute(sql`set transaction read only`);
          await tx.execute(sql.raw(statement));
        })
        .catch((fault: unknown) => fault);
    expect(isDatabaseAway(await faultOf('delete from notes'))).toBe(true);
    expect(isDatabaseAway(await faultOf('delete from nowhere'))).toBe(false);
    expect(isDatabaseAway(Object.assign(new Error('disk'), { code: '53100' }))).toBe(true);
    const rollback = new Error('Client has encountered a connection error and is not queryable');
    expect(isDatabaseAway(new Error('Failed query: rollback', { cause: rollback }))).toBe(true);
  });
});

describe('a terminated connection', () => {
  const terminate = async (processId: unknown) => {
    const client = new Client({ connectionString: adminUrl });
    await client.connect();
    await client.query('select pg_terminate_backend($1)', [processId]);
    await client.end();
  };

  it('fails the transaction on it and no other, and its place in the pool is free again', async () => {
    const cut = database.withSystem(async (tx) => {
      const found = await tx.execute(sql`select pg_backend_pid() as id`);
      await terminate(found.rows[0]?.['id']);
      await tx.execute(sql`select 1`);
    });
    await expect(cut).rejects.toThrow();
    // More at once than the pool has connections: a leaked one would stop this.
    const counts = await Promise.all(
      Array.from({ length: 4 }, () => database.withSystem((tx) => tx.execute(sql`select 1 as n`))),
    );
    expect(counts.map((found) => found.rows[0]?.['n'])).toEqual([1, 1, 1, 1]);
  });

  it('does not end the process when it is cut between two statements', async () => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const cut = database.withSystem(async (tx) => {
      const found = await tx.execute(sql`select pg_backend_pid() as id`);
      await terminate(found.rows[0]?.['id']);
      await held;
      await tx.execute(sql`select 1`);
    });
    await database.withSystem((tx) => tx.execute(sql`select pg_sleep(0.05)`));
    goOn();
    await expect(cut).rejects.toThrow();
  });
});
