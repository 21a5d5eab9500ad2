/** An input that a formula does not hold for. Names the field, its value and the limits. */
export class OutOfRangeError extends RangeError {
  readonly field: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;

  constructor(limits: { field: string; value: number; min: number; max: number; unit: string }) {
    const { field, value, min, max, unit } = limits;
    super(
      `${field} is ${value} ${unit}; it must be from ${min} to ${max} ${unit}`.replaceAll(/ +(;|$)/g, '$1'),
    );
    this.name = 'OutOfRangeError';
    this.field = field;
    this.value = value;
    this.min = min;
    this.max = max;
  }
}

/** Throws an {@link OutOfRangeError} unless min ≤ value ≤ max (NaN is refused too). */
export function requireWithin(limits: {
  field: string;
  value: number;
  min: number;
  max: number;
  unit: string;
}): void {
  if (!(limits.value >= limits.min && limits.value <= limits.max)) throw new OutOfRangeError(limits);
}
