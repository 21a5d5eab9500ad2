/** Throws a RangeError that names the field, its value and the limits unless min <= value <= max. */
export function requireInRange(field: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new RangeError(`${field} is ${value}; it must lie between ${min} and ${max}`);
}

/** Throws a RangeError that names the field unless the array has the expected length and finite numbers. */
export function requireNumbers(field: string, values: readonly number[], length: number): void {
  if (values.length !== length) {
    throw new RangeError(`${field} has ${values.length} values; it must have ${length}`);
  }
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw new RangeError(`${field} holds ${value}; every value must be a finite number`);
    }
  }
}
