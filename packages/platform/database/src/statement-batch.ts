import pg, { Query, type Connection, type QueryResult } from 'pg';

/** A statement that the server keeps prepared under its name, and what it is given. */
export type Statement = { name: string; text: string; values: readonly unknown[] };

/** A connection as the driver's own queries use it: which texts its server keeps, and the messages of the protocol. */
type Wire = Connection & {
  parsedStatements: Record<string, string>;
  parse(message: { name: string; text: string }): void;
  bind(message: { portal: ''; statement: string; values: unknown[] }): void;
  describe(message: { type: 'P'; name: '' }): void;
  execute(message: { portal: ''; rows: 0 }): void;
};

const { prepareValue } = (pg as unknown as { utils: { prepareValue: (value: unknown) => unknown } }).utils;

/**
 * Statements that travel in one packet and are answered in one: the server flushes once, behind the last. After the
 * first that fails none is done. To the driver it is a query like any other; it keeps what the driver must know of them.
 */
export class StatementBatch extends Query {
  readonly #statements: readonly Statement[];
  readonly #results: QueryResult[] = [];
  #parsed: readonly Statement[] = [];
  #wire: Wire | null = null;

  constructor(
    statements: readonly Statement[],
    done: (error: Error | null, results: readonly QueryResult[]) => void,
  ) {
    super({ text: '' }, (error: unknown) => done((error as Error | null) ?? null, this.#results));
    this.#statements = statements;
    this.submit = (connection) => this.#send(connection as Wire);
  }

  /** A statement that came to the server and then failed: it may be kept there or not. */
  doubtful(): Statement | null {
    const failed = this.#statements[this.#results.length];
    return failed !== undefined && this.#parsed.includes(failed) ? failed : null;
  }

  /** Called by the driver at the end of each statement. */
  handleCommandComplete(message: unknown, connection: unknown): void {
    Reflect.apply(driverCommandComplete, this, [message, connection]);
    const statement = this.#statements[this.#results.length];
    if (statement !== undefined && this.#wire !== null)
      this.#wire.parsedStatements[statement.name] = statement.text;
    this.#results.push(Reflect.get(this, '_result') as QueryResult);
  }

  #send(wire: Wire): null {
    this.#wire = wire;
    const values = this.#statements.map((statement) => statement.values.map(prepareValue));
    const kept = new Set<string>();
    const parsed: Statement[] = [];
    wire.stream.cork();
    for (const [index, statement] of this.#statements.entries()) {
      const { name, text } = statement;
      if (wire.parsedStatements[name] === undefined && !kept.has(name)) {
        wire.parse({ name, text });
        parsed.push(statement);
      }
      kept.add(name);
      wire.bind({ portal: '', statement: name, values: values[index] ?? [] });
      wire.describe({ type: 'P', name: '' });
      wire.execute({ portal: '', rows: 0 });
    }
    wire.sync();
    wire.stream.uncork();
    this.#parsed = parsed;
    return null;
  }
}

const driverCommandComplete = Reflect.get(Query.prototype, 'handleCommandComplete') as () => void;
