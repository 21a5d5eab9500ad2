import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';
import type { Logger } from '@spectra/service-kit';

/** A drizzle transaction; every query of a service runs in one. */
export type Transaction = Parameters<Parameters<NodePgDatabase['transaction']>[0]>[0];

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
  logger: Logger;
}): Database {
  const max = options.maxConnections ?? 10;
  const app = openPool(options.appUrl, max, options.logger);
  const system = openPool(options.systemUrl, max, options.logger);
  let closing: Promise<void> | undefined;
  return {
    withOrg: (orgId, work) => {
      if (!uuidForm.test(orgId)) throw new Error(`withOrg needs the organisation's UUID, not "${orgId}"`);
      return transaction(app, async (tx) => {
        // Local to the transaction: a pooled connection never carries an organisation to its next user.
        await tx.execute(sql`select set_config('app.org_id', ${orgId}, true)`);
        return work(tx);
      });
    },
    withSystem: (work) => transaction(system, work),
    ping: () => answersInTime(app),
    close: () => {
      closing ??= Promise.all([app.end(), system.end()]).then(() => undefined);
      return closing;
    },
  };
}

/**
 * One transaction on a connection of its own. The connection is thrown away when it broke: a backend that was
 * terminated in between fails this transaction and nothing else.
 */
async function transaction<Value>(pool: Pool, work: (tx: Transaction) => Promise<Value>): Promise<Value> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  // Without a listener the loss of a connection in use would end the process.
  client.on('error', onError);
  try {
    return await drizzle(client).transaction(work);
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

function openPool(connectionString: string, max: number, logger: Logger): Pool {
  const pool = new Pool({
    connectionString,
    max,
    connectionTimeoutMillis: connectLimitMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  // Without a listener a dropped idle connection would end the process.
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection was lost'));
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
