import type { FieldError, MeasuredParameter, Measurement } from '@spectra/schemas';

/** Clocks of instruments may be ahead of ours by this much. */
const clockSkewMs = 5 * 60_000;

/** What is wrong with a measurement by itself: its parameter, its values, its time. */
export function measurementErrors(
  measurement: Measurement,
  known: readonly MeasuredParameter[],
  about: { path: (field: string) => string; nowMs: number },
): FieldError[] {
  const { path, nowMs } = about;
  const parameter = known.find((each) => each.parameter === measurement.parameter);
  if (!parameter) {
    const limit = { one_of: known.map((each) => each.parameter) };
    return [
      { path: path('parameter'), message: 'is not measured here', value: measurement.parameter, limit },
    ];
  }
  const measuredMs = measurement.measured_at === undefined ? nowMs : Date.parse(measurement.measured_at);
  const future = {
    path: path('measured_at'),
    message: 'must not lie in the future',
    value: measurement.measured_at,
    limit: { maximum: new Date(nowMs + clockSkewMs).toISOString() },
  };
  return [
    ...implausible(path('value'), measurement.value, parameter),
    ...(measurement.sites ?? []).flatMap((site, index) =>
      implausible(path(`sites.${index}.value`), site.value, parameter),
    ),
    ...(measuredMs > nowMs + clockSkewMs ? [future] : []),
  ];
}

function implausible(path: string, value: number, parameter: MeasuredParameter): FieldError[] {
  const { minimum, maximum, unit, title } = parameter;
  const message = `${title} in ${unit} is not plausible`;
  if (value < minimum) return [{ path, message, value, limit: { minimum } }];
  return value > maximum ? [{ path, message, value, limit: { maximum } }] : [];
}
