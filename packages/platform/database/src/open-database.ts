import { Pool } from 'pg';
import type { Logger } from '@spectra/service-kit';
import { transaction, type Transaction } from './open-transaction.ts';
import { createSharedReads, type SharedRead } from './shared-reads.ts';

/** An owner's door to its own schema. */
export type Database = {
  /** One transaction that sees and writes only this organisation's rows (row-level security). */
  withOrg<Value>(orgId: string, work: (tx: Transaction) => Promise<Value>): Promise<Value>;
  /**
   * Reads in the name of an organisation, in one transaction with whatever else it reads so at the same moment: for
   * requests that come many at once and look at the same rows. It only reads.
   */
  readTogether<Value>(orgId: string, read: (shared: SharedRead) => Promise<Value>): Promise<Value>;
  /** One transaction across organisations, for background work that no request starts. */
  withSystem<Value>(work: (tx: Transaction) => Promise<Value>): Promise<Value>;
  /**
   * Like `withSystem`, on a connection that serves nothing else and stays open: for what must not wait behind other work
   * when the pools are taken, and cannot wait for a new connection. One at a time; keep it for few short transactions.
   */
  withReserved<Value>(work: (tx: Transaction) => Promise<Value>): Promise<Value>;
  /** True when the database answers within a second. */
  ping(): Promise<boolean>;
  /** Waits for running transactions, then closes. Closing twice is fine. */
  close(): Promise<void>;
};

const connectLimitMs = 5_000;
const idleLimitMs = 30_000;
const pingLimitMs = 1_000;
const plansByIndex = [
  ...['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'].map((kind) => `enable_${kind}=off`),
  'plan_cache_mode=force_generic_plan',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');
// Local to the transaction: a pooled connection never carries an organisation to its next user.
const bindOrg = { name: 'bind-org', text: `select set_config('app.org_id', $1, true)` };
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Opens a service's database with two pools, the request path's role and the background role, and a reserved connection
 * of the latter. Connections are made when first needed, so a service starts while the database is away and heals when it returns.
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
  const reserved = openPool(options.systemUrl, { ...options, maxConnections: 1, keptOpen: true });
  let closing: Promise<void> | undefined;
  const withOrg: Database['withOrg'] = (orgId, work) => {
    if (!uuidForm.test(orgId)) throw new Error(`withOrg needs the organisation's UUID, not "${orgId}"`);
    return transaction(app, [{ ...bindOrg, values: [orgId] }], work);
  };
  return {
    withOrg,
    readTogether: createSharedReads(withOrg),
    withSystem: (work) => transaction(system, [], work),
    withReserved: (work) => transaction(reserved, [], work),
    ping: () => answersInTime(app),
    close: () => {
      closing ??= Promise.all([app, system, reserved].map((pool) => pool.end())).then(() => undefined);
      return closing;
    },
  };
}

function openPool(
  connectionString: string,
  options: { maxConnections?: number; plansByIndex?: boolean; keptOpen?: boolean; logger: Logger },
): Pool {
  const pool = new Pool({
    connectionString,
    max: options.maxConnections ?? 10,
    ...(options.plansByIndex === true ? { options: plansByIndex } : {}),
    connectionTimeoutMillis: connectLimitMs,
    idleTimeoutMillis: options.keptOpen === true ? 0 : idleLimitMs,
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
