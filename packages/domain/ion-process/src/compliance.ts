import { toleranceRule } from '@spectra/run-engine';
import type { ComplianceRule } from '@spectra/run-engine';
import { DOSE_TOLERANCE_SHARE, LIMIT } from './interlocks.ts';

const dosePct = DOSE_TOLERANCE_SHARE * 100;

/** What an implant is held to, beside the rules of every process. */
export const ionCompliance: readonly ComplianceRule[] = [
  toleranceRule({
    id: 'dose_tolerance',
    title: 'Dose within tolerance',
    requirement: `The dose of each wafer is within ${dosePct} % of its setpoint (control specification)`,
    weight: 'required',
    metric: 'dose_error_pct',
    low: -dosePct,
    high: dosePct,
  }),
  toleranceRule({
    id: 'dose_uniformity',
    title: 'Dose even over the wafer',
    requirement: 'One sigma of the dose map of each wafer is at most 1 %',
    weight: 'required',
    metric: 'dose_uniformity_pct',
    high: 1,
  }),
  toleranceRule({
    id: 'dose_uniformity_goal',
    title: 'Dose as even as the tool can',
    requirement:
      'One sigma of the dose map of each wafer is below 0.5 % (control specification, nominal beam)',
    weight: 'advised',
    metric: 'dose_uniformity_pct',
    high: 0.5,
  }),
  toleranceRule({
    id: 'wafer_temperature',
    title: 'Wafer kept cool',
    requirement: `No wafer gets hotter than ${LIMIT.waferTempC} °C, which the platen interlock guards too`,
    weight: 'required',
    metric: 'peak_wafer_temp_c',
    high: LIMIT.waferTempC,
  }),
];
