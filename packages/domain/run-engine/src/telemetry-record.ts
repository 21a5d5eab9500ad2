import type { Channel } from '@spectra/schemas';
import type { RunTelemetry } from './process-definition.ts';
import type { Frame } from './step.ts';

/** Collects the frames of a run in columns. The one mutable thing here: a run has tens of thousands of frames. */
export class TelemetryRecord {
  readonly #timeS: number[] = [];
  readonly #waferIndex: number[] = [];
  readonly #channels: Map<string, (number | null)[]>;

  constructor(channels: readonly Channel[]) {
    this.#channels = new Map(channels.map((channel) => [channel.id, []]));
  }

  get length(): number {
    return this.#timeS.length;
  }

  /** Time of the last frame; null before the first. */
  get lastTimeS(): number | null {
    return this.#timeS.at(-1) ?? null;
  }

  append(frame: Frame): void {
    this.#timeS.push(frame.timeS);
    this.#waferIndex.push(frame.waferIndex);
    for (const [id, column] of this.#channels) column.push(frame.channels[id] ?? null);
  }

  /** Frames `from` (inclusive) to `to` (exclusive); a copy, so that it may travel while the record grows. */
  slice(from: number, to: number): RunTelemetry {
    return {
      timeS: this.#timeS.slice(from, to),
      waferIndex: this.#waferIndex.slice(from, to),
      channels: Object.fromEntries([...this.#channels].map(([id, column]) => [id, column.slice(from, to)])),
    };
  }

  whole(): RunTelemetry {
    return this.slice(0, this.length);
  }
}
