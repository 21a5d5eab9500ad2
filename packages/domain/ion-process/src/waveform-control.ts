import { uniformityCorrection } from '@spectra/control';
import { waferRows } from './dose-map.ts';
import type { IonControl, IonReadings } from './types.ts';

/** While tuning, each measurement takes out this share of the unevenness; noise averages over some of them. */
const TUNING_GAIN = 0.4;
/** Between strokes the map's remaining error is given back gently: it belongs to all strokes so far. */
const STROKE_GAIN = 0.3;
const WEIGHT_SPAN = 0.25;

/** Fast-scan dwell after one look of the travelling cup at the parked beam. */
export function measuredWaveform(control: IonControl, readings: IonReadings): readonly number[] {
  if (readings.columnProfile === null || readings.pass >= 0 || readings.beamCurrentMa <= 0) {
    return control.waveform;
  }
  return uniformityCorrection({
    doseMap: readings.columnProfile,
    weights: control.waveform,
    gain: TUNING_GAIN,
    weightSpanMax: WEIGHT_SPAN,
  });
}

/** Fast-scan dwell for the next stroke, from the columns of the dose map. */
export function mapWaveform(control: IonControl, map: readonly (readonly number[])[]): readonly number[] {
  const rows = waferRows(map, control.planned);
  const columns = control.waveform.map((_, column) =>
    rows.reduce((sum, row) => sum + (row.dose[column] ?? 0), 0),
  );
  if (!columns.every((dose) => dose > 0)) return control.waveform;
  return uniformityCorrection({
    doseMap: columns,
    weights: control.waveform,
    gain: STROKE_GAIN,
    weightSpanMax: WEIGHT_SPAN,
  });
}
