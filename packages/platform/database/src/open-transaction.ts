import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { StatementBatch, type Statement } from './statement-batch.ts';

/** A transaction; every query of a service runs in one. */
export type Transaction = NodePgDatabase;

type Waiting = {
  statement: Statement;
  resolve: (result: QueryResult) => void;
  reject: (error: Error) => void;
};

const begin: Statement = { name: 'begin', text: 'begin', values: [] };
const commit: Statement = { name: 'commit', text: 'commit', values: [] };

const doors = new WeakMap<PoolClient, Transaction>();
const open = new WeakMap<Transaction, OpenTransaction>();

/**
 * One transaction on a connection of its own. The connection is thrown away when it broke: a backend that was
 * terminated in between fails this transaction and nothing else.
 */
export async function transaction<Value>(
  pool: Pool,
  opening: readonly Statement[],
  work: (tx: Transaction) => Promise<Value>,
): Promise<Value> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  // Without a listener the loss of a connection in use would end the process.
  client.on('error', onError);
  const opened = new OpenTransaction(client, opening);
  try {
    const value = await work(opened.door);
    await opened.commit();
    return value;
  } catch (error) {
    await opened.rollBack();
    throw error;
  } finally {
    opened.leave();
    client.off('error', onError);
    client.release(broken);
  }
}

/**
 * Runs a statement that the server keeps prepared under its name, for the few that every job passes through: no
 * text is built, parsed or planned again. One name stands for one text. Several may be sent without waiting for each
 * other; they travel together, are done in their order, and none is done behind one that failed.
 */
export async function runPrepared<Row>(
  tx: Transaction,
  statement: { name: string; text: string },
  values: readonly unknown[],
): Promise<Row[]> {
  const result = await openOf(tx).send({ ...statement, values });
  // The caller states the row that its text answers, as with every query.
  return result.rows as Row[];
}

/**
 * Lets the commit travel behind what this turn of the event loop still sends: one round trip less. Nothing is committed
 * when one of these fails. A later query of this transaction is refused.
 */
export function commitBehind(tx: Transaction): void {
  openOf(tx).commitBehind();
}

function openOf(tx: Transaction): OpenTransaction {
  const opened = open.get(tx);
  if (opened === undefined) throw new Error('a prepared statement needs a transaction of this database');
  return opened;
}

class OpenTransaction {
  readonly door: Transaction;
  readonly #client: PoolClient;
  /** The connection's own query; for the time of the transaction another stands before it. */
  readonly #query: (...given: unknown[]) => unknown;
  #waiting: Waiting[] = [];
  #planned: NodeJS.Immediate | null = null;
  #isLast = false;
  #isBegun = false;
  #committed: Promise<void> | null = null;
  readonly #doubtful = new Set<Statement>();

  constructor(client: PoolClient, opening: readonly Statement[]) {
    this.#client = client;
    this.#query = client.query.bind(client) as (...given: unknown[]) => unknown;
    // Drizzle's door to a connection is made once and serves each transaction on it.
    this.door = doors.get(client) ?? drizzle(client);
    doors.set(client, this.door);
    open.set(this.door, this);
    // What the query builder sends keeps its place behind what waits to travel together.
    client.query = ((...given: unknown[]) => {
      if (this.#committed !== null) throw new Error('a query came after the commit of its transaction');
      this.#sendWaiting();
      return this.#query(...given);
    }) as PoolClient['query'];
    for (const statement of [begin, ...opening]) this.send(statement).catch(() => undefined);
  }

  send(statement: Statement): Promise<QueryResult> {
    if (this.#committed !== null)
      return Promise.reject(new Error('a query came after the commit of its transaction'));
    this.#planned ??= setImmediate(() => this.#flush());
    return new Promise((resolve, reject) => this.#waiting.push({ statement, resolve, reject }));
  }

  commitBehind(): void {
    this.#isLast = true;
    this.#planned ??= setImmediate(() => this.#flush());
  }

  async commit(): Promise<void> {
    if (this.#committed === null) {
      this.#isLast = true;
      this.#flush();
    }
    await this.#committed;
  }

  async rollBack(): Promise<void> {
    this.#sendWaiting();
    await this.#committed?.catch(() => undefined);
    if (this.#isBegun) await this.#tryToSay('rollback');
    for (const { name } of this.#doubtful) await this.#tryToSay(`deallocate "${name}"`);
  }

  /** The connection serves others again. */
  leave(): void {
    if (this.#planned !== null) clearImmediate(this.#planned);
    open.delete(this.door);
    Reflect.deleteProperty(this.#client, 'query');
  }

  #flush(): void {
    if (this.#planned !== null) clearImmediate(this.#planned);
    this.#planned = null;
    if (this.#isLast && this.#committed === null) {
      this.#committed = this.#isBegun ? this.#sayCommit() : this.#sendAsOne();
      this.#committed.catch(() => undefined);
    }
    this.#sendWaiting();
  }

  /** What travels in one packet the server does as one transaction, without a word about where it begins and ends. */
  #sendAsOne(): Promise<void> {
    const sent = this.#waiting.filter(({ statement }) => statement !== begin);
    this.#waiting = [];
    return new Promise((resolve, reject) => {
      if (sent.length === 0) resolve();
      else this.#sendBatch(sent, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  async #sayCommit(): Promise<void> {
    const ended = await new Promise<QueryResult>((resolve, reject) =>
      this.#waiting.push({ statement: commit, resolve, reject }),
    );
    // Postgres answers so when a query failed whose error the work kept to itself.
    if (ended.command !== 'COMMIT') throw new Error('the transaction was rolled back');
  }

  #sendWaiting(): void {
    const sent = this.#waiting;
    if (sent.length === 0) return;
    this.#isBegun = true;
    this.#waiting = [];
    this.#sendBatch(sent, () => undefined);
  }

  #sendBatch(sent: readonly Waiting[], done: (error: Error | null) => void): void {
    const batch = new StatementBatch(
      sent.map(({ statement }) => statement),
      (error, results) => {
        const doubtful = error === null ? null : batch.doubtful();
        if (doubtful !== null) this.#doubtful.add(doubtful);
        for (const [index, { resolve, reject }] of sent.entries()) {
          const result = results[index];
          if (result !== undefined && error === null) resolve(result);
          else reject(error ?? new Error('a statement was not answered'));
        }
        done(error);
      },
    );
    this.#query(batch);
  }

  async #tryToSay(text: string): Promise<void> {
    await (this.#query(text) as Promise<unknown>).catch(() => undefined);
  }
}
