import type { MonitoringRules, WatchedFeature } from '@spectra/run-engine';
import { CHAMBER } from './chamber.ts';
import { rtpPlaybooks } from './playbooks.ts';
import type { RtpRecipe } from './types.ts';

/** Points that each annealed wafer adds to the charts of its chamber. */
export const rtpCharts = [
  { parameter: 'max_overshoot_c', title: 'Largest overshoot', unit: '°C', low: -1, high: 3 },
  { parameter: 'soak_error_c', title: 'Mean error in soak', unit: '°C', low: -0.5, high: 0.5 },
  { parameter: 'zone_spread_c', title: 'Spread of the zones 3σ', unit: '°C', low: 0, high: 1.5 },
] as const;

/** Above this the lamps hold a wafer hot; colder samples are of loading and of the start of the first ramp. */
const whileHot = { channel: 'measured_temp_c', above: 600 } as const;

/** Channels that hang together while the wafer is hot: the power of each zone and what it does. */
const features: readonly WatchedFeature[] = [
  ...Array.from({ length: CHAMBER.zoneCount }, (_, index) =>
    mean(`zone_${index + 1}_lamp_power`, `zone_${index + 1}_lamp_power_pct`),
  ),
  mean('measured_temp', 'measured_temp_c'),
  mean('thermocouple_temp', 'thermocouple_temp_c'),
  mean('emissivity', 'emissivity'),
  mean('chamber_pressure', 'chamber_pressure_torr'),
  mean('n2_flow', 'n2_flow_slm'),
];

/** What is watched from anneal to anneal. */
export const rtpMonitoring: MonitoringRules<RtpRecipe> = {
  // Tens of degrees: who follows advice by hand stays in the family.
  family: ({ segments, controller }) =>
    `${segments.map(({ targetC, durationS }) => `${10 * Math.round(targetC / 10)} °C ${durationS} s`).join(', ')}, ${controller}`,
  charts: rtpCharts,
  features,
  playbooks: rtpPlaybooks,
};

function mean(id: string, channel: string): WatchedFeature {
  return { id, channel, statistic: 'mean', while: whileHot };
}
