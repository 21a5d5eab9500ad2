import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../until.ts';

/** The six processes of the platform, by the name of their app. */
export const serviceNames = [
  'tool-simulator',
  'job-orchestrator',
  'telemetry-hub',
  'ion-service',
  'rtp-service',
  'gateway',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** What a process costs the machine. */
export interface Footprint {
  readonly rssMb: number;
  readonly descriptors: number;
}

/** Where the code of this version is. */
export const thisVersion = fileURLToPath(new URL('../../..', import.meta.url));
const preload = new URL('./fault-door.ts', import.meta.url).href;
const readyLimitMs = 90_000;
/** A process that is made to run out of memory shall not take the machine's. */
const heapMbMax = 600;

/** One service as a real process of its own, which an experiment may stop, kill, freeze or tamper with. */
export class ServiceProcess {
  readonly name: string;
  readonly logFile: string;
  readonly adminUrl: string;
  /** A worker's own door for aborts. */
  readonly abortUrl: string;
  readonly #app: ServiceName;
  readonly #code: string;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | null = null;
  #orders = 0;
  #retired = false;

  constructor(service: {
    app: ServiceName;
    name: string;
    /** The version that it runs, as the folder of its code. */
    code: string;
    folder: string;
    environment: Record<string, string>;
  }) {
    this.#app = service.app;
    this.#code = service.code;
    this.name = service.name;
    this.logFile = join(service.folder, `${service.name}.log`);
    // The door lets an experiment shift the clock or block the event loop; the service itself knows nothing of it.
    this.#environment = {
      ...service.environment,
      FAULT_DOOR_FILE: join(service.folder, `${service.name}.door`),
    };
    this.adminUrl = `http://127.0.0.1:${service.environment['ADMIN_PORT']}`;
    this.abortUrl = `http://127.0.0.1:${service.environment['ABORT_PORT']}`;
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async start(): Promise<void> {
    if (this.isRunning) return;
    if (this.#retired) throw new Error(`${this.name} is not started again: its platform was closed`);
    rmSync(this.#environment['FAULT_DOOR_FILE'] ?? '', { force: true });
    const log = openSync(this.logFile, 'a');
    this.#child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        `--max-old-space-size=${heapMbMax}`,
        '--import',
        preload,
        `apps/${this.#app}/src/main.ts`,
      ],
      { cwd: this.#code, env: this.#environment, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    await this.ready();
  }

  /** Waits until the service says that it is ready. */
  async ready(limitMs = readyLimitMs): Promise<void> {
    await until(
      `${this.name} is ready`,
      async () => {
        if (!this.isRunning) throw new Error(`${this.name} ended:\n${this.lastLines(20)}`);
        return this.isReady();
      },
      limitMs,
    );
  }

  async isReady(): Promise<boolean> {
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(`${this.adminUrl}/health/ready`, { signal }).catch(() => null);
    await answer?.arrayBuffer();
    return answer?.ok ?? false;
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** What no signal can do: see `fault-door.ts`. A process that starts anew finds no order. */
  order(fault: { clockShiftMs?: number; blockMs?: number; exhaustMemory?: boolean }): void {
    this.#orders += 1;
    const file = this.#environment['FAULT_DOOR_FILE'] ?? '';
    writeFileSync(`${file}.new`, JSON.stringify({ order: this.#orders, ...fault }));
    renameSync(`${file}.new`, file);
  }

  /** Sends the signal and waits until the process is gone. */
  async end(signal: NodeJS.Signals, limitMs = 45_000): Promise<void> {
    const child = this.#child;
    if (child === null || !this.isRunning) return;
    const exited = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    await exited;
    clearTimeout(timer);
  }

  /** Ends it for good: an experiment that was broken off must not start it again. */
  async retire(): Promise<void> {
    this.#retired = true;
    this.signal('SIGCONT');
    await this.end('SIGKILL');
  }

  /** How it ended when nobody asked it to; null while it runs. */
  get ending(): string | null {
    const child = this.#child;
    if (child === null || this.isRunning) return null;
    return child.signalCode ?? `exit code ${child.exitCode}`;
  }

  footprint(): Footprint | null {
    const pid = this.#child?.pid;
    if (pid === undefined || !this.isRunning) return null;
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const rssKb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    return { rssMb: Math.round(rssKb / 1024), descriptors: readdirSync(`/proc/${pid}/fd`).length };
  }

  lastLines(count: number): string {
    return readFileSync(this.logFile, 'utf8').split('\n').slice(-count).join('\n');
  }
}
