import { runPrepared, type Transaction } from '@spectra/database';

/** A column of the rows that a statement works on: the type in which it travels, and its value in each row. */
export type SentColumn = { name: string; type: string; values: readonly unknown[] };

/** A column of new rows, made from what each row is about; `write` where it is stored in another form than it travels. */
export type NewColumn<About> = {
  name: string;
  type: string;
  of: (about: About) => unknown;
  write?: (value: string) => string;
};

/** Milliseconds since 1970, stored as a time. */
export const asTime = (value: string): string => `to_timestamp(${value} / 1000)`;
export const asJson = (value: string): string => `${value}::jsonb`;
export const asTexts = (value: string): string => `${value}::text[]`;

/** Lists of lists do not travel: each goes as its literal. */
export function textsLiteral(texts: readonly string[]): string {
  return `{${texts.map((one) => JSON.stringify(one)).join(',')}}`;
}

export function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** Rows as a statement takes them: the text that stands for them, what it is given, and a word for its form. */
export type SentRows = { text: string; values: unknown[]; form: string };

/**
 * Rows for the `from` of a prepared statement, in their order. A column that has the same value in all of them travels
 * once, the others as lists, and always so the first `keys`, by which rows are found: one value of a key would lead the
 * planner there. `given` parameters stand before. Statements with the same form have the same text.
 */
export function sentRows(columns: readonly SentColumn[], { given = 0, keys = 1 } = {}): SentRows {
  const others = columns.slice(keys).map((column) => ({ ...column, isAlike: isAlike(column) }));
  const lists = [...columns.slice(0, keys), ...others.filter((column) => !column.isAlike)];
  const alike = others.filter((column) => column.isAlike);
  const listed = lists.map(({ type }, index) => `$${given + index + 1}::${type}[]`);
  const once = alike.map(
    ({ name, type }, index) => `, $${given + lists.length + index + 1}::${type} as ${name}`,
  );
  return {
    text: `(select u.*${once.join('')}
      from unnest(${listed.join(', ')}) with ordinality as u(${lists.map(({ name }) => name).join(', ')}, place))`,
    values: [...lists.map(listOf), ...alike.map(({ values }) => values[0])],
    form: others.reduce((sum, column, index) => sum + (column.isAlike ? 2 ** index : 0), 0).toString(36),
  };
}

/** Types whose values need no quotes in a list: the driver would quote and escape each of them. */
const plainTypes: ReadonlySet<string> = new Set(['uuid', 'xid', 'int', 'bigint', 'float8', 'boolean']);

function listOf({ type, values }: SentColumn): unknown {
  if (!plainTypes.has(type)) return values;
  return `{${(values as readonly (string | number | boolean | null)[]).map((value) => value ?? 'NULL').join(',')}}`;
}

function isAlike({ values }: SentColumn): boolean {
  return values.every((value) => value === values[0]);
}

/** The columns of an insert, and what is written into them from the rows `s`. */
export function insertedColumns<About>(columns: readonly NewColumn<About>[]): {
  names: string;
  written: string;
} {
  return {
    names: columns.map(({ name }) => name).join(', '),
    written: columns.map(({ name, write }) => write?.(`s.${name}`) ?? `s.${name}`).join(', '),
  };
}

/** Inserts rows by a statement that stays prepared; `ending` is what follows its rows. */
export async function insertRows<About>(
  tx: Transaction,
  into: { table: string; columns: readonly NewColumn<About>[]; ending?: string },
  about: readonly About[],
): Promise<void> {
  if (about.length === 0) return;
  const { table, columns, ending = '' } = into;
  const rows = sentRows(columns.map(({ name, type, of }) => ({ name, type, values: about.map(of) })));
  const { names, written } = insertedColumns(columns);
  const statement = {
    name: `insert-${table}-${rows.form}`,
    text: `insert into ${table} (${names}) select ${written} from ${rows.text} s order by s.place ${ending}`,
  };
  await runPrepared(tx, statement, rows.values);
}
