import type { Database } from '@spectra/database';
import type { ObjectStore } from '@spectra/object-store';
import { Counter, Gauge, type Clock, type Logger, type Part, type Registry } from '@spectra/service-kit';
import { orphanWalk } from './background/adopt-orphans.ts';
import { artifactWalk, type ArtifactCheckSettings } from './background/check-artifacts.ts';
import { createWakeLoop } from './core/wake-loop.ts';
import { countFaults } from './store/artifact-checks.ts';
import { countOrphans } from './store/artifact-orphans.ts';

export type ReconcileSettings = ArtifactCheckSettings & {
  /** Between two rounds of a walk, and between two walks. */
  roundEveryMs: number;
  walkEveryMs: number;
  /** An object without a row is left alone for so long: its row may be on its way. */
  orphanGraceS: number;
};

/**
 * Keeps rows of artifacts and objects of the store one to one: tells what is missing, damaged or without a row as
 * figures and alarms, repairs what is safe, and never deletes a record of a run. While the store is away it concludes
 * nothing.
 */
export function createArtifactReconciler(parts: {
  database: Database;
  objectStore: ObjectStore;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  newId: () => string;
  settings: ReconcileSettings;
}): Part {
  const { clock, logger, settings } = parts;
  const repaired = registerFigures(parts.registry, parts.database);
  const check = artifactWalk(parts);
  const adoptOrphans = orphanWalk({ ...parts, graceS: settings.orphanGraceS });
  const loopOf = (what: string, round: () => Promise<{ atEnd: boolean }>) => {
    const loop = createWakeLoop({
      clock,
      pollMs: settings.walkEveryMs,
      round: async () => {
        const { atEnd } = await round();
        if (!atEnd) loop.wakeAfter(settings.roundEveryMs);
      },
      onError: (error) => logger.warn({ err: error }, `${what} could not be compared; it tries again`),
    });
    return loop;
  };
  const loops = [
    loopOf('artifacts', check),
    loopOf('objects', async () => {
      const { atEnd, adopted, removed } = await adoptOrphans();
      repaired.inc({ how: 'adopted' }, adopted);
      repaired.inc({ how: 'removed' }, removed);
      if (adopted + removed > 0) logger.info({ adopted, removed }, 'objects without a row were dealt with');
      return { atEnd };
    }),
  ];
  return {
    name: 'artifact-reconciler',
    start: async () => {
      for (const loop of loops) loop.start();
    },
    stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))),
  };
}

function registerFigures(registry: Registry, database: Database): Counter<'how'> {
  const registers = [registry];
  const orphans: Gauge = new Gauge({
    name: 'spectra_artifact_orphans',
    help: 'Objects of the store that no row names',
    registers,
    async collect() {
      orphans.set(await countOrphans(database));
    },
  });
  const faults: Gauge<'state'> = new Gauge({
    name: 'spectra_artifact_faults',
    help: 'Artifacts whose object is missing or is not what was recorded',
    labelNames: ['state'],
    registers,
    async collect() {
      const found = await countFaults(database);
      for (const state of ['missing', 'wrong_size', 'wrong_sha256'] as const) {
        faults.set({ state }, found.get(state) ?? 0);
      }
    },
  });
  return new Counter({
    name: 'spectra_artifact_orphans_repaired_total',
    help: 'Objects that got their row back, or were removed since they are no record',
    labelNames: ['how'],
    registers,
  });
}
