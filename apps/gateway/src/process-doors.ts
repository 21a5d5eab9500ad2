import type { Permission } from '@spectra/policy';
import {
  ionBatchedRunSchema,
  ionRunRequestSchema,
  rtpBatchedRunSchema,
  rtpRunRequestSchema,
  type JobType,
} from '@spectra/schemas';
import type { z } from 'zod';

/** What the gateway knows of a process: enough to give it its routes. A third process is one more entry. */
export type ProcessDoor = {
  /** Process id, part of its addresses and the name of its service. */
  process: string;
  title: string;
  jobType: JobType;
  runRequest: z.ZodType<Record<string, unknown>>;
  /** The same for one of many, with the key under which the others may depend on it. */
  batchedRunRequest: z.ZodType<Record<string, unknown>>;
  permissions: Readonly<
    Record<'createRun' | 'viewRun' | 'cancelRun' | 'abort' | 'viewTelemetry', Permission>
  >;
  /** Headline metrics that a run view always has; null until they are known. */
  metricNames: readonly string[];
  example: Readonly<Record<string, unknown>>;
};

/** The processes of this installation. */
export const processDoors: readonly ProcessDoor[] = [
  {
    process: 'ion',
    title: 'Ion implantation',
    jobType: 'ion_implant',
    runRequest: ionRunRequestSchema,
    batchedRunRequest: ionBatchedRunSchema,
    permissions: {
      createRun: 'ion:create_run',
      viewRun: 'ion:view_run',
      cancelRun: 'ion:cancel_run',
      abort: 'ion:abort',
      viewTelemetry: 'ion:view_telemetry',
    },
    metricNames: ['final_dose_atoms_cm2', 'dose_error_pct', 'dose_uniformity_pct'],
    example: {
      species: 'P',
      energy_kev: 40,
      dose_atoms_cm2: 1e15,
      tilt_deg: 7,
      twist_deg: 0,
      beam_current_ma: 5,
      scan_speed_mm_s: 50,
      wafer_diameter_mm: 300,
      wafer_id: 'W12345',
      lot_id: 'LOT-001',
      comments: 'Test run',
    },
  },
  {
    process: 'rtp',
    title: 'Rapid thermal processing',
    jobType: 'rtp',
    runRequest: rtpRunRequestSchema,
    batchedRunRequest: rtpBatchedRunSchema,
    permissions: {
      createRun: 'rtp:create_run',
      viewRun: 'rtp:view_run',
      cancelRun: 'rtp:cancel_run',
      abort: 'rtp:abort',
      viewTelemetry: 'rtp:view_telemetry',
    },
    metricNames: ['final_temp_c', 'temp_error_c', 'max_overshoot_c', 'avg_ramp_error_c', 'thermal_budget'],
    example: {
      segments: [
        { target_temp_c: 800, duration_s: 5, ramp_rate_c_s: 50 },
        { target_temp_c: 1000, duration_s: 10, ramp_rate_c_s: 40 },
        { target_temp_c: 1000, duration_s: 30 },
        { target_temp_c: 400, duration_s: 15, ramp_rate_c_s: 40 },
      ],
      initial_temp_c: 25,
      n2_flow_slm: 10,
      o2_flow_slm: 0,
      controller_type: 'pid',
      pid_kp: 5,
      pid_ki: 0.5,
      pid_kd: 1,
      wafer_id: 'W12345',
      ion_implant_context: { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15 },
      lot_id: 'LOT-001',
      comments: 'Activation anneal',
    },
  },
];

/** The door of a process by its id. */
export function doorOf(process: string): ProcessDoor | null {
  return processDoors.find((door) => door.process === process) ?? null;
}
