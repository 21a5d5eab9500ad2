import { runSubject } from '@spectra/schemas';
import type { Alert, ProfileMessage, RunSpec, TelemetryBatch } from '@spectra/schemas';
import type { Messaging } from '@spectra/messaging';
import type { ActiveAlarm, Picture, TelemetryRecord } from '@spectra/run-engine';
import type { Clock, Logger } from '@spectra/service-kit';

const batchMs = 50;
/** An unpaced run makes thousands of frames a second; a batch of this length goes out at once. */
const batchFramesMax = 250;
const retryMs = 500;

/**
 * Sends a run's frames, pictures and alerts to its subjects. Frames go in batches; everything is stored by the stream
 * server before `flush` returns, and a message that was not acknowledged goes out again under the same id.
 */
export class RunPublisher {
  readonly #run: { spec: RunSpec; attempt: number };
  readonly #services: { messaging: Messaging; clock: Clock; logger: Logger };
  readonly #record: TelemetryRecord;
  readonly #underway = new Set<Promise<void>>();
  #published = 0;
  #batch = 0;
  #lastMs: number;

  constructor(
    run: { spec: RunSpec; attempt: number },
    record: TelemetryRecord,
    services: { messaging: Messaging; clock: Clock; logger: Logger },
  ) {
    this.#run = run;
    this.#record = record;
    this.#services = services;
    this.#lastMs = services.clock.monotonicMs();
  }

  /** What is in the record now was published by an earlier attempt. */
  skipRecorded(): void {
    this.#published = this.#record.length;
  }

  /** Called after each frame; sends a batch when one is due. */
  frameAdded(): void {
    const waitingFrames = this.#record.length - this.#published;
    const waitedMs = this.#services.clock.monotonicMs() - this.#lastMs;
    if (waitingFrames >= batchFramesMax || waitedMs >= batchMs) this.sendFrames();
  }

  /** Sends what has been recorded since the last batch. Call it before a wafer ends: a batch is of one wafer. */
  sendFrames(): void {
    this.#lastMs = this.#services.clock.monotonicMs();
    if (this.#published === this.#record.length) return;
    const { timeS, waferIndex, channels } = this.#record.slice(this.#published, this.#record.length);
    this.#published = this.#record.length;
    const message: TelemetryBatch = {
      kind: 'telemetry',
      ...this.#identity(),
      wafer_index: waferIndex[0] ?? 0,
      time_s: [...timeS],
      channels: Object.fromEntries(Object.entries(channels).map(([id, column]) => [id, [...column]])),
    };
    this.#send('telemetry', message, `t${message.batch}`);
  }

  picture(picture: Picture, at: { waferIndex: number; timeS: number }): void {
    const message: ProfileMessage = {
      kind: 'profile',
      ...this.#identity(),
      wafer_index: at.waferIndex,
      time_s: at.timeS,
      name: picture.name,
      unit: picture.unit,
      x_mm: [...picture.xMm],
      ...(picture.yMm ? { y_mm: [...picture.yMm] } : {}),
      values: copyOf(picture.values),
    };
    this.#send('telemetry', message, `t${message.batch}`);
  }

  /** The alarm is the tool's: the same condition of a later run is the same alarm again. */
  alarm(alarm: ActiveAlarm, state: 'raised' | 'cleared', timeS: number): void {
    this.sendFrames();
    const { spec } = this.#run;
    const message: Alert = {
      alarm_id: `${spec.process}.${spec.equipment_id}.${alarm.id}`,
      source: alarm.id,
      // What took the tool to its safe state has to be seen by a person, also when it is over.
      ...(alarm.id.startsWith('interlock.') ? { latched: true } : {}),
      run_id: spec.run_id,
      equipment_id: spec.equipment_id,
      parameter: alarm.parameter,
      message: alarm.message,
      severity: alarm.severity,
      state,
      value: alarm.value,
      limit: alarm.limit,
      time_s: timeS,
      at: new Date(this.#services.clock.nowMs()).toISOString(),
    };
    this.#batch += 1;
    this.#send('alert', message, `a${this.#batch}`);
  }

  /** Sends the rest and waits until the stream server has stored everything. */
  async flush(): Promise<void> {
    this.sendFrames();
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  #identity(): { run_id: string; attempt: number; batch: number } {
    this.#batch += 1;
    return { run_id: this.#run.spec.run_id, attempt: this.#run.attempt, batch: this.#batch };
  }

  #send(kind: 'telemetry' | 'alert', message: unknown, id: string): void {
    const { spec, attempt } = this.#run;
    const subject = runSubject({ orgId: spec.org_id, process: spec.process, runId: spec.run_id }, kind);
    const sent = this.#publish(subject, message, `${spec.run_id}:${attempt}:${id}`).finally(() =>
      this.#underway.delete(sent),
    );
    this.#underway.add(sent);
  }

  async #publish(subject: string, message: unknown, messageId: string): Promise<void> {
    const { messaging, clock, logger } = this.#services;
    const text = JSON.stringify(message);
    for (;;) {
      try {
        await messaging.publish(subject, text, { messageId });
        return;
      } catch (error) {
        // Never dropped: the stream is the way to the archive. The same id makes a repeat harmless.
        logger.warn({ err: error, messageId }, 'a run message is not stored yet');
        await new Promise<void>((resolve) => clock.after(retryMs, resolve));
      }
    }
  }
}

function copyOf(values: Picture['values']): ProfileMessage['values'] {
  const rows: (number | null)[][] = [];
  const flat: (number | null)[] = [];
  for (const value of values) {
    if (value === null || typeof value === 'number') flat.push(value);
    else rows.push([...value]);
  }
  return rows.length > 0 ? rows : flat;
}
