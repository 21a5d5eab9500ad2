import type { DemoResult, DemoRun } from './demo.ts';

/** Metrics of either process, in the order of their telling. */
const headlines = [
  'final_dose_atoms_cm2',
  'dose_error_pct',
  'dose_uniformity_pct',
  'final_temp_c',
  'temp_error_c',
  'max_overshoot_c',
  'avg_ramp_error_c',
];

/** The demo's outcome for people: what was asked, what came out, where the files are. */
export function demoReport(result: DemoResult, gatewayUrl: string): string {
  return [
    '',
    ...section(`Implant ${result.implant.run_id} on ${result.implant.equipment_id ?? '?'}`, result.implant),
    '',
    ...section(`Anneal ${result.anneal.run_id} on ${result.anneal.equipment_id ?? '?'}`, result.anneal),
    '',
    'Files (with a token):',
    ...[...result.implant.artifacts, ...result.anneal.artifacts].map(
      ({ name, size_bytes, href }) =>
        `  ${name.padEnd(28)} ${String(size_bytes).padStart(9)} B  ${gatewayUrl}${href}`,
    ),
  ].join('\n');
}

function section(title: string, run: DemoRun): string[] {
  const metrics = headlines.flatMap((name) => (typeof run[name] === 'number' ? [[name, run[name]]] : []));
  const numbers: Record<string, number | null> = { ...Object.fromEntries(metrics), ...run.vm_prediction };
  return [
    title,
    ...Object.entries(numbers).map(([name, value]) => `  ${name.padEnd(34)} ${formatNumber(value)}`),
  ];
}

/** Five significant digits; what could not be determined is told so. */
function formatNumber(value: number | null): string {
  if (value === null) return 'not determined';
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e6 || size < 1e-3)
    ? value.toExponential(4)
    : String(Number(value.toPrecision(5)));
}
