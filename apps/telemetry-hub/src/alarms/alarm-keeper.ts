import type { Messaging } from '@spectra/messaging';
import { runSubject, type Alert } from '@spectra/schemas';
import type { Clock, Logger, Part } from '@spectra/service-kit';
import type { AlarmDesk, UntoldChange } from './alarm-desk.ts';

const everyMs = 1_000;
const changesAtOnce = 100;

type KeeperOptions = {
  desk: Pick<AlarmDesk, 'endShelves' | 'untold' | 'markTold'>;
  messaging: Pick<Messaging, 'publish'>;
  clock: Clock;
  logger: Logger;
};

/**
 * What alarms need without anybody asking: shelves that end, and the way of people's changes to the run's stream. They
 * are published like what tools say, under the id of the change, so that every subscriber and viewer gets them once and
 * a crash in between loses none.
 */
export class AlarmKeeper implements Part {
  readonly name = 'alarm-keeper';
  readonly #options: KeeperOptions;
  #cancel: (() => void) | null = null;
  #round: Promise<void> | null = null;
  #again = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#cancel = this.#options.clock.after(everyMs, () => {
      this.poke();
      void this.start();
    });
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    await this.#round;
  }

  /** Does a round now, or once more after the one that is under way. */
  poke(): void {
    this.#again = true;
    this.#round ??= this.#rounds().finally(() => {
      this.#round = null;
    });
  }

  async #rounds(): Promise<void> {
    const { desk, clock, logger } = this.#options;
    while (this.#again) {
      this.#again = false;
      try {
        await desk.endShelves(clock.nowMs());
        for (const change of await desk.untold(changesAtOnce)) await this.#tell(change);
      } catch (error) {
        logger.warn({ err: error }, 'alarms wait for Postgres or the stream server');
      }
    }
  }

  async #tell(untold: UntoldChange): Promise<void> {
    const { orgId, changeId, row, change } = untold;
    const run = { orgId, process: row.process, runId: change.run_id };
    const alert: Alert = {
      ...row.alert,
      alarm_id: row.alarmId,
      run_id: change.run_id,
      state: change.to,
      at: change.at,
      by: change.by ?? 'system',
      comment: change.comment,
    };
    await this.#options.messaging.publish(runSubject(run, 'alert'), JSON.stringify(alert), {
      messageId: `alarm:${orgId}:${changeId}`,
    });
    await this.#options.desk.markTold(untold);
  }
}
