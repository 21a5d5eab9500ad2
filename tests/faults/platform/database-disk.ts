import { chownSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SmallDisk } from './small-disk.ts';

const tablespace = 'own_disk';

/** A server whose folder is below `folder`, and its owner's way to it. */
interface Database {
  readonly folder: string;
  sql<Row>(text: string): Promise<Row[]>;
}

/**
 * Moves every table and index of the services to a file system of their own, one after the other, while they work. Null
 * where none can be mounted. The log of changes and the catalogue stay: Postgres itself lives on when that disk is full.
 */
export async function moveToOwnDisk(database: Database): Promise<SmallDisk | null> {
  const disk = SmallDisk.mount(join(database.folder, 'database-disk'));
  if (disk === null) return null;
  const location = join(disk.folder, 'tablespace');
  mkdirSync(location, { mode: 0o700 });
  const { uid, gid } = statSync(join(database.folder, 'postgres/data'));
  chownSync(location, uid, gid);
  await database.sql(`create tablespace ${tablespace} location '${location}'`);
  // One lock at a time, so that nobody who works meanwhile waits in a circle.
  for (const { change } of await changes(database)) await database.sql(change);
  return disk;
}

function changes(database: Database): Promise<{ change: string }[]> {
  return database.sql(
    `select format('alter %s %I.%I set tablespace ${tablespace}',
                   case relkind when 'i' then 'index' else 'table' end, nspname, relname) change
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where relkind in ('r', 'i', 'm') and nspname !~ '^(pg_|information_schema)'`,
  );
}
