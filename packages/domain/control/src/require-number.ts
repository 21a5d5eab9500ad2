/** Refuses a value that is not a finite number. */
export function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} is ${value}; it must be a finite number`);
}

/** Refuses a value that is not a finite number above zero. */
export function requirePositive(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) throw new RangeError(`${name} is ${value}; it must be above 0`);
}

/** Refuses a value outside a closed range. */
export function requireWithin(name: string, value: number, range: readonly [number, number]): void {
  if (!(value >= range[0] && value <= range[1])) {
    throw new RangeError(`${name} is ${value}; it must lie between ${range[0]} and ${range[1]}`);
  }
}
