import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { postgresBinaries } from './postgres-binaries.ts';
import { programOf } from './process-identity.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { canReach, unprivilegedUser, type OsUser } from './unprivileged-user.ts';

const administrator = 'postgres';
const startLimitMs = 60_000;
const stopLimitMs = 20_000;

/** A Postgres server of our own on loopback. */
export type PostgresServer = Omit<ServerProcess, 'stop'> & {
  /** The administrator's URL of the database `postgres`. */
  adminUrl: string;
  /** Ends sessions and writes everything out. */
  stop(): Promise<void>;
};

/**
 * The folder for Postgres: the preferred one, or, when the account that Postgres runs as cannot reach it (a
 * checkout under /root), the fallback.
 */
export function postgresFolder(folders: { preferred: string; fallback: string }): string {
  const user = unprivilegedUser();
  if (user === undefined) return folders.preferred;
  mkdirSync(folders.preferred, { recursive: true });
  chownSync(folders.preferred, user.uid, user.gid);
  return canReach(user, folders.preferred) ? folders.preferred : folders.fallback;
}

/**
 * Starts Postgres on a data folder, making the cluster there when it is new. As root it runs as another OS
 * user, which must be able to reach the folder. Data is checksummed; passwords use SCRAM.
 */
export async function startPostgres(options: {
  /** Holds the cluster (`data`) and the log; made when missing. */
  folder: string;
  port: number;
  adminPassword: string;
  /** Server settings, for example `{ fsync: 'off' }` for tests. */
  settings?: Readonly<Record<string, string>>;
}): Promise<PostgresServer> {
  const user = unprivilegedUser();
  const cluster = join(options.folder, 'data');
  prepareFolder(options.folder, user);
  const programs = postgresBinaries(user, options.folder);
  if (!existsSync(join(cluster, 'PG_VERSION'))) initialise({ ...options, user, programs, cluster });
  removeStalePidFile(cluster);
  const adminUrl = `postgres://${administrator}:${encodeURIComponent(options.adminPassword)}@127.0.0.1:${options.port}/postgres`;
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(options.port),
    unix_socket_directories: '',
    max_connections: '200',
    ...options.settings,
  };
  const server = await startServer(
    {
      name: 'postgres',
      file: join(programs, 'bin', 'postgres'),
      arguments: [
        '-D',
        cluster,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      folder: cluster,
      user,
      logFile: join(options.folder, 'postgres.log'),
    },
    () => answers(adminUrl),
    startLimitMs,
  );
  // SIGINT is Postgres's "fast" shutdown: open transactions are rolled back.
  return { ...server, adminUrl, stop: () => server.stop('SIGINT', stopLimitMs) };
}

function prepareFolder(folder: string, user: OsUser | undefined): void {
  mkdirSync(folder, { recursive: true });
  if (user === undefined) return;
  chownSync(folder, user.uid, user.gid);
  if (!canReach(user, folder)) {
    throw new Error(`The OS user ${user.name}, whom Postgres runs as, cannot reach ${folder}`);
  }
}

function initialise(options: {
  folder: string;
  adminPassword: string;
  user: OsUser | undefined;
  programs: string;
  cluster: string;
}): void {
  const { folder, user, programs, cluster } = options;
  // A cluster cut short by a crash has no PG_VERSION yet and is made anew.
  rmSync(cluster, { recursive: true, force: true });
  const passwordFile = join(folder, `.password-${randomUUID()}`);
  writeFileSync(passwordFile, options.adminPassword, { mode: 0o600 });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  try {
    const made = spawnSync(
      join(programs, 'bin', 'initdb'),
      [
        `--pgdata=${cluster}`,
        `--username=${administrator}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--data-checksums',
      ],
      { cwd: folder, encoding: 'utf8', ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }) },
    );
    if (made.status !== 0) {
      throw new Error(`initdb failed: ${made.error?.message ?? ''}${made.stdout}${made.stderr}`);
    }
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * After a reboot the pid in `postmaster.pid` may belong to another program, and Postgres would refuse to start.
 * The file goes only then: for a dead pid Postgres itself finds out whether sessions of a killed server live on.
 */
function removeStalePidFile(cluster: string): void {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const program = programOf(Number(readFileSync(file, 'utf8').split('\n')[0]));
  if (program !== undefined && !program.includes('postgres')) rmSync(file, { force: true });
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
