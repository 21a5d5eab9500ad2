import { createHash } from 'node:crypto';
import type { Bootstrap } from '@spectra/schemas';
import { z } from 'zod';
import { logIn, type ApiClient } from './api-client.ts';
import { followRun, type RunEnd } from './follow-run.ts';
import { progressBar } from './progress-bar.ts';
import { accountOf } from './seed.ts';

const implant = {
  species: 'P',
  energy_kev: 40,
  dose_atoms_cm2: 1e15,
  tilt_deg: 7,
  twist_deg: 0,
  beam_current_ma: 5,
  scan_speed_mm_s: 50,
  wafer_diameter_mm: 300,
};
const anneal = {
  segments: [
    { target_temp_c: 800, duration_s: 5, ramp_rate_c_s: 50 },
    { target_temp_c: 1000, duration_s: 10, ramp_rate_c_s: 40 },
    { target_temp_c: 1000, duration_s: 30 },
    { target_temp_c: 400, duration_s: 15, ramp_rate_c_s: 40 },
  ],
  initial_temp_c: 25,
  n2_flow_slm: 10,
  controller_type: 'pid',
};

const createdShape = z.object({
  run_id: z.string(),
  links: z.object({ self: z.string(), events: z.string() }),
});
const artifactShape = z
  .object({ name: z.string(), href: z.string(), size_bytes: z.int(), sha256: z.string() })
  .loose();
type DemoArtifact = z.output<typeof artifactShape>;

const runShape = z
  .object({
    run_id: z.string(),
    status: z.string(),
    progress: z.number(),
    equipment_id: z.string().nullable(),
    error_message: z.string().nullable(),
    held_reason: z.string().nullable(),
    vm_prediction: z.record(z.string(), z.number().nullable()).nullable(),
    artifacts: z.array(artifactShape),
  })
  .loose();
/** A finished run, as the API tells it; its headline metrics stand flat beside the named fields. */
export type DemoRun = z.output<typeof runShape>;

/** Both runs of the demo, as the API tells them at their end; every file was downloaded and its hash compared. */
export type DemoResult = { implant: DemoRun; anneal: DemoRun };

/** Implants phosphorus into a wafer and anneals that same wafer, in the name of the demo operator. */
export async function runDemo(options: {
  gatewayUrl: string;
  accounts: Bootstrap;
  /** Where progress is shown; absent: nothing is shown. */
  terminal?: NodeJS.WriteStream;
}): Promise<DemoResult> {
  const operator = await logIn(options.gatewayUrl, accountOf(options.accounts, 'operator'));
  const mark = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const shared = { wafer_id: `W-${mark}`, lot_id: `DEMO-${mark}`, comments: 'Demo' };
  const show = showProgress(options.terminal);
  const first = await oneRun(operator, { process: 'ion', body: { ...implant, ...shared }, show });
  const body = { ...anneal, ...shared, source_run_id: first.run_id };
  return { implant: first, anneal: await oneRun(operator, { process: 'rtp', body, show }) };
}

async function oneRun(
  operator: ApiClient,
  order: {
    process: 'ion' | 'rtp';
    body: Record<string, unknown>;
    show(label: string, progress: number, step: string): void;
  },
): Promise<DemoRun> {
  const label = order.process === 'ion' ? 'implant' : 'anneal';
  const created = await operator.post(`/api/${order.process}/runs`, order.body, createdShape);
  order.show(label, 0, 'queued');
  const end: RunEnd = await followRun(operator, created.links.events, ({ progress, step }) =>
    order.show(label, progress, step),
  );
  const run = await operator.get(created.links.self, runShape);
  order.show(label, run.progress, run.status);
  order.show('', -1, '');
  if (run.status !== 'completed') {
    throw new Error(`${run.run_id} ended ${run.status}: ${run.error_message ?? run.held_reason ?? end}`);
  }
  return { ...run, artifacts: await Promise.all(run.artifacts.map((one) => downloaded(operator, one))) };
}

/** Fetches a file as any client would; throws when its bytes are not what the run's record says. */
async function downloaded(operator: ApiClient, artifact: DemoArtifact): Promise<DemoArtifact> {
  const answer = await operator.fetch(artifact.href);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== artifact.sha256) throw new Error(`${artifact.name} has the SHA-256 ${sha256}`);
  return { ...artifact, url: new URL(artifact.href, answer.url).href };
}

/** Redraws one line on a terminal; elsewhere a line each time a tenth more is done. A negative value ends it. */
function showProgress(terminal: NodeJS.WriteStream | undefined) {
  let told = '';
  return (label: string, progress: number, step: string): void => {
    if (terminal === undefined) return;
    const columns = terminal.isTTY ? terminal.columns : 100;
    if (progress < 0) {
      if (terminal.isTTY) terminal.write('\n');
      return;
    }
    const line = progressBar({ label, progress, step, columns });
    if (terminal.isTTY) {
      terminal.write(`\r\u001b[K${line}`);
      return;
    }
    const tenth = `${label} ${Math.floor(progress / 10)}`;
    if (tenth !== told) terminal.write(`${line}\n`);
    told = tenth;
  };
}
