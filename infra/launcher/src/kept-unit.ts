import { adoptServer, identityOf, type ServerProcess } from '@spectra/local-servers';
import { lives, type UnitState } from './platform-state.ts';
import { nextRestart, noFailures } from './restart-policy.ts';
import type { Unit } from './units.ts';

/** A unit that is started again whenever it ends, until it is stopped. */
export class KeptUnit {
  readonly unit: Unit;
  readonly #before: UnitState | undefined;
  readonly #tell: (state: UnitState) => void;
  #process: ServerProcess | undefined;
  #stopping = false;
  #endPause: () => void = () => undefined;
  #loop: Promise<void> = Promise.resolve();

  /** `before` is what an earlier supervisor wrote of it: a process that still lives is adopted. */
  constructor(unit: Unit, before: UnitState | undefined, tell: (state: UnitState) => void) {
    this.unit = unit;
    this.#before = before;
    this.#tell = tell;
  }

  /** Resolves once it runs for the first time; keeps it running from then on. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#loop = this.#keep(resolve);
    });
  }

  /** Ends it for good and waits for its end. Stopping twice is fine. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#endPause();
    await this.#process?.stop(this.unit.stopSignal, this.unit.stopLimitMs);
    await this.#loop;
    this.#tell(this.#state({}));
  }

  async #keep(onFirstStart: () => void): Promise<void> {
    const adopted = this.#before?.process;
    let start = lives(adopted) ? async () => adoptServer(adopted) : () => this.unit.start();
    let restarts = this.#before?.restarts ?? 0;
    let history = noFailures;
    while (!this.#stopping) {
      const startedMs = performance.now();
      const fault = await this.#live(start, restarts, onFirstStart);
      start = () => this.unit.start();
      if (this.#stopping) break;
      const next = nextRestart(history, performance.now() - startedMs);
      history = next.history;
      this.#tell(this.#state({ restarts, fault }));
      restarts += 1;
      await this.#pause(next.delayMs);
    }
    onFirstStart();
  }

  /** One life, from the start to the end; answers how it ended. */
  async #live(start: () => Promise<ServerProcess>, restarts: number, onStarted: () => void): Promise<string> {
    try {
      const process = await start();
      this.#process = process;
      const identity = identityOf(process.pid);
      this.#tell(this.#state({ restarts, ...(identity === undefined ? {} : { process: identity }) }));
      onStarted();
      // A stop that came while it started found nothing to stop.
      if (this.#stopping) await process.stop(this.unit.stopSignal, this.unit.stopLimitMs);
      await process.exited;
      return 'it ended by itself';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.#process = undefined;
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #state(facts: Partial<UnitState>): UnitState {
    const { adminPort, logFile } = this.unit;
    return { restarts: 0, logFile, ...(adminPort === undefined ? {} : { adminPort }), ...facts };
  }
}
