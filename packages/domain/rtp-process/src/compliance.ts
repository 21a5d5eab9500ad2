import { toleranceRule } from '@spectra/run-engine';
import type { ComplianceRule } from '@spectra/run-engine';
import { CHAMBER } from './chamber.ts';

/** What an anneal is held to, beside the rules of every process. Numbers of the control specification. */
export const rtpCompliance: readonly ComplianceRule[] = [
  toleranceRule({
    id: 'overshoot',
    title: 'Overshoot within tolerance',
    requirement: 'No wafer overshoots a target by more than 5 °C, on a disturbed chamber too',
    weight: 'required',
    metric: 'max_overshoot_c',
    high: 5,
  }),
  toleranceRule({
    id: 'overshoot_goal',
    title: 'Overshoot as small as on the nominal chamber',
    requirement: 'No wafer overshoots a target by more than 2 °C',
    weight: 'advised',
    metric: 'max_overshoot_c',
    high: 2,
  }),
  toleranceRule({
    id: 'soak_temperature',
    title: 'Soak at its temperature',
    requirement: 'The mean temperature of each soak is within 0.5 °C of its target',
    weight: 'required',
    metric: 'soak_error_c',
    low: -0.5,
    high: 0.5,
  }),
  toleranceRule({
    id: 'zone_spread',
    title: 'Temperature even over the wafer',
    requirement: 'The zones differ by at most 1.5 °C (three sigma) in each soak',
    weight: 'required',
    metric: 'zone_spread_c',
    high: 1.5,
  }),
  toleranceRule({
    id: 'peak_temperature',
    title: 'Below the limit of the chamber',
    requirement: `No wafer gets hotter than ${CHAMBER.overTemperatureC} °C, which an interlock guards too`,
    weight: 'required',
    metric: 'peak_temp_c',
    high: CHAMBER.overTemperatureC,
  }),
];
