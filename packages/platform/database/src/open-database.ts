import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Pool, type PoolClient } from 'pg';
import type { Logger } from '@spectra/service-kit';

/** A transaction; every query of a service runs in one. */
export type Transaction = NodePgDatabase;

/** An owner's door to its own schema. */
export type Database = {
  /** One transaction that sees and writes only this organisation's rows (row-level security). */
  withOrg<Value>(orgId: string, work: (tx: Transaction) => Promise<Value>): Promise<Value>;
  /** One transaction across organisations, for background work that no request starts. */
  withSystem<Value>(work: (tx: Transaction) => Promise<Value>): Promise<Value>;
  /** True when the database answers within a second. */
  ping(): Promise<boolean>;
  /** Waits for running transactions, then closes. Closing twice is fine. */
  close(): Promise<void>;
};

const connectLimitMs = 5_000;
const pingLimitMs = 1_000;
const plansByIndex = [
  ...['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'].map((kind) => `enable_${kind}=off`),
  'plan_cache_mode=force_generic_plan',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Opens a service's database with two pools: the request path's role and the background role. Connections
 * are made when first needed, so a service starts while the database is away and heals when it returns.
 */
export function openDatabase(options: {
  appUrl: string;
  systemUrl: string;
  /** Per pool; default 10. */
  maxConnections?: number;
  /**
   * Plans go by index, row by row, wherever one can. Right for a queue: its prepared statements touch few rows of
   * tables that grow from nothing faster than statistics of them are made.
   */
  plansByIndex?: boolean;
  logger: Logger;
}): Database {
  const app = openPool(options.appUrl, options);
  const system = openPool(options.systemUrl, options);
  let closing: Promise<void> | undefined;
  return {
    withOrg: (orgId, work) => {
      if (!uuidForm.test(orgId)) throw new Error(`withOrg needs the organisation's UUID, not "${orgId}"`);
      // Local to the transaction: a pooled connection never carries an organisation to its next user.
      return transaction(app, `begin; select set_config('app.org_id', '${orgId}', true)`, work);
    },
    withSystem: (work) => transaction(system, 'begin', work),
    ping: () => answersInTime(app),
    close: () => {
      closing ??= Promise.all([app.end(), system.end()]).then(() => undefined);
      return closing;
    },
  };
}

const clients = new WeakMap<Transaction, PoolClient>();
const doors = new WeakMap<PoolClient, Transaction>();

/**
 * One transaction on a connection of its own. The connection is thrown away when it broke: a backend that was
 * terminated in between fails this transaction and nothing else.
 */
async function transaction<Value>(
  pool: Pool,
  opening: string,
  work: (tx: Transaction) => Promise<Value>,
): Promise<Value> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  // Without a listener the loss of a connection in use would end the process.
  client.on('error', onError);
  // The first query of the work travels right behind it; should it fail, that query fails as well.
  keepTogether(client);
  const opened = client.query(opening).catch((error: Error) => error);
  try {
    const value = await work(doorOf(client));
    const failure = await opened;
    if (failure instanceof Error) throw failure;
    const ended = await client.query('commit');
    // Postgres answers so when a query failed whose error the work kept to itself.
    if (ended.command !== 'COMMIT') throw new Error('the transaction was rolled back');
    return value;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

const corked = new WeakSet<PoolClient>();

/** What is sent in one turn of the event loop goes out in one packet. */
function keepTogether(client: PoolClient): void {
  if (corked.has(client)) return;
  corked.add(client);
  const { stream } = client.connection;
  stream.cork();
  setImmediate(() => {
    corked.delete(client);
    stream.uncork();
  });
}

/** Drizzle's door to a connection is made once and serves each transaction on it. */
function doorOf(client: PoolClient): Transaction {
  const door = doors.get(client) ?? drizzle(client);
  doors.set(client, door);
  clients.set(door, client);
  return door;
}

/**
 * Runs a statement that the server keeps prepared under its name, for the few that every job passes through: no
 * text is built, parsed or planned again. One name stands for one text. Several may be sent without waiting for each
 * other; they travel together and are done in their order.
 */
export async function runPrepared<Row>(
  tx: Transaction,
  statement: { name: string; text: string },
  values: readonly unknown[],
): Promise<Row[]> {
  const client = clients.get(tx);
  if (client === undefined) throw new Error('a prepared statement needs a transaction of this database');
  keepTogether(client);
  const result = await client.query({ ...statement, values: [...values] });
  // The caller states the row that its text answers, as with every query.
  return result.rows as Row[];
}

function openPool(
  connectionString: string,
  options: { maxConnections?: number; plansByIndex?: boolean; logger: Logger },
): Pool {
  const pool = new Pool({
    connectionString,
    max: options.maxConnections ?? 10,
    ...(options.plansByIndex === true ? { options: plansByIndex } : {}),
    connectionTimeoutMillis: connectLimitMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    // What a transaction sends without waiting travels together.
    pipeline: true,
  });
  // Without a listener a dropped idle connection would end the process.
  pool.on('error', (error) => options.logger.warn({ err: error }, 'an idle database connection was lost'));
  return pool;
}

async function answersInTime(pool: Pool): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), pingLimitMs);
  });
  const answered = pool.query('select 1').then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answered, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
