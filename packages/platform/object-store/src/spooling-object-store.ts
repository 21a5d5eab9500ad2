import type { Clock, Logger, Part } from '@spectra/service-kit';
import type { ObjectStore } from './object-store.ts';
import { SpoolFull, uploadSpool, type SpooledFile, type UploadSpool } from './upload-spool.ts';

/** How long a put waits for its upload before it leaves it to the spool. */
const patienceMs = 5_000;
/** An upload that takes longer has failed; the store may still take it, which does no harm. */
const uploadMsMax = 120_000;
const pauseMs = { first: 1_000, most: 30_000 };

/** What waits, and how uploads went so far. */
export type SpoolState = {
  files: number;
  bytes: number;
  uploaded: number;
  failures: number;
  damaged: number;
};

/** A store whose puts outlast it being away, and the part that brings what waits to it. */
export type SpoolingObjectStore = {
  store: ObjectStore;
  part: Part;
  state(): SpoolState;
  /** Settles when nothing is being uploaded at the moment. */
  idle(): Promise<void>;
};

/**
 * Puts every body on the local disk first, then into the store. While the store is away, slow or breaks off, the put
 * succeeds all the same and its file waits in the spool, up to `bytesMax` of all together; it is uploaded by itself,
 * oldest first, also by the next process, and only if its SHA-256 is still the one that was answered. What does not fit
 * the spool goes straight to the store, and fails with it. Files of one key keep their order.
 */
export function spoolingObjectStore(
  store: ObjectStore,
  options: { folder: string; bytesMax: number; clock: Clock; logger: Logger },
): SpoolingObjectStore {
  const spool = uploadSpool(options);
  const drain = new SpoolDrain(store, spool, options);
  return {
    store: {
      ...store,
      async put(key, body, { mediaType }) {
        const file = await spool.add({ key, mediaType, body }).catch((error: unknown) => {
          if (error instanceof SpoolFull && body instanceof Uint8Array) return null;
          throw error;
        });
        if (file === null) return store.put(key, body, { mediaType });
        await drain.offer(file);
        return { sizeBytes: file.sizeBytes, sha256: file.sha256 };
      },
    },
    part: {
      name: 'upload-spool',
      start: () => drain.start(),
      stop: () => drain.stop(),
    },
    state: () => drain.state(),
    idle: () => drain.idle(),
  };
}

/** Uploads what is in the spool, one file after the other. */
class SpoolDrain {
  readonly #store: ObjectStore;
  readonly #spool: UploadSpool;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #waiting: SpooledFile[] = [];
  #counts = { uploaded: 0, failures: 0, damaged: 0 };
  #failuresInRow = 0;
  #working: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  #stopped = false;

  constructor(store: ObjectStore, spool: UploadSpool, options: { clock: Clock; logger: Logger }) {
    this.#store = store;
    this.#spool = spool;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  async start(): Promise<void> {
    const left = await this.#spool.recover();
    const known = new Set(this.#waiting.map((file) => file.id));
    this.#waiting = [...left.filter((file) => !known.has(file.id)), ...this.#waiting];
    if (left.length > 0) this.#logger.info({ files: left.length }, 'files of earlier wait for their upload');
    this.#work();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    // What is under way may hang with its store; it is uploaded again after the next start.
    await this.#within(this.idle(), patienceMs);
  }

  state(): SpoolState {
    return { files: this.#waiting.length, bytes: this.#spool.bytes(), ...this.#counts };
  }

  idle(): Promise<void> {
    return this.#working ?? Promise.resolve();
  }

  /** Settles when the file is in the store, or when it is clear that it has to wait. Never rejects. */
  async offer(file: SpooledFile): Promise<void> {
    this.#waiting.push(file);
    if (this.#failuresInRow > 0) return;
    this.#work();
    await this.#within(this.idle(), patienceMs);
  }

  #work(): void {
    if (this.#working !== null || this.#stopped) return;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#working = this.#drain().finally(() => {
      this.#working = null;
      if (this.#waiting.length > 0) this.#workLater();
    });
  }

  #workLater(): void {
    if (this.#stopped) return;
    const delayMs = Math.min(pauseMs.most, pauseMs.first * 2 ** Math.max(0, this.#failuresInRow - 1));
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#work());
  }

  async #drain(): Promise<void> {
    for (let file = this.#waiting[0]; file !== undefined && !this.#stopped; file = this.#waiting[0]) {
      try {
        await this.#upload(file);
        this.#failuresInRow = 0;
      } catch (error) {
        this.#failuresInRow += 1;
        this.#counts.failures += 1;
        const facts = { err: error, key: file.key, waiting: this.#waiting.length };
        this.#logger.warn(facts, 'an upload failed; its file waits in the spool');
        this.#letOthersGoFirst(file);
        return;
      }
      this.#waiting = this.#waiting.filter((other) => other !== file);
    }
  }

  /** A file that the store never takes must not keep all others waiting; files of one key stay in their order. */
  #letOthersGoFirst(file: SpooledFile): void {
    const same = this.#waiting.filter((other) => other.key === file.key);
    this.#waiting = [...this.#waiting.filter((other) => other.key !== file.key), ...same];
  }

  async #upload(file: SpooledFile): Promise<void> {
    if (!(await this.#spool.isIntact(file))) {
      this.#counts.damaged += 1;
      this.#logger.error({ key: file.key }, 'a spooled file is not what was put in; it was set aside');
      await this.#spool.setAside(file);
      return;
    }
    const { key, mediaType, sizeBytes, sha256 } = file;
    const body = this.#spool.read(file);
    // A store that is away may never look at it.
    body.on('error', () => undefined);
    const put = this.#store.put(key, body, { mediaType });
    const stored = await this.#within(put, uploadMsMax).finally(() => body.destroy());
    if (stored === null) throw new Error(`no answer within ${uploadMsMax} ms`);
    const head = await this.#within(this.#store.head(key), uploadMsMax);
    if (stored.sha256 !== sha256 || head?.sizeBytes !== sizeBytes) {
      throw new Error('the store has other bytes than were sent');
    }
    await this.#spool.remove(file);
    this.#counts.uploaded += 1;
  }

  /** What the work answers, or null when it does not within the time. */
  #within<Value>(work: Promise<Value>, limitMs: number): Promise<Value | null> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(limitMs, () => resolve(null));
      work
        .then(resolve, reject)
        .finally(cancel)
        .catch(() => undefined);
    });
  }
}
