import { fileURLToPath } from 'node:url';
import { emptyOutcome, tankProcess } from '@spectra/run-engine';
import type { OutcomeDraft, ProcessDefinition, RunTelemetry, TankTypes } from '@spectra/run-engine';
import type { Caller, Result, RunSpec } from '@spectra/schemas';
import { connectMessaging } from '@spectra/messaging';
import { manualClock, ownNats, silentLogger, testDatabase } from '@spectra/testkit';
import { createEquipment } from '../src/catalog/equipment.ts';
import { contentHash } from '../src/content-hash.ts';
import type { ChartVerdict } from '../src/monitoring/record-points.ts';
import type { ServiceContext } from '../src/service-context.ts';
import { recipes } from '../src/tables.ts';
import { recordOutcome } from '../src/worker/record-outcome.ts';
import { everybodyActive } from './signers.ts';

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));
const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

export const ours = '11111111-1111-4111-8111-111111111111';
const theirs = '22222222-2222-4222-8222-222222222222';
const engineer: Caller = { orgId: ours, userId: 'engineer', role: 'engineer' };
export const foreigner: Caller = { orgId: theirs, userId: 'foreigner', role: 'admin' };

const noTelemetry: RunTelemetry = { timeS: [], waferIndex: [], channels: {} };

type RecordedRun = {
  equipmentId: string;
  levelMm: number;
  waferIds: readonly string[];
  layer?: string;
  runId?: string;
  outcome: Partial<OutcomeDraft>;
  telemetry?: RunTelemetry;
};

/** A service of the tank process on real servers, without its worker: runs are recorded as if they had been done. */
export async function tankService(definition: ProcessDefinition<TankTypes> = tankProcess) {
  const [database, nats] = await Promise.all([
    testDatabase([{ schema: 'tank', migrationsFolder }]),
    ownNats(),
  ]);
  const messaging = await connectMessaging({ url: nats.url, name: 'tank', logger: silentLogger() });
  await messaging.ensureStreams();
  const clock = manualClock();
  const context: ServiceContext<TankTypes> = {
    definition,
    database: database.open('tank'),
    messaging,
    signers: everybodyActive,
    clock,
    logger: silentLogger(),
  };
  let runs = 0;
  /** Records a run of one recipe as completed; answers what it was and what the charts said of it. */
  async function judgeRun(run: RecordedRun): Promise<{ spec: RunSpec; verdict: ChartVerdict }> {
    runs += 1;
    clock.advance(60_000);
    const recipe = { level_mm: run.levelMm };
    const recipe_hash = contentHash(recipe);
    await context.database.withOrg(ours, (tx) =>
      tx.insert(recipes).values({ org_id: ours, recipe_hash, recipe }).onConflictDoNothing(),
    );
    const spec: RunSpec = {
      run_id: run.runId ?? `TANK-${runs}`,
      job_id: '33333333-3333-4333-8333-333333333333',
      org_id: ours,
      process: 'tank',
      recipe,
      recipe_hash,
      recipe_id: null,
      recipe_version: null,
      wafers: run.waferIds.map((wafer_id, index) => ({ wafer_id, slot: index + 1 })),
      lot_id: null,
      sop_id: '44444444-4444-4444-8444-444444444444',
      source_run_id: null,
      equipment_id: run.equipmentId,
      time_scale: 0,
      seed: 1,
      created_by: 'engineer',
      traceparent,
      ...(run.layer === undefined ? {} : { layer: run.layer }),
    };
    const waferRecords = run.waferIds.map(() => ({}));
    const outcome = { ...emptyOutcome, waferRecords, ...run.outcome };
    const telemetry = run.telemetry ?? noTelemetry;
    const finished = { asked: { levelMm: run.levelMm }, upstream: [], outcome, telemetry };
    return { spec, verdict: (await recordOutcome(context, spec, finished)).verdict };
  }
  return {
    context,
    clock,
    adminUrl: database.adminUrl,
    messaging,
    /** Hands on every message of a subject until the returned function is called. */
    listen(subject: string, heard: (text: string) => void): () => void {
      const subscription = messaging.connection.subscribe(subject, {
        callback: (_error, message) => heard(message.string()),
      });
      return () => subscription.unsubscribe();
    },
    asked: <Body>(body: Body, caller = engineer) => ({ caller, traceparent, body }),
    addTool: async (equipmentId: string) => {
      const body = { equipment_id: equipmentId, name: equipmentId };
      await createEquipment(context, { caller: engineer, traceparent, body });
    },
    judgeRun,
    /** The same, when only the run matters. */
    recordRun: async (run: RecordedRun) => (await judgeRun(run)).spec,
    async close() {
      await messaging.close();
      await Promise.all([nats.close(), database.close()]);
    },
  };
}

/** The value of a success; a refusal fails the test with its text. */
export function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.detail}`);
  return result.value;
}

export function refusalOf(result: Result<unknown>) {
  if (result.ok) throw new Error('it was accepted');
  return result.refusal;
}
