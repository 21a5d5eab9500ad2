import type { MonitoringRules, WatchedFeature } from '@spectra/run-engine';
import { ionPlaybooks } from './playbooks.ts';
import type { IonRecipe } from './types.ts';

/** Points that each implanted wafer adds to the charts of its implanter. */
export const ionCharts = [
  { parameter: 'dose_error_pct', title: 'Dose error', unit: '%', low: -0.5, high: 0.5 },
  { parameter: 'dose_uniformity_pct', title: 'Dose uniformity 1σ', unit: '%', low: 0, high: 1 },
] as const;

const whileImplanting = { channel: 'dose_rate', above: 0 } as const;

/** Channels that hang together while the beam is on the wafer. */
const features: readonly WatchedFeature[] = [
  mean('beam_current', 'beam_current_ma'),
  mean('source_current', 'beam_current_setpoint_ma'),
  mean('scan_speed', 'scan_speed_mm_s'),
  mean('source_pressure', 'source_pressure_torr'),
  mean('analyzer_pressure', 'analyzer_pressure_torr'),
  mean('process_pressure', 'process_pressure_torr'),
  { ...mean('analyzer_field', 'analyzer_field_t'), relativeTo: 'analyzer_field_setpoint_t' },
  mean('extraction_voltage', 'extraction_voltage_kv'),
  mean('wafer_temp', 'wafer_temp_c'),
  { ...mean('beam_current_sigma', 'beam_current_ma'), statistic: 'sigma' },
];

/** What is watched from implant to implant. */
export const ionMonitoring: MonitoringRules<IonRecipe> = {
  // Two digits of dose: who follows advice by hand stays in the family.
  family: ({ species, energyKeV, dosePerCm2, beamCurrentMa }) =>
    `${species} ${energyKeV} keV, ${dosePerCm2.toExponential(1)} cm⁻², ${beamCurrentMa} mA`,
  charts: ionCharts,
  features,
  playbooks: ionPlaybooks,
};

function mean(id: string, channel: string): WatchedFeature {
  return { id, channel, statistic: 'mean', while: whileImplanting };
}
