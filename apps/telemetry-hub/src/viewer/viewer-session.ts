import type { Logger } from '@spectra/service-kit';
import type { StreamStore } from '../store/stream-store.ts';
import type { StreamEntry } from '../stream/run-stream.ts';
import type { CloseReason, Connection } from './connection.ts';
import { frameOf, type Block } from './frames.ts';
import type { Viewer } from './viewer.ts';

/** Bytes on their way to the network at most; what is more waits in the viewer's queue. */
const highWaterBytes = 256 * 1024;
/** Characters moved from the queue to the network at once. */
const chunkChars = 64 * 1024;
/** Stored messages read at once while a viewer catches up. */
const pageSize = 200;
/** Time of a gap whose messages left no trace. */
const epoch = '1970-01-01T00:00:00.000Z';

/** Where the live stream of a run stands: what was committed and handed out. */
export type LivePosition = { lastSeq: number; ended: boolean };

type SessionOptions = {
  run: { orgId: string; runId: string };
  viewer: Viewer;
  connection: Connection;
  store: Pick<StreamStore, 'read'>;
  live: () => LivePosition;
  logger: Logger;
};

/**
 * One reader of one run. Stored messages come from the database at the speed of the reader; when it has all of them
 * the session is live and gets blocks as they are committed. The numbers alone decide what fits: a message it had is
 * ignored, and one that is too new sends the session back to the database, so history and live join without a hole
 * or a double.
 */
export class ViewerSession {
  readonly connection: Connection;
  readonly #options: SessionOptions;
  readonly #viewer: Viewer;
  #state: 'catching-up' | 'live' | 'closed' = 'catching-up';
  #drained: () => void = () => undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#viewer = options.viewer;
    this.connection = options.connection;
    this.connection.onDrain(() => this.#pump());
    this.connection.onClose(() => {
      this.#state = 'closed';
      this.#drained();
    });
  }

  /** Starts with the stored messages, then follows the live ones. */
  begin(): void {
    const { logger, run } = this.#options;
    this.#catchUp().catch((error: unknown) => {
      logger.error({ err: error, run_id: run.runId }, 'a viewer could not be served from the store');
      this.close('failed');
    });
  }

  /** Takes what was just committed; a session that is still catching up finds it in the store. */
  deliver(block: Block): void {
    if (this.#state !== 'live') return;
    const viewer = this.#viewer;
    if (viewer.mayPass(block.fromSeq) && this.#networkTakesMore()) {
      this.connection.write(block.frames(this.connection.kind));
      viewer.passed(block.toSeq);
      return this.#endWithRun();
    }
    for (const entry of block.entries) {
      const outcome = viewer.accept(entry);
      if (outcome === 'overflow') return this.close('tooSlow');
      if (outcome === 'hole') return this.begin();
    }
    return this.#pump();
  }

  /** Writes a text that takes no number of its own, to a viewer that is up to date with `seq`. */
  deliverAside(text: string, seq: number): void {
    if (this.#state !== 'live' || !this.#viewer.isEmpty() || this.#viewer.nextSeq() !== seq + 1) return;
    this.connection.write(frameOf(this.connection.kind, { text, seq: null }));
  }

  close(reason: CloseReason): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#drained();
    this.connection.close(reason);
  }

  /** Messages of the stream that this reader lost because it was slow. */
  dropped(): number {
    return this.#viewer.dropped();
  }

  async #catchUp(): Promise<void> {
    this.#state = 'catching-up';
    const viewer = this.#viewer;
    for (let upToDate = false; !upToDate; ) {
      const range = { fromSeq: viewer.nextSeq(), limit: pageSize };
      const page = await this.#options.store.read(this.#options.run, range);
      if (!this.#isOpen()) return;
      if (page.firstSeq > viewer.nextSeq()) viewer.skip(page.firstSeq - 1, page.newestAt ?? epoch);
      for (const entry of page.entries) {
        if (!(await this.#takeStored(entry))) return;
      }
      // What was committed while the page was read is on the next one.
      upToDate = page.entries.length < pageSize && viewer.nextSeq() > this.#options.live().lastSeq;
    }
    this.#state = 'live';
    this.#pump();
  }

  /** Waits while the reader is slow: history is never dropped. False when the reader is gone. */
  async #takeStored(entry: StreamEntry): Promise<boolean> {
    // Messages before it were swept.
    if (entry.seq > this.#viewer.nextSeq()) this.#viewer.skip(entry.seq - 1, entry.timestamp);
    this.#viewer.accept(entry);
    this.#pump();
    if (!this.#viewer.isEmpty()) await new Promise<void>((resolve) => (this.#drained = resolve));
    return this.#isOpen();
  }

  #pump(): void {
    while (!this.#viewer.isEmpty() && this.#networkTakesMore() && this.#isOpen()) {
      const taken = this.#viewer.take(chunkChars);
      this.connection.write(Buffer.concat(taken.map((message) => frameOf(this.connection.kind, message))));
    }
    if (this.#viewer.isEmpty()) this.#drained();
    if (this.#state === 'live') this.#endWithRun();
  }

  #endWithRun(): void {
    const { ended, lastSeq } = this.#options.live();
    if (ended && this.#viewer.isEmpty() && this.#viewer.nextSeq() > lastSeq) this.close('ended');
  }

  #networkTakesMore(): boolean {
    return this.connection.bufferedBytes() < highWaterBytes;
  }

  #isOpen(): boolean {
    return this.#state !== 'closed';
  }
}
