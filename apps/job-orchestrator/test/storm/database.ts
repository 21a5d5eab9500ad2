import type { Lease } from '../../src/core/decision.ts';
import type { Job } from '../../src/core/job.ts';
import type { World } from './world.ts';

export interface OutboxRow {
  readonly id: string;
  readonly jobId: string;
  readonly event: string;
  readonly status: Job['status'];
  readonly published: boolean;
}

/** What Postgres holds. A transaction works on a copy and changes all of it or nothing. */
export interface Rows {
  readonly jobs: Map<string, Job>;
  readonly leases: Map<string, Lease>;
  readonly keys: Map<string, string>;
  readonly outbox: OutboxRow[];
  /** Which attempt was granted which tool under which token, ever. */
  readonly grants: { tool: string; token: number; jobId: string; attempt: number }[];
}

/** `unknown`: the connection broke at the commit, and nobody can tell whether it counts. */
export type Transacted<Value> =
  | { kind: 'committed'; value: Value }
  | { kind: 'rolled-back' }
  | { kind: 'unknown' };

export interface Database {
  readonly rows: Rows;
  transact<Value>(work: (draft: Rows) => Value): Transacted<Value>;
}

/** Postgres on a bad day: serialisation failures, connections lost before the commit and in the middle of it. */
export function createDatabase(world: World): Database {
  let rows: Rows = { jobs: new Map(), leases: new Map(), keys: new Map(), outbox: [], grants: [] };
  return {
    get rows() {
      return rows;
    },
    transact: (work) => {
      const draft: Rows = {
        jobs: new Map(rows.jobs),
        leases: new Map(rows.leases),
        keys: new Map(rows.keys),
        outbox: [...rows.outbox],
        grants: [...rows.grants],
      };
      const value = work(draft);
      const fate = world.stormy ? world.chance() : 1;
      if (fate < 0.02) {
        world.hit('serialisation failure');
        return { kind: 'rolled-back' };
      }
      if (fate < 0.04) {
        world.hit('connection lost before the commit');
        return { kind: 'unknown' };
      }
      rows = draft;
      if (fate < 0.07) {
        world.hit('commit unknown');
        return { kind: 'unknown' };
      }
      return { kind: 'committed', value };
    },
  };
}
