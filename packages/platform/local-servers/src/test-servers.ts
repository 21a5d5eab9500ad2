import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';
import { natsVersion, startNats, type NatsServer } from './start-nats.ts';
import { startPostgres, type PostgresServer } from './start-postgres.ts';

/** Servers that tests may ask for. */
export type TestServerKind = 'postgres' | 'nats';

/** The servers of one test run. Each starts when the first test asks for it, so pure tests wait for none. */
export type TestServers = {
  /** Where `askTestServer` asks. */
  brokerUrl: string;
  stop(): Promise<void>;
};

/** Speed over safety: what tests write need not survive a power cut. */
const hastySettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Opens the door through which the processes of a test run ask for the one Postgres and the one NATS. */
export async function offerTestServers(options: {
  /** A Postgres to use instead of an own one. */
  databaseUrl: string | undefined;
  natsProgram: string;
}): Promise<TestServers> {
  const folder = await mkdtemp(join(tmpdir(), 'spectra-test-'));
  // Postgres may run as another OS user, who must pass through.
  await chmod(folder, 0o711);
  const servers: { postgres?: Promise<PostgresServer>; nats?: Promise<NatsServer> } = {};
  const urlOf = async (kind: TestServerKind): Promise<string> => {
    if (kind === 'nats') {
      servers.nats ??= startTestNats({ program: options.natsProgram, folder: join(folder, 'nats') });
      return (await servers.nats).url;
    }
    if (options.databaseUrl !== undefined) return options.databaseUrl;
    servers.postgres ??= startTestPostgres(folder);
    return (await servers.postgres).adminUrl;
  };
  const broker = createServer((request, response) => {
    const kind = request.url?.slice(1);
    if (kind !== 'postgres' && kind !== 'nats') {
      response.writeHead(404).end();
      return;
    }
    void reply(response, urlOf(kind));
  });
  const port = await freePort();
  await new Promise<void>((done) => broker.listen({ port, host: '127.0.0.1' }, done));
  return {
    brokerUrl: `http://127.0.0.1:${port}`,
    async stop() {
      broker.closeAllConnections();
      broker.close();
      await Promise.all([stopIfStarted(servers.postgres), stopIfStarted(servers.nats)]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The URL of a server of this test run; waits while it starts. */
export async function askTestServer(brokerUrl: string, kind: TestServerKind): Promise<string> {
  const answer = await fetch(`${brokerUrl}/${kind}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The test run has no ${kind}: ${text}`);
  return text;
}

/** A NATS server for one test alone; the same folder and port again means the same server started anew. */
export async function startTestNats(options: {
  program: string;
  folder: string;
  port?: number;
}): Promise<NatsServer> {
  return startNats({ ...options, port: options.port ?? (await freePort()) });
}

/** Where tests find nats-server: `NATS_SERVER`, the launcher's tools folder, else PATH. */
export function natsProgramForTests(environment: Readonly<Record<string, string | undefined>>): string {
  const fetched = resolve(import.meta.dirname, '../../../../.spectra/tools/nats/usr/sbin/nats-server');
  const candidates = [environment['NATS_SERVER'], 'nats-server', existsSync(fetched) ? fetched : undefined];
  const program = candidates.find((name) => name !== undefined && natsVersion(name) !== undefined);
  if (program === undefined) {
    throw new Error('No nats-server was found; `./spectra test` fetches one, or set NATS_SERVER to its path');
  }
  return program;
}

async function stopIfStarted(server: Promise<PostgresServer | NatsServer> | undefined): Promise<void> {
  // One that failed to start was told to whoever asked for it.
  const started = await server?.catch(() => undefined);
  await started?.stop();
}

async function startTestPostgres(folder: string): Promise<PostgresServer> {
  return startPostgres({
    folder: join(folder, 'postgres'),
    port: await freePort(),
    adminPassword: randomBytes(24).toString('base64url'),
    settings: hastySettings,
  });
}

async function reply(response: ServerResponse, url: Promise<string>): Promise<void> {
  try {
    const text = await url;
    response.writeHead(200).end(text);
  } catch (error) {
    response.writeHead(500).end(error instanceof Error ? error.message : String(error));
  }
}
