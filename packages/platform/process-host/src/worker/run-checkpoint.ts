import type { ProcessDefinition, ProcessTypes } from '@spectra/run-engine';
import type { Checkpoint } from '@spectra/schemas';

/** How far a run came, as it is stored with heartbeats and read by the next attempt. */
export interface RunCheckpoint<T extends ProcessTypes> {
  /** Read by the orchestrator when a worker is lost: may the run go on by itself? */
  readonly interruptedWafer: 'resume' | 'hold';
  readonly waferIndex: number;
  /** True from just before this wafer could see energy. */
  readonly started: boolean;
  readonly toolTimeS: number;
  /** Tool time at which each wafer so far began. */
  readonly waferStartsS: readonly number[];
  /** Results of the finished wafers. */
  readonly results: readonly T['waferResult'][];
}

/** Where an attempt begins: at the first wafer, or where the last attempt's checkpoint stands. */
export function checkpointOf<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  stored: Checkpoint | null,
): RunCheckpoint<T> {
  // Our own row, written by an attempt of this same process.
  const state = stored?.state as RunCheckpoint<T> | null | undefined;
  return (
    state ?? {
      interruptedWafer: definition.interruptedWafer,
      waferIndex: 0,
      started: false,
      toolTimeS: 0,
      waferStartsS: [],
      results: [],
    }
  );
}
