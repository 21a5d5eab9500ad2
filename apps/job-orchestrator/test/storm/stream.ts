import type { OutboxRow } from './database.ts';
import type { World } from './world.ts';

/** Ids are remembered for so long; a repeat that comes later is stored again. */
const dedupeWindowMs = 4_000;

/** The stream server and the hub behind it: at least once, in the order of the stream, stored once by its id. */
export interface Stream {
  /** True when it says that the message is stored; false when nothing came back. */
  publish(row: OutboxRow): boolean;
  /** Messages as the hub stored them. */
  readonly stored: readonly OutboxRow[];
}

export function createStream(world: World, rules: { hubForgetsIds: boolean }): Stream {
  const seen = new Map<string, number>();
  const stored: OutboxRow[] = [];
  const storedIds = new Set<string>();
  const deliver = (row: OutboxRow) => {
    if (storedIds.has(row.id) && !rules.hubForgetsIds) return world.hit('repeat dropped by the hub');
    storedIds.add(row.id);
    stored.push(row);
  };
  return {
    stored,
    publish: (row) => {
      if (world.stormy && world.happens(0.05)) {
        world.hit('publish lost');
        return false;
      }
      const seenMs = seen.get(row.id);
      if (seenMs !== undefined && world.nowMs - seenMs < dedupeWindowMs)
        world.hit('repeat dropped by the stream');
      else {
        seen.set(row.id, world.nowMs);
        deliver(row);
        // A hub that dies before it has noted its place is told again.
        if (world.stormy && world.happens(0.05)) deliver(row);
      }
      if (!world.stormy || !world.happens(0.05)) return true;
      world.hit('publish unknown');
      return false;
    },
  };
}
