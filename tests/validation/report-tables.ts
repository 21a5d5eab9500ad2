import type { Check, CheckedRow } from './check.ts';

/** The worst case of each quantity: what a reader wants first. */
export function worstCases(section: string, rows: readonly CheckedRow[]): string[] {
  const quantities = rows[0]?.checks.map((check) => check.quantity) ?? [];
  return quantities.map((quantity) => {
    const all = rows.flatMap(({ label, checks }) =>
      checks.filter((check) => check.quantity === quantity).map((check) => ({ label, check })),
    );
    const passed = all.filter(({ check }) => check.passed).length;
    const worst = all.reduce((a, b) => (usedShare(b.check) > usedShare(a.check) ? b : a));
    const tolerance = toleranceText(worst.check);
    const verdict = passed === all.length ? `${passed} of ${all.length}` : `**${passed} of ${all.length}**`;
    return `| ${section} | ${quantity} | ${deviationText(worst.check)} | ${worst.label} | ${tolerance} | ${verdict} |`;
  });
}

/** A table with one line for each reference row: ours, reference and deviation by quantity, and if all passed. */
export function rowTable(rows: readonly CheckedRow[]): string[] {
  const quantities = rows[0]?.checks.map((check) => check.quantity) ?? [];
  return [
    `| row | ${quantities.join(' | ')} | passed |`,
    `|---|${quantities.map(() => '---').join('|')}|---|`,
    ...rows.map(rowLine),
  ];
}

/** A number as tables show it: four significant digits, powers of ten where they help. */
function tableNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 1e-4)) return value.toExponential(3).replace('e+', 'e');
  return size >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

function rowLine({ label, checks }: CheckedRow): string {
  const failed = checks.filter((check) => !check.passed).map((check) => check.quantity);
  const verdict = failed.length === 0 ? 'yes' : `**no: ${failed.join(', ')}**`;
  return `| ${label} | ${checks.map(cell).join(' | ')} | ${verdict} |`;
}

function cell(check: Check): string {
  if (check.reference === 0 && !check.relative) return tableNumber(check.value);
  return `${tableNumber(check.value)} (${tableNumber(check.reference)}, ${deviationText(check)})`;
}

function deviationText({ deviation, relative }: Check): string {
  const digits = relative ? (Math.abs(deviation) < 0.01 ? 4 : 2) : 4;
  const text = deviation.toFixed(digits).replace('-', '−');
  const sign = deviation > 0 ? '+' : '';
  return `${sign}${text}${relative ? ' %' : ''}`;
}

function toleranceText({ tolerance, relative }: Check): string {
  return `±${Number(tolerance.toPrecision(3))}${relative ? ' %' : ''}`;
}

function usedShare({ deviation, tolerance }: Check): number {
  return Math.abs(deviation) / tolerance;
}
