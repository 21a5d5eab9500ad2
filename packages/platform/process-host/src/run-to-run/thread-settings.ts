import { checkRunToRun } from '@spectra/control';
import type { RunToRunSettings } from '@spectra/control';
import type { FieldError, RunToRunChange, RunToRunWireSettings } from '@spectra/schemas';

/** Settings as they travel. */
export function toWireSettings(settings: RunToRunSettings): RunToRunWireSettings {
  return {
    lambda1: settings.weights.lambda1,
    lambda2: settings.weights.lambda2,
    target: settings.target,
    model_gain: settings.modelGain,
    gain_ratio_max: settings.gainRatioMax,
    input_min: settings.inputMin,
    input_max: settings.inputMax,
    move_max: settings.moveMax,
    dead_band: settings.deadBand,
    noise_sigma: settings.noiseSigma,
    outlier_sigma: settings.outlierSigma,
  };
}

/** The process's defaults with what somebody changed of them. */
export function withChanges(defaults: RunToRunSettings, changes: RunToRunChange): RunToRunSettings {
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  const wire: RunToRunWireSettings = { ...toWireSettings(defaults), ...Object.fromEntries(set) };
  return {
    weights: { lambda1: wire.lambda1, lambda2: wire.lambda2 },
    target: wire.target,
    modelGain: wire.model_gain,
    gainRatioMax: wire.gain_ratio_max,
    inputMin: wire.input_min,
    inputMax: wire.input_max,
    moveMax: wire.move_max,
    deadBand: wire.dead_band,
    noiseSigma: wire.noise_sigma,
    outlierSigma: wire.outlier_sigma,
  };
}

/** What keeps settings from being used; a loop that does not settle is told with the weight that would. */
export function settingsErrors(settings: RunToRunSettings, neutralInput: number): FieldError[] {
  const { weights, gainRatioMax, inputMin, inputMax } = settings;
  const errors: FieldError[] = [];
  if (settings.modelGain === 0) {
    errors.push({ path: 'settings.model_gain', message: 'must not be 0', value: 0 });
  }
  if (inputMin > neutralInput) errors.push(beyondNeutral('input_min', inputMin, { maximum: neutralInput }));
  if (inputMax < neutralInput) errors.push(beyondNeutral('input_max', inputMax, { minimum: neutralInput }));
  const check = checkRunToRun(settings);
  if (errors.length > 0 || check.ok) return errors;
  const limit =
    weights.lambda2 === 0
      ? { below: 2 / gainRatioMax }
      : { spectral_radius_below: 1, gain_ratio_max: gainRatioMax };
  return [{ path: 'settings.lambda1', message: check.detail, value: weights.lambda1, limit }];
}

function beyondNeutral(field: string, value: number, limit: Record<string, number>): FieldError {
  return { path: `settings.${field}`, message: 'must leave room for the recipe as asked', value, limit };
}
