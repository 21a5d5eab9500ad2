import { z } from 'zod';
import { lotRunParamsSchema, lotRunResultSchema, type LotRunParams } from './lot-run.ts';
import { runExportParamsSchema, runExportResultSchema } from './run-export.ts';
import {
  annealRequestSchema,
  annealSchema,
  doseProfileRequestSchema,
  doseProfileSchema,
} from './simulate.ts';
import {
  spcCheckParamsSchema,
  spcCheckResultSchema,
  spcDesignParamsSchema,
  spcDesignResultSchema,
} from './spc-analyze.ts';
import {
  ionMonteCarloParamsSchema,
  ionMonteCarloResultSchema,
  ionRangeParamsSchema,
  ionRangeResultSchema,
  pingParamsSchema,
  pingResultSchema,
  type IonMonteCarloParams,
} from './tool-schemas.ts';
import { tuneRequestSchema, tuneSchema, type TuneRequest } from './tune.ts';

/** Permissions that a tool may ask for; the caller needs one of those that the tool names. */
type ToolPermission =
  | 'job:view_status'
  | 'ion:view_run'
  | 'rtp:view_run'
  | 'ion:create_run'
  | 'ion:simulate'
  | 'rtp:create_run'
  | 'rtp:tune_controller'
  | 'spc:view_charts';

/** What the platform knows of a tool without running it. */
export type ToolEntry<Params extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> = {
  title: string;
  params: Params;
  result: Output;
  permissions: readonly ToolPermission[];
  /** Needed beside one of those, each of them. */
  alsoPermissions?: readonly ToolPermission[];
  /** Queue of its jobs, and the name under which it answers at once. */
  queue: string;
  /** Answered within the request, or queued. An immediate one that takes too long becomes a job. */
  mode: 'immediate' | 'job';
  /** How long one attempt may compute. */
  timeoutS: number;
  /** Further attempts after a passing fault (a lost worker); a refusal is never tried again. */
  maxRetries: number;
  /** What a half-done execution leaves behind, and what takes it away. */
  compensation: string;
  /** The run that it reads, if it reads one: the caller must be able to see it. */
  readsRun?: (params: z.output<Params>) => string;
  /** Expected time of one attempt, in seconds. */
  estimateS: (params: z.output<Params>) => number;
  example: z.input<Params>;
};

const computesOnly = 'none: it only computes';
const implant = { species: 'B', energy_kev: 20, dose_atoms_cm2: 5e14, tilt_deg: 7 } as const;
const calculator = { mode: 'immediate', timeoutS: 600, maxRetries: 3, compensation: computesOnly } as const;

/** The one registry of tools: what `POST /v1/jobs` offers, to whom, and who does it. */
export const toolRegistry = {
  ping: entry({
    ...calculator,
    title: 'Tells that tools are being done',
    params: pingParamsSchema,
    result: pingResultSchema,
    permissions: ['job:view_status'],
    queue: 'general-tools',
    timeoutS: 10,
    estimateS: () => 0.01,
    example: { message: 'hello' },
  }),
  'ion.range': entry({
    ...calculator,
    title: 'Range, straggle and channeling of an implant',
    params: ionRangeParamsSchema,
    result: ionRangeResultSchema,
    permissions: ['ion:simulate'],
    queue: 'ion-tools',
    estimateS: () => 0.01,
    example: implant,
  }),
  'ion.dose_profile': entry({
    ...calculator,
    title: 'Depth profile, channeling and sheet resistance of an implant',
    params: doseProfileRequestSchema,
    result: doseProfileSchema,
    permissions: ['ion:simulate'],
    queue: 'ion-tools',
    estimateS: () => 0.05,
    example: implant,
  }),
  'ion.monte_carlo': entry({
    title: 'Binary-collision Monte Carlo of an implant',
    params: ionMonteCarloParamsSchema,
    result: ionMonteCarloResultSchema,
    permissions: ['ion:simulate'],
    queue: 'ion-tools',
    mode: 'job',
    timeoutS: 1800,
    maxRetries: 3,
    compensation: computesOnly,
    estimateS: monteCarloS,
    example: { ...implant, ions: 20_000 },
  }),
  'rtp.anneal': entry({
    ...calculator,
    title: 'Profile, junction and sheet resistance after an anneal',
    params: annealRequestSchema,
    result: annealSchema,
    permissions: ['rtp:create_run', 'ion:simulate'],
    queue: 'rtp-tools',
    estimateS: () => 0.5,
    example: {
      implant: { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15 },
      thermal: { temp_c: 1000, time_s: 30 },
    },
  }),
  'rtp.tune': entry({
    ...calculator,
    title: 'Controller settings for a plant, for runs, for a recipe or for a model',
    params: tuneRequestSchema,
    result: tuneSchema,
    permissions: ['rtp:tune_controller'],
    queue: 'rtp-tools',
    estimateS: tuneS,
    example: { controller_type: 'pid', model: { gain: 10, time_constant_s: 5, dead_time_s: 0.5 } },
  }),
  'run.export': entry({
    title: 'A run with everything that is kept of it, as one ZIP file',
    params: runExportParamsSchema,
    result: runExportResultSchema,
    permissions: ['ion:view_run', 'rtp:view_run'],
    queue: 'general-tools',
    mode: 'job',
    timeoutS: 900,
    maxRetries: 3,
    compensation: 'the file of a broken-off export is written anew, or goes with its job when that expires',
    readsRun: ({ run_id }) => run_id,
    estimateS: () => 5,
    example: { run_id: 'ION-20260101-0A1B2C3D' },
  }),
  'spc.check': entry({
    ...calculator,
    title: 'Control chart, broken rules and capability of a series',
    params: spcCheckParamsSchema,
    result: spcCheckResultSchema,
    permissions: ['spc:view_charts'],
    queue: 'general-tools',
    estimateS: () => 0.05,
    example: { chart: 'i_mr', data: [10.1, 9.9, 10.0, 10.2, 9.8, 10.1, 10.0, 13.5] },
  }),
  'spc.design': entry({
    ...calculator,
    title: 'Parameters of a control chart by the wanted run lengths',
    params: spcDesignParamsSchema,
    result: spcDesignResultSchema,
    permissions: ['spc:view_charts'],
    queue: 'general-tools',
    estimateS: () => 0.2,
    example: { chart: 'cusum', shift_sigma: 1, run_length_on_target: 465 },
  }),
  'lot.run': entry({
    title: 'Implant and anneal of a whole lot: one run of each, or several when the lot is divided',
    params: lotRunParamsSchema,
    result: lotRunResultSchema,
    permissions: ['ion:create_run'],
    alsoPermissions: ['rtp:create_run'],
    queue: 'lot-tools',
    mode: 'job',
    timeoutS: 24 * 3600,
    maxRetries: 3,
    compensation: 'cancelling it cancels its runs; a further attempt goes on with those that exist',
    estimateS: lotS,
    example: {
      lot_id: 'LOT-001',
      wafers: [{ wafer_id: 'W1', slot: 1 }],
      implant: {
        species: 'P',
        energy_kev: 40,
        dose_atoms_cm2: 1e15,
        beam_current_ma: 5,
        scan_speed_mm_s: 50,
      },
      anneal: { segments: [{ target_temp_c: 1000, duration_s: 20, ramp_rate_c_s: 80 }] },
    },
  }),
} as const;

export type ToolName = keyof typeof toolRegistry;

/** Parameters of a tool, as its schema leaves them. */
export type ToolParams<Name extends ToolName> = z.output<(typeof toolRegistry)[Name]['params']>;

export const toolNames = Object.keys(toolRegistry) as [ToolName, ...ToolName[]];
export const toolNameSchema = z.enum(toolNames);

/** The entry of a tool with its own types left out: for code that treats all tools alike. */
export function toolEntry(name: ToolName): ToolEntry {
  return toolRegistry[name];
}

/** Expected time of one attempt with these parameters, in seconds; they must have passed the tool's schema. */
export function estimateToolS(name: ToolName, params: unknown): number {
  const { params: schema, estimateS } = toolEntry(name);
  return estimateS(schema.parse(params));
}

/**
 * Measured for boron at 20 keV on one thread: 25,000 ions a second in amorphous layers, 2,800 in a crystal. The way, and
 * so the time, grows with the energy.
 */
function monteCarloS({ ions, energy_kev, target }: IonMonteCarloParams): number {
  const ionsPerS = (target?.crystalline ?? true) ? 2_800 : 25_000;
  return 1 + (ions / ionsPerS) * Math.max(0.3, Math.sqrt(energy_kev / 20));
}

/** Predictive control tries six sets of weights on whole runs; measured: 6 ms for each second of the recipe. */
function tuneS({ controller_type, recipe }: TuneRequest): number {
  const segments = controller_type === 'mpc' ? (recipe?.segments ?? []) : [];
  return 1 + 0.006 * segments.reduce((sum, segment) => sum + segment.duration_s, 0);
}

/** About a minute of real time for a wafer in each process at the usual pace; the runs tell their own times. */
function lotS({ wafers, parts }: LotRunParams): number {
  return 120 * Math.ceil(wafers.length / parts);
}

function entry<Params extends z.ZodType, Output extends z.ZodType>(
  described: ToolEntry<Params, Output>,
): ToolEntry<Params, Output> {
  return described;
}
