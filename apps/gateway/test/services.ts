import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Handler, Messaging, Request } from '@spectra/messaging';
import { checkSeries, designSeries } from '@spectra/process-host';
import {
  accept,
  batchRpc,
  calculatorRpc,
  dossierRpc,
  healthRpc,
  jobsRpc,
  metrologyRpc,
  processRpc,
  queuesRpc,
  recipeRpc,
  refuse,
  runToRunRpc,
  telemetryRpc,
  toolJobsRpc,
  toolRegistry,
  toolRpc,
  type Alarm,
  type Calibration,
  vmRpc,
  type Equipment,
  type RecipeVersion,
  type Refusal,
  type Result,
  type RpcContract,
  type RunRecord,
  type Sop,
} from '@spectra/schemas';
import type { z } from 'zod';
import type { Serve } from './serve.ts';
import { serveSpc } from './spc-doubles.ts';
import { serveFlows } from './flow-services.ts';
import { alarmRecord } from './spc-records.ts';
import {
  calibrationRecord,
  complianceRecord,
  dossierRecord,
  equipmentRecord,
  jobRecord,
  recipeVersion,
  modelRecord,
  runRecord,
  sopRecord,
  threadRecord,
  toolJobRecord,
} from './records.ts';

const gone = () => refuse('not_found', 'There is nothing with this id.');
const at = '2026-01-01T00:00:00.000Z';

/** What one organisation has at the services behind the gateway. */
export type Holdings = {
  runs: RunRecord[];
  equipment: Equipment[];
  sops: Sop[];
  threads: ReturnType<typeof threadRecord>[];
  alarms: Alarm[];
  recipes: RecipeVersion[];
  calibrations: Calibration[];
  models: ReturnType<typeof modelRecord>[];
  deadLetterId: string;
};

/** Small services on the real message bus that stand for the other processes, and what they heard. */
export type Services = {
  holdings: Map<string, Holdings>;
  heard: { verb: string; body: unknown; caller: unknown; traceparent: string }[];
  /** Answers the next request of a verb with this refusal. */
  refuseNext(verb: string, refusal: Result<never>): void;
};

/** Holdings of an organisation with one run and one tool of each process. */
export function holdingsOf(orgId: string, ids: { ion: string; rtp: string; tools: string[] }): Holdings {
  const [ionTool = 'I', rtpTool = 'R'] = ids.tools;
  return {
    runs: [
      runRecord({ run_id: ids.ion, org_id: orgId, process: 'ion' }),
      runRecord({ run_id: ids.rtp, org_id: orgId, process: 'rtp' }),
    ],
    equipment: [equipmentRecord(ionTool, 'ion'), equipmentRecord(rtpTool, 'rtp')],
    sops: [sopRecord('ion'), sopRecord('rtp')],
    threads: [threadRecord('ion'), threadRecord('rtp')],
    alarms: [alarmRecord(ionTool, ids.ion)],
    recipes: [recipeVersion('ion'), recipeVersion('rtp')],
    calibrations: [calibrationRecord('ion')],
    // The same id as that of its model of fault detection.
    models: [{ ...modelRecord('ion'), model_id: orgId }, modelRecord('rtp')],
    deadLetterId: randomUUID(),
  };
}

/** Starts the services; every answer comes from the holdings of the caller's organisation. */
export function serveDoubles(messaging: Messaging): Services {
  const refusals = new Map<string, Result<never>>();
  const services: Services = {
    holdings: new Map(),
    heard: [],
    refuseNext: (verb, refusal) => void refusals.set(verb, refusal),
  };
  const own = (request: { caller: { orgId: string } | undefined }): Holdings => {
    const found = services.holdings.get(request.caller?.orgId ?? '');
    if (found === undefined) throw new Error('a request came without a known organisation');
    return found;
  };
  const serve = <Body extends z.ZodType, Reply extends z.ZodType>(
    service: string,
    contract: RpcContract<Body, Reply>,
    handler: Handler<Body, Reply>,
  ) =>
    messaging.serve(service, contract, async (request: Request<Body>) => {
      const { body, caller, traceparent } = request;
      services.heard.push({ verb: contract.verb, body, caller, traceparent });
      const refusal = refusals.get(contract.verb);
      refusals.delete(contract.verb);
      return refusal ?? handler(request);
    });
  serveJobs(serve, own);
  for (const process of ['ion', 'rtp']) {
    serveProcess(serve, own, process);
    serveMetrology(serve, own, process);
    serveRecipes(serve, own, process);
    serveSpc(serve, process, (request, toolId) =>
      own(request).equipment.some((tool) => tool.process === process && tool.equipment_id === toolId),
    );
    serveModels(serve, own, process);
  }
  serveTools(serve, own);
  serveFlows(serve, own);
  serveCalculators(serve);
  serveTelemetry(serve, own);
  return services;
}

type Own = (request: { caller: { orgId: string } | undefined }) => Holdings;

function serveJobs(serve: Serve, own: Own): void {
  const runOf = (request: { caller: { orgId: string } | undefined }, wanted: Partial<RunRecord>) =>
    own(request).runs.find(
      (run) =>
        (wanted.run_id === undefined || run.run_id === wanted.run_id) &&
        (wanted.job_id === undefined || run.job_id === wanted.job_id) &&
        (wanted.process === undefined || run.process === wanted.process),
    );
  const answerJob = (run: RunRecord | undefined) => (run === undefined ? gone() : accept(jobRecord(run)));
  serve('jobs', healthRpc, async () =>
    accept({
      service: 'jobs',
      status: 'healthy' as const,
      version: '1',
      uptime_s: 1,
      dependencies: {},
    }),
  );
  serve('jobs', jobsRpc.createRun, async ({ body }) =>
    accept({
      run_id: `${body.process.toUpperCase()}-20260101-ABCDEF01`,
      job_id: randomUUID(),
      status: 'queued' as const,
      created_at: at,
      position_in_queue: 3,
      estimated_start: null,
      warnings: body.prepared.warnings,
    }),
  );
  serve('jobs', batchRpc.createRuns, async ({ body }) =>
    reportOf(body, (index, { prepared }) => ({
      run_id: `${body.process.toUpperCase()}-20260101-ABCDEF${String(index).padStart(2, '0')}`,
      job_id: randomUUID(),
      status: 'queued' as const,
      created_at: at,
      position_in_queue: index + 1,
      estimated_start: null,
      warnings: prepared.warnings,
    })),
  );
  serve('jobs', batchRpc.createToolJobs, async ({ body }) =>
    reportOf(body, (index) => ({
      job_id: randomUUID(),
      status: 'queued' as const,
      created_at: at,
      position_in_queue: index + 1,
      estimated_start: null,
      estimated_duration_s: 1,
    })),
  );
  serve('jobs', jobsRpc.getRun, async (request) => {
    const { run_id, process } = request.body;
    const found = runOf(request, { run_id, ...(process === undefined ? {} : { process }) });
    return found === undefined ? gone() : accept(found);
  });
  serve('jobs', jobsRpc.listRuns, async (request) => {
    const items = own(request).runs.filter((run) => run.process === request.body.process);
    return accept({ items, total: items.length });
  });
  serve('jobs', jobsRpc.getJob, async (request) => answerJob(runOf(request, request.body)));
  serve('jobs', jobsRpc.listJobs, async (request) => {
    const items = own(request).runs.map(jobRecord);
    return accept({ items: items.slice(0, request.body.limit), total: items.length });
  });
  serve('jobs', jobsRpc.cancel, async (request) => {
    const { run_id, job_id, process, own_only } = request.body;
    const found = runOf(request, {
      ...(run_id === undefined ? {} : { run_id }),
      ...(job_id === undefined ? {} : { job_id }),
      ...(process === undefined ? {} : { process }),
    });
    if (found === undefined) return gone();
    if (own_only && found.created_by !== request.caller?.userId) {
      return refuse('permission_denied', 'Permission denied: only runs that you started');
    }
    return accept({
      job_id: found.job_id,
      run_id: found.run_id,
      status: 'cancelled' as const,
      cancel_requested: true,
    });
  });
  serve('jobs', jobsRpc.retry, async (request) => answerJob(runOf(request, request.body)));
  serve('jobs', jobsRpc.resolveHeld, async (request) =>
    answerJob(runOf(request, { job_id: request.body.job_id })),
  );
  serve('jobs', jobsRpc.getLogs, async (request) =>
    runOf(request, { job_id: request.body.job_id }) === undefined
      ? gone()
      : accept({
          items: [{ at, level: 'info' as const, message: 'begun', attempt: 1, line: 1 }],
          total: 1,
        }),
  );
  serve('jobs', jobsRpc.getArtifact, async (request) => {
    const run = runOf(request, { run_id: request.body.run_id });
    const found = run?.artifacts.find((artifact) => artifact.artifact_id === request.body.artifact_id);
    return found === undefined ? gone() : accept(found);
  });
  serve('jobs', dossierRpc.getDossier, async (request) => {
    const found = runOf(request, request.body);
    return found === undefined ? gone() : accept(dossierRecord(found));
  });
  serve('jobs', queuesRpc.listDeadLetters, async (request) => {
    const { runs, deadLetterId } = own(request);
    const items = runs.slice(0, 1).map((run) => ({
      dead_letter_id: deadLetterId,
      job_id: run.job_id,
      run_id: run.run_id,
      job_type: 'ion_implant' as const,
      tool: null,
      reason: 'worker lost',
      code: 'worker_lost',
      attempts: 4,
      created_at: at,
      redriven_at: null,
    }));
    return accept({ items, total: items.length });
  });
  serve('jobs', queuesRpc.viewQueues, async () =>
    accept({ taken_at: at, organisation: { running: 0, limit: 8 }, queues: [] }),
  );
  serve('jobs', jobsRpc.redrive, async (request) => {
    const { runs, deadLetterId } = own(request);
    return request.body.dead_letter_id === deadLetterId ? answerJob(runs[0]) : gone();
  });
}

/** What the orchestrator answers to a batch, as far as the gateway can tell the difference. */
function reportOf<Wanted, Created>(
  batch: {
    mode: 'all_or_nothing' | 'each';
    items: readonly { key: string | null; item: { wanted: Wanted } | { refusal: Refusal } }[];
  },
  create: (index: number, wanted: Wanted) => Created,
) {
  const items = batch.items.map(({ key, item }, index) =>
    'wanted' in item
      ? { index, key, created: create(index, item.wanted), problem: null }
      : { index, key, created: null, problem: item.refusal },
  );
  const refused = items.filter(({ problem }) => problem !== null);
  const first = refused[0]?.problem;
  if (batch.mode === 'all_or_nothing' && first) return refuse(first.code, first.detail, first.errors);
  return accept({ created: items.length - refused.length, refused: refused.length, items });
}

function serveProcess(serve: Serve, own: Own, process: string): void {
  const tools = (request: Parameters<Own>[0]) =>
    own(request).equipment.filter((tool) => tool.process === process);
  const sops = (request: Parameters<Own>[0]) => own(request).sops.filter((sop) => sop.process === process);
  const page = <Item>(items: Item[], { limit, offset }: { limit: number; offset: number }) =>
    accept({ items: items.slice(offset, offset + limit), total: items.length });
  serve(process, processRpc.prepareRun, async ({ body }) =>
    accept({
      recipe: body.recipe,
      recipe_hash: 'b'.repeat(64),
      equipment_ids: ['T1'],
      sop_id: randomUUID(),
      calibration_ids: [],
      warnings: [{ code: 'slow_ramp', message: 'the plant cannot cool that fast' }],
      estimated_tool_time_s: 60,
      default_time_scale: 100,
    }),
  );
  serve(process, processRpc.describe, async () =>
    accept({
      process,
      title: process,
      equipment_type: process,
      channels: [],
      calibration_types: [],
      fault_kinds: [],
    }),
  );
  serve(process, dossierRpc.runCompliance, async (request) => {
    const found = own(request).runs.find((run) => run.run_id === request.body.run_id);
    return found === undefined ? gone() : accept(complianceRecord(found));
  });
  serve(process, processRpc.listEquipment, async (request) => page(tools(request), request.body));
  serve(process, processRpc.getEquipment, async (request) => {
    const found = tools(request).find((tool) => tool.equipment_id === request.body.equipment_id);
    return found === undefined
      ? gone()
      : accept({ ...found, calibrations: [], missing_calibrations: ['dose'] });
  });
  serve(process, processRpc.createEquipment, async ({ body }) =>
    accept(equipmentRecord(body.equipment_id, process)),
  );
  serve(process, processRpc.setSimulator, async ({ body }) =>
    accept({ ...equipmentRecord(body.equipment_id, process), simulator: body.simulator }),
  );
  serve(process, processRpc.setEquipmentStatus, async ({ body }) =>
    accept({ ...equipmentRecord(body.equipment_id, process), status: body.status }),
  );
  serve(process, processRpc.listEquipmentEvents, async () => accept({ items: [], total: 0 }));
  serve(process, processRpc.listCalibrations, async () => accept({ items: [], total: 0 }));
  const oneCalibration = async (request: Parameters<Own>[0] & { body: { calibration_id: string } }) => {
    const found = own(request).calibrations.find(
      (item) => item.process === process && item.calibration_id === request.body.calibration_id,
    );
    return found === undefined ? gone() : accept(found);
  };
  serve(process, processRpc.getCalibration, oneCalibration);
  serve(process, processRpc.revokeCalibration, oneCalibration);
  serve(process, processRpc.createCalibration, async ({ body, caller }) =>
    accept({
      ...calibrationRecord(process),
      created_by: caller?.userId ?? '',
      equipment_id: body.equipment_id,
      type: body.type,
      performed_at: body.performed_at,
      valid_until: body.valid_until,
      certificate: body.certificate ?? null,
      factor: body.factor,
      uncertainty_pct: body.uncertainty_pct ?? null,
    }),
  );
  serve(process, processRpc.listSops, async (request) => page(sops(request), request.body));
  const oneSop = async (request: Parameters<Own>[0] & { body: { sop_id: string } }) => {
    const found = sops(request).find((sop) => sop.sop_id === request.body.sop_id);
    return found === undefined ? gone() : accept(found);
  };
  serve(process, processRpc.createSop, async () => accept(sopRecord(process)));
  serve(process, processRpc.listSopVersions, async (request) => {
    const found = await oneSop(request);
    return found.ok ? page([found.value], request.body) : found;
  });
  serve(process, processRpc.getSop, oneSop);
  serve(process, processRpc.createSopVersion, oneSop);
  serve(process, processRpc.approveSop, oneSop);
  serve(process, processRpc.rejectSop, oneSop);
  serve(process, processRpc.retireSop, oneSop);
}

function serveRecipes(serve: Serve, own: Own, process: string): void {
  const recipes = (request: Parameters<Own>[0]) =>
    own(request).recipes.filter((recipe) => recipe.process === process);
  const one = async (request: Parameters<Own>[0] & { body: { recipe_id: string } }) => {
    const found = recipes(request).find((recipe) => recipe.recipe_id === request.body.recipe_id);
    return found === undefined ? gone() : accept(found);
  };
  serve(process, recipeRpc.list, async (request) => {
    const items = recipes(request);
    return accept({ items: items.slice(0, request.body.limit), total: items.length });
  });
  serve(process, recipeRpc.listVersions, async (request) => {
    const found = await one(request);
    return found.ok ? accept({ items: [found.value], total: 1 }) : found;
  });
  serve(process, recipeRpc.diff, async (request) => {
    const found = await one(request);
    const { from, to } = request.body;
    return found.ok ? accept({ from, to, changes: [] }) : found;
  });
  serve(process, recipeRpc.create, async () => accept(recipeVersion(process)));
  serve(process, recipeRpc.get, one);
  serve(process, recipeRpc.createVersion, one);
  serve(process, recipeRpc.submit, one);
  serve(process, recipeRpc.approve, one);
  serve(process, recipeRpc.reject, one);
  serve(process, recipeRpc.retire, one);
}

function serveMetrology(serve: Serve, own: Own, process: string): void {
  const threads = (request: Parameters<Own>[0]) =>
    own(request).threads.filter((thread) => thread.process === process);
  const threadOf = (request: Parameters<Own>[0], id: string) =>
    threads(request).find((thread) => thread.thread_id === id);
  serve(process, metrologyRpc.record, async () => accept({ measurements: [], duplicates: 1 }));
  serve(process, metrologyRpc.list, async () => accept({ items: [], total: 0 }));
  serve(process, metrologyRpc.parameters, async () => accept({ parameters: [] }));
  serve(process, runToRunRpc.listThreads, async (request) => {
    const items = threads(request);
    return accept({ items, total: items.length });
  });
  serve(process, runToRunRpc.getThread, async (request) => {
    const found = threadOf(request, request.body.thread_id);
    return found === undefined ? gone() : accept({ ...found, changes: [] });
  });
  serve(process, runToRunRpc.setThread, async () => accept(threadRecord(process)));
  serve(process, runToRunRpc.restartThread, async (request) => {
    const found = threadOf(request, request.body.thread_id);
    return found === undefined ? gone() : accept(found);
  });
  serve(process, runToRunRpc.advise, async (request) => {
    const { equipment_id, recipe_hash = '' } = request.body;
    if (!own(request).equipment.some((tool) => tool.equipment_id === equipment_id)) return gone();
    return accept({ process, equipment_id, recipe_hash, layer: null, advice: [], threads: [] });
  });
  serve(process, runToRunRpc.analyze, async () =>
    accept({
      controller: 'EWMA' as const,
      stable: true,
      spectral_radius: 0.9,
      steady_offset_formula: 1,
      steady_offset_sim: 1,
      verdict: 'settles',
    }),
  );
}

function serveModels(serve: Serve, own: Own, process: string): void {
  const models = (request: Parameters<Own>[0]) =>
    own(request).models.filter((model) => model.process === process);
  const answerModel = (request: Parameters<Own>[0] & { body: { model_id: string } }) => {
    const found = models(request).find((model) => model.model_id === request.body.model_id);
    return found === undefined ? gone() : accept(found);
  };
  serve(process, vmRpc.predict, async () => accept({ process, run_id: null, wafers: [] }));
  serve(process, vmRpc.listModels, async (request) => {
    const items = models(request);
    return accept({ items, total: items.length });
  });
  serve(process, vmRpc.getModel, async (request) => {
    const found = answerModel(request);
    if (!found.ok) return found;
    return accept({
      ...found.value,
      correction: { kind: 'ridge' as const, offset: 0, penalty: 1, residual_sigma: 1, features: [] },
      watch: { upper: 0, lower: 0, decision: 5, checked: [] },
      versions: [],
      history: [],
    });
  });
  serve(process, vmRpc.promoteModel, async (request) => answerModel(request));
  serve(process, vmRpc.retireModel, async (request) => answerModel(request));
}

/** The jobs of runs stand for jobs of tools; `ping` answers at once and becomes the first of them. */
function serveTools(serve: Serve, own: Own): void {
  serve('jobs', toolJobsRpc.createToolJob, async (request) => {
    const { ended } = request.body;
    return accept({
      job_id: own(request).runs[0]?.job_id ?? '',
      status: ended === undefined ? ('queued' as const) : ('completed' as const),
      created_at: at,
      position_in_queue: ended === undefined ? 1 : null,
      estimated_start: null,
      estimated_duration_s: 1,
    });
  });
  serve('jobs', toolJobsRpc.getToolJob, async (request) => {
    const found = own(request).runs.find((run) => run.job_id === request.body.job_id);
    return found === undefined ? gone() : accept(toolJobRecord(found));
  });
  serve('jobs', toolJobsRpc.listToolJobs, async (request) => {
    const items = own(request).runs.map(toolJobRecord);
    return accept({ items, total: items.length });
  });
  serve('general-tools', toolRpc.runTool, async ({ body }) => {
    if (body.tool.startsWith('spc.')) return computed(body);
    if (body.params['message'] === 'slow') return accept({ kind: 'too_slow' as const });
    const ending = { kind: 'answered' as const, result: { encoding: 'json' as const, value: 'pong' } };
    return accept({ kind: 'ended' as const, ending, duration_ms: 1 });
  });
  serve('rtp-tools', toolRpc.runTool, async ({ body }) => {
    if (body.params['plant_id'] === 'SLOW') return accept({ kind: 'too_slow' as const });
    if (body.params['plant_id'] !== undefined) return gone();
    const ending = { kind: 'answered' as const, result: { encoding: 'json' as const, value: tuning } };
    return accept({ kind: 'ended' as const, ending, duration_ms: 1 });
  });
}

/** Charts are computed in earnest, in the form in which a long answer travels. */
function computed({ tool, params }: { tool: string; params: Record<string, unknown> }) {
  const result =
    tool === 'spc.check'
      ? checkSeries(toolRegistry['spc.check'].params.parse(params))
      : designSeries(toolRegistry['spc.design'].params.parse(params));
  if (!result.ok) return result;
  const text = JSON.stringify(result.value);
  const base64 = gzipSync(text).toString('base64');
  const packed = { encoding: 'gzip' as const, base64, size_bytes: Buffer.byteLength(text) };
  return accept({
    kind: 'ended' as const,
    ending: { kind: 'answered' as const, result: packed },
    duration_ms: 1,
  });
}

const tuning = {
  controller_type: 'pid',
  parameters: { kp: 1 },
  expected_performance: { overshoot_pct: 0, settling_time_s: null, steady_state_error_c: 0 },
  tuning_method: 'relay_feedback',
  rule: 'simc',
  robustness: { maximum_sensitivity: 1.5 },
  identified_model: {},
  ultimate: { gain: 1, period_s: 1 },
  rules: [],
  alternatives: [],
  present: null,
};

const noUncertainty = {
  quantity: 'q',
  unit: '1',
  value: 1,
  components: [],
  combined: 0,
  effective_degrees_of_freedom: null,
  coverage_factor: 2 as const,
  expanded: 0,
  relative_combined: 0,
  relative_expanded: 0,
};

function serveCalculators(serve: Serve): void {
  serve('ion', calculatorRpc.doseProfile, async () =>
    accept({
      profile_1d: { depth_nm: [0], concentration_cm3: [1], projected_range_nm: 1, straggle_nm: 1 },
      profile_2d: { x_mm: [0], y_mm: [0], dose_atoms_cm2: [[1]] },
      moments: {
        projected_range_nm: 1,
        straggle_nm: 1,
        lateral_straggle_nm: 1,
        skewness: 0,
        kurtosis: 3,
        backscatter_fraction: 0,
      },
      retained_dose_cm2: 1,
      channeling: { risk: 'low' as const, critical_angle_deg: 1, channeled_fraction: 0, reason: 'tilted' },
      damage: {},
      sheet_resistance: {
        as_implanted_ohm_sq: null,
        annealed_ohm_sq: null,
        anneal: { temp_c: 1000, time_s: 10 },
      },
      uncertainty: {
        projected_range: noUncertainty,
        retained_dose: noUncertainty,
        concentration: { quantity: 'c', components: [], coverage_factor: 2 as const, expanded_cm3: [0] },
      },
      metadata: {},
    }),
  );
  serve('ion', calculatorRpc.doseProfileChart, async () => accept({ svg: '<svg>ion</svg>' }));
  serve('rtp', calculatorRpc.annealChart, async () => accept({ svg: '<svg>rtp</svg>' }));
  serve('rtp', calculatorRpc.anneal, async () =>
    accept({
      profile: { depth_nm: [0], initial_cm3: [1], total_cm3: [1], active_cm3: [1] },
      junction_depth_um: { at_background: null, at_1e17: null, at_1e18: null },
      retained_dose_cm2: 1,
      active_dose_cm2: 1,
      sheet_resistance_ohm_sq: null,
      activation_pct: 1,
      oxide_thickness_nm: 0,
      thermal_budget: {},
      uncertainty: {},
      metadata: {},
    }),
  );
}

const latestFrame = {
  seq: 12,
  at: '2026-01-01T00:00:00.000Z',
  age_ms: 40,
  wafer_index: 0,
  time_s: 1.2,
  values: { beam_current_ma: 5 },
};

function serveTelemetry(serve: Serve, own: Own): void {
  serve('telemetry', telemetryRpc.history, async ({ body }) =>
    accept({ run_id: body.run_id, last_seq: 0, time_s: [], channels: {} }),
  );
  const alarmOf = (request: Parameters<Own>[0] & { body: { alarm_id: string } }) => {
    const found = own(request).alarms.find((alarm) => alarm.alarm_id === request.body.alarm_id);
    return found === undefined ? gone() : accept(found);
  };
  serve('telemetry', telemetryRpc.latest, async ({ body }) =>
    accept({ frame: body.run_id.startsWith('ION') ? latestFrame : null }),
  );
  serve('telemetry', telemetryRpc.listAlarms, async (request) => {
    const { alarms } = own(request);
    return accept({ items: alarms, total: alarms.length });
  });
  serve('telemetry', telemetryRpc.getAlarm, async (request) => {
    const found = alarmOf(request);
    return found.ok ? accept({ ...found.value, history: [] }) : found;
  });
  serve('telemetry', telemetryRpc.acknowledgeAlarm, async (request) => alarmOf(request));
  serve('telemetry', telemetryRpc.shelveAlarm, async (request) => alarmOf(request));
  serve('telemetry', telemetryRpc.unshelveAlarm, async (request) => alarmOf(request));
  serve('telemetry', telemetryRpc.listRefused, async () => accept({ items: [], total: 0 }));
  serve('telemetry', telemetryRpc.redriveRefused, async (request) => {
    const { refused_id } = request.body;
    return own(request).deadLetterId === refused_id ? accept({ refused_id, message_id: 'redrive' }) : gone();
  });
  serve('telemetry', telemetryRpc.messages, async () =>
    accept({ messages: [], first_seq: 1, last_seq: 0, next_seq: null }),
  );
}
