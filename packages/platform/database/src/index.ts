export { isDatabaseAway, isOvertaken } from './is-database-away.ts';
export { openDatabase, type Database } from './open-database.ts';
export { commitBehind, runPrepared, type Transaction } from './open-transaction.ts';
export { prepareDatabase, type SchemaOwner, type SchemaUrls } from './prepare-database.ts';
export type { SharedRead } from './shared-reads.ts';
