import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDatabase } from '@spectra/database';
import type { SchemaUrls } from '@spectra/database';
import { natsProgramForTests, startNats, startPostgres } from '@spectra/local-servers';
import type { NatsServer, PostgresServer } from '@spectra/local-servers';
import { Pool } from 'pg';
import { moveToOwnDisk } from './database-disk.ts';
import { environmentOf, usualPlan } from './environments.ts';
import type { PlatformPlan } from './environments.ts';
import { ObjectServer } from './object-server.ts';
import { quietPort } from './quiet-port.ts';
import type { SmallDisk } from './small-disk.ts';
import { ServiceProcess, serviceNames, thisVersion } from './service-process.ts';
import type { ServiceName } from './service-process.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** The lines of one service: to NATS, to Postgres and (workers) to the tools. */
export interface Lines {
  readonly nats: TcpProxy;
  readonly database: TcpProxy;
  readonly tools: TcpProxy;
}

const processMigrations = join(thisVersion, 'packages/platform/process-host/migrations');
const owners = [
  { schema: 'gateway', migrationsFolder: join(thisVersion, 'apps/gateway/migrations') },
  { schema: 'orchestrator', migrationsFolder: join(thisVersion, 'apps/job-orchestrator/migrations') },
  { schema: 'telemetry', migrationsFolder: join(thisVersion, 'apps/telemetry-hub/migrations') },
  { schema: 'ion', migrationsFolder: processMigrations },
  { schema: 'rtp', migrationsFolder: processMigrations },
] as const;

/** Commits survive the death of the server's processes; only a power cut of this machine would hurt them. */
const databaseSettings = { fsync: 'off', full_page_writes: 'off', shared_buffers: '64MB' };
const databaseName = 'spectra';

/**
 * The whole platform of a campaign: real servers, six real processes, and between them lines that an experiment may
 * cut. Clients come in by a front door that can be pointed at another gateway, as a load balancer would.
 */
export class FaultPlatform {
  readonly folder: string;
  readonly plan: PlatformPlan;
  readonly services = new Map<string, ServiceProcess>();
  readonly lines = new Map<string, Lines>();
  readonly #adminPassword = randomBytes(12).toString('hex');
  readonly #proxies: TcpProxy[] = [];
  readonly #ports = { nats: 0, database: 0, tools: 0 };
  readonly #httpPorts = new Map<string, number>();
  #nats: NatsServer | null = null;
  #postgres: PostgresServer | null = null;
  #databaseUrls: Record<string, SchemaUrls> = {};
  #administration: Pool | null = null;
  #objectServer: ObjectServer | null = null;
  #objectLine: TcpProxy | null = null;
  #databaseDisk: SmallDisk | null = null;
  #frontDoor: TcpProxy | null = null;
  #hubDoor: TcpProxy | null = null;

  /** Those that are not closed yet, for whoever has to stop early. */
  static readonly open = new Set<FaultPlatform>();

  private constructor(folder: string, plan: PlatformPlan) {
    this.folder = folder;
    this.plan = plan;
    FaultPlatform.open.add(this);
  }

  static async start(plan: PlatformPlan = usualPlan): Promise<FaultPlatform> {
    const folder = mkdtempSync(join(tmpdir(), 'spectra-faults-'));
    // Postgres may run as another OS user, who must pass through.
    chmodSync(folder, 0o711);
    const platform = new FaultPlatform(folder, plan);
    try {
      await platform.#startAll();
    } catch (error) {
      await platform.close();
      throw error;
    }
    return platform;
  }

  get url(): string {
    return `http://127.0.0.1:${this.frontDoor.port}`;
  }

  get frontDoor(): TcpProxy {
    if (this.#frontDoor === null) throw new Error('the platform has no front door yet');
    return this.#frontDoor;
  }

  /** The database as its owner sees it, past every line that may be cut. */
  get adminUrl(): string {
    return this.#adminUrlOf(databaseName);
  }

  get natsUrl(): string {
    return `nats://127.0.0.1:${this.#ports.nats}`;
  }

  service(name: string): ServiceProcess {
    const found = this.services.get(name);
    if (found === undefined) throw new Error(`there is no service ${name}`);
    return found;
  }

  linesOf(name: string): Lines {
    const found = this.lines.get(name);
    if (found === undefined) throw new Error(`${name} has no lines`);
    return found;
  }

  /** A second process of the same app beside the first, with lines of its own, and of another version if one is told. */
  async startTwin(app: ServiceName, name: string, code = thisVersion): Promise<ServiceProcess> {
    const twin = this.services.get(name) ?? (await this.#makeService(app, name, code));
    await twin.start();
    return twin;
  }

  /** New connections of clients (or of the gateway, for a hub) go to this process from now on. */
  takeOver(app: ServiceName, name: string): void {
    const port = this.#httpPorts.get(name);
    if (port === undefined) throw new Error(`${name} was never made`);
    if (app === 'gateway') this.#frontDoor?.pointTo(port);
    if (app === 'telemetry-hub') this.#hubDoor?.pointTo(port);
  }

  // --- NATS

  async stopNats(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (signal === 'SIGTERM') await this.#nats?.stop();
    else {
      this.#nats?.kill();
      await this.#nats?.exited;
    }
  }

  async startNats(): Promise<void> {
    const program = natsProgramForTests(process.env);
    this.#nats = await startNats({ program, folder: join(this.folder, 'nats'), port: this.#ports.nats });
  }

  /** Every stream and consumer is gone; only while the server is stopped. */
  wipeNats(): void {
    rmSync(join(this.folder, 'nats/store'), { recursive: true, force: true });
  }

  // --- Postgres

  /** `fast` ends the sessions and writes everything out; `immediate` leaves it to recovery. */
  async stopPostgres(mode: 'fast' | 'immediate'): Promise<void> {
    const postgres = this.#postgres;
    if (postgres === null) return;
    if (mode === 'fast') return postgres.stop();
    process.kill(postgres.pid, 'SIGQUIT');
    await postgres.exited;
  }

  async startPostgres(): Promise<void> {
    this.#postgres = await startPostgres({
      folder: join(this.folder, 'postgres'),
      port: this.#ports.database,
      adminPassword: this.#adminPassword,
      settings: databaseSettings,
    });
  }

  /** The disk of the tables, which can be filled; null where this machine lets us mount none. */
  async databaseDisk(): Promise<SmallDisk | null> {
    this.#databaseDisk ??= await moveToOwnDisk(this);
    return this.#databaseDisk;
  }

  /** One statement as the owner of everything. */
  async sql<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    this.#administration ??= this.#openAdministration();
    return (await this.#administration.query(text, [...values])).rows as Row[];
  }

  /** Kept open: an experiment looks often, and a new connection costs more than a look. */
  #openAdministration(): Pool {
    const pool = new Pool({
      connectionString: this.adminUrl,
      connectionTimeoutMillis: 5_000,
      max: 8,
      // Also while an experiment makes the database read-only.
      options: '-c default_transaction_read_only=off',
    });
    // A connection that ended while nobody used it is replaced at the next look.
    pool.on('error', () => undefined);
    return pool;
  }

  // --- Object store

  get objectsFolder(): string {
    return join(this.folder, 'objects');
  }

  get journalsFolder(): string {
    return join(this.folder, 'journals');
  }

  /** The S3 server behind its line; null on a platform that keeps its objects in a folder. */
  get objectServer(): { line: TcpProxy; server: ObjectServer } | null {
    if (this.#objectServer === null || this.#objectLine === null) return null;
    return { line: this.#objectLine, server: this.#objectServer };
  }

  /** The store is away: its line is cut, or a file stands where its folder was, so that every access fails. */
  takeObjectsAway(): void {
    if (this.#objectLine !== null) return this.#objectLine.cut('reset');
    mkdirSync(this.objectsFolder, { recursive: true });
    renameSync(this.objectsFolder, `${this.objectsFolder}.away`);
    writeFileSync(this.objectsFolder, '');
  }

  bringObjectsBack(): void {
    if (this.#objectLine !== null) return this.#objectLine.heal();
    if (!existsSync(`${this.objectsFolder}.away`)) return;
    rmSync(this.objectsFolder, { recursive: true, force: true });
    renameSync(`${this.objectsFolder}.away`, this.objectsFolder);
  }

  /** Everything that an experiment may have broken works again; dead services start anew. */
  async heal(): Promise<void> {
    for (const proxy of this.#proxies) proxy.heal();
    this.bringObjectsBack();
    this.#databaseDisk?.free();
    for (const service of this.services.values()) service.signal('SIGCONT');
    await Promise.all(serviceNames.map((name) => this.service(name).start()));
  }

  async close(): Promise<void> {
    if (!FaultPlatform.open.delete(this)) return;
    await Promise.all([...this.services.values()].map((service) => service.retire()));
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    await this.#administration?.end();
    await this.#nats?.stop();
    await this.#postgres?.stop();
    this.#databaseDisk?.unmount();
    this.#objectServer?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #startAll(): Promise<void> {
    for (const name of ['nats', 'database', 'tools'] as const) this.#ports[name] = await quietPort();
    await Promise.all([this.startNats(), this.startPostgres()]);
    this.#databaseUrls = await prepareDatabase({
      adminUrl: this.#adminUrlOf('postgres'),
      database: databaseName,
      owners,
    });
    if (this.plan.objectStore === 's3')
      this.#objectServer = await ObjectServer.start(join(this.folder, 's3'));
    if (this.#objectServer !== null) this.#objectLine = await this.#proxyTo(this.#objectServer.port);
    this.#frontDoor = await this.#proxyTo(await quietPort());
    this.#hubDoor = await this.#proxyTo(await quietPort());
    for (const name of serviceNames) await this.#makeService(name, name, thisVersion);
    await Promise.all(serviceNames.map((name) => this.service(name).start()));
  }

  async #makeService(app: ServiceName, name: string, code: string): Promise<ServiceProcess> {
    const lines: Lines = {
      nats: await this.#proxyTo(this.#ports.nats),
      database: await this.#proxyTo(this.#ports.database),
      tools: await this.#proxyTo(this.#ports.tools),
    };
    const httpPort = await quietPort();
    this.#httpPorts.set(name, httpPort);
    if (name === app) this.takeOver(app, name);
    const environment = environmentOf(app, {
      name,
      folder: this.folder,
      databaseUrls: this.#databaseUrls,
      natsPort: lines.nats.port,
      databasePort: lines.database.port,
      toolPort: app === 'tool-simulator' ? this.#ports.tools : lines.tools.port,
      httpPort,
      publicPort: this.frontDoor.port,
      hubPort: app === 'telemetry-hub' ? httpPort : (this.#hubDoor?.port ?? 0),
      adminPort: await quietPort(),
      abortPort: await quietPort(),
      leaseTtlMs: this.plan.leaseTtlMs,
      objectStore: this.#objectServer?.settingsThrough(this.#objectLine?.port ?? 0) ?? {},
    });
    const service = new ServiceProcess({ app, name, code, folder: this.folder, environment });
    this.services.set(name, service);
    this.lines.set(name, lines);
    return service;
  }

  async #proxyTo(port: number): Promise<TcpProxy> {
    const proxy = await TcpProxy.open({ host: '127.0.0.1', port });
    this.#proxies.push(proxy);
    return proxy;
  }

  #adminUrlOf(database: string): string {
    return `postgres://postgres:${this.#adminPassword}@127.0.0.1:${this.#ports.database}/${database}`;
  }
}
