/** One number of ours against one of the reference. */
export type Check = {
  quantity: string;
  reference: number;
  value: number;
  /** In per cent of the reference, or in the quantity's own unit; `tolerance` is in the same. */
  deviation: number;
  tolerance: number;
  relative: boolean;
  passed: boolean;
};

/** A row of a reference table with all its checks. */
export type CheckedRow = { label: string; checks: readonly Check[] };

type Compared = { quantity: string; reference: number; value: number; tolerance: number };

/** Compares in per cent of the reference. A value that is not a number fails. */
export function relativeCheck(compared: Compared): Check {
  return checked(compared, 100 * (compared.value / compared.reference - 1), true);
}

/** Compares the plain difference. A value that is not a number fails. */
export function absoluteCheck(compared: Compared): Check {
  return checked(compared, compared.value - compared.reference, false);
}

/** All that left their tolerance, as sentences. */
export function failuresOf(rows: readonly CheckedRow[]): string[] {
  return rows.flatMap(({ label, checks }) =>
    checks
      .filter((check) => !check.passed)
      .map(
        ({ quantity, value, reference, deviation, tolerance, relative }) =>
          `${label}: ${quantity} is ${value}, reference ${reference}: deviation ${deviation.toPrecision(3)}${relative ? ' %' : ''}, tolerance ${tolerance}`,
      ),
  );
}

function checked(compared: Compared, deviation: number, relative: boolean): Check {
  return { ...compared, deviation, relative, passed: Math.abs(deviation) <= compared.tolerance };
}
