export { isDatabaseAway } from './is-database-away.ts';
export { openDatabase, runPrepared, type Database, type Transaction } from './open-database.ts';
export { prepareDatabase, type SchemaOwner, type SchemaUrls } from './prepare-database.ts';
