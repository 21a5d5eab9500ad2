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

/** Where the live stream of a run stands: what was committed and handed out. */
export type LivePosition = { lastSeq: number; ended: boolean };

export type ViewerSession = {
  /** Starts with the stored messages, then follows the live ones. */
  begin(): void;
  deliver(block: Block): void;
  /** Writes a text that is no part of the stream's numbering, when the viewer is up to date. */
  deliverAside(text: string, seq: number): void;
  close(reason: CloseReason): void;
  connection: Connection;
  dropped(): number;
};

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
export function createViewerSession(options: SessionOptions): ViewerSession {
  const { viewer, connection, store, run, live } = options;
  let state: 'catching-up' | 'live' | 'closed' = 'catching-up';
  let drained: () => void = () => undefined;

  function pump(): void {
    while (!viewer.isEmpty() && connection.bufferedBytes() < highWaterBytes) {
      const messages = viewer.take(chunkChars).map((message) => frameOf(connection.kind, message));
      connection.write(messages.length === 1 && messages[0] ? messages[0] : Buffer.concat(messages));
    }
    if (viewer.isEmpty()) drained();
    if (state === 'live') endWithRun();
  }

  function endWithRun(): void {
    const { ended, lastSeq } = live();
    if (ended && viewer.isEmpty() && viewer.nextSeq() > lastSeq) close('ended');
  }

  function close(reason: CloseReason): void {
    if (state === 'closed') return;
    state = 'closed';
    drained();
    connection.close(reason);
  }

  async function catchUp(): Promise<void> {
    state = 'catching-up';
    for (let upToDate = false; !upToDate; ) {
      const page = await store.read(run, { fromSeq: viewer.nextSeq(), limit: pageSize });
      if (!isOpen()) return;
      if (page.firstSeq > viewer.nextSeq()) viewer.skip(page.firstSeq - 1, page.newestAt ?? epoch);
      for (const entry of page.entries) {
        if (!(await take(entry))) return;
      }
      // What was committed while the page was read is on the next one.
      upToDate = page.entries.length < pageSize && viewer.nextSeq() > live().lastSeq;
    }
    state = 'live';
    pump();
  }

  /** Takes one stored message and waits while the reader is slow: history is never dropped. */
  async function take(entry: StreamEntry): Promise<boolean> {
    // Messages before it were swept.
    if (entry.seq > viewer.nextSeq()) viewer.skip(entry.seq - 1, entry.timestamp);
    viewer.accept(entry);
    pump();
    if (!viewer.isEmpty()) await new Promise<void>((resolve) => (drained = resolve));
    return isOpen();
  }

  function isOpen(): boolean {
    return state !== 'closed';
  }

  function begin(): void {
    catchUp().catch((error: unknown) => {
      options.logger.error({ err: error, run_id: run.runId }, 'a viewer could not be served from the store');
      close('failed');
    });
  }

  connection.onDrain(pump);
  connection.onClose(() => {
    state = 'closed';
    drained();
  });

  return {
    begin,
    deliver(block) {
      if (state !== 'live') return;
      if (viewer.mayPass(block.fromSeq) && connection.bufferedBytes() < highWaterBytes) {
        connection.write(block.frames(connection.kind));
        viewer.passed(block.toSeq);
        endWithRun();
        return;
      }
      for (const entry of block.entries) {
        const outcome = viewer.accept(entry);
        if (outcome === 'overflow') return close('tooSlow');
        if (outcome === 'hole') return begin();
      }
      pump();
    },
    deliverAside(text, seq) {
      if (state !== 'live' || !viewer.isEmpty() || viewer.nextSeq() !== seq + 1) return;
      connection.write(frameOf(connection.kind, { text, seq: connection.kind === 'sse' ? null : seq }));
    },
    close,
    connection,
    dropped: () => viewer.dropped(),
  };
}

const epoch = '1970-01-01T00:00:00.000Z';
