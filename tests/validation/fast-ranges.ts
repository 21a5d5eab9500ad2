import { implantProfile } from '@spectra/ion-physics';
import { absoluteCheck, type CheckedRow, relativeCheck } from './check.ts';
import { rangeRows } from './range-reference.ts';

/** The fast profile's moments against every row of the range reference. */
export function fastRanges(): CheckedRow[] {
  return rangeRows().map(({ label, input, reference }) => {
    const { moments } = implantProfile(input);
    const relative = (quantity: string, name: 'projectedRangeNm' | 'straggleNm' | 'lateralStraggleNm') =>
      relativeCheck({
        quantity,
        reference: reference[name],
        value: moments[name],
        tolerance: name === 'projectedRangeNm' ? 3 : 5,
      });
    const absolute = (
      quantity: string,
      name: 'skewness' | 'kurtosis' | 'backscatterFraction',
      tolerance: number,
    ) => absoluteCheck({ quantity, reference: reference[name], value: moments[name], tolerance });
    return {
      label,
      checks: [
        relative('R_p (nm)', 'projectedRangeNm'),
        relative('ΔR_p (nm)', 'straggleNm'),
        relative('lateral straggle (nm)', 'lateralStraggleNm'),
        absolute('skewness', 'skewness', 0.15),
        absolute('kurtosis', 'kurtosis', 0.4),
        absolute('backscattered share', 'backscatterFraction', 0.01),
      ],
    };
  });
}
