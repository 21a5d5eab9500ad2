/** A profile and the relative standard uncertainties of what shapes it. */
export interface UncertainProfile {
  readonly depthNm: ArrayLike<number>;
  readonly concentrationPerCm3: ArrayLike<number>;
  readonly relativeDose: number;
  readonly relativeRange: number;
}

const COVERAGE_FACTOR = 2;

/**
 * Expanded uncertainty (k = 2, about 95 %) of the concentration at each depth, in 1/cm³.
 *
 * A relative error r of the range stretches the profile: C(z) → C(z/(1 + r))/(1 + r), so ∂C/∂r = −(C + z dC/dz); a
 * relative error d of the dose scales it: ∂C/∂d = C. The two are independent, so
 * u(C)² = (C u(d))² + ((C + z dC/dz) u(r))² and U = 2 u.
 * C concentration in 1/cm³, z depth in nm; u(d), u(r) relative standard uncertainties of dose and range.
 * Source: law of propagation of uncertainty, JCGM 100:2008, 5.1.2. It is linear, so it holds for u(r) up to about 10 %
 * and understates the tail, where C falls within a few per cent of depth. Derivative by central differences.
 * Worked value: C = 10¹⁸ e^(−z/10 nm) at z = 20 nm with 1 % dose and 3 % range → C = 1.353·10¹⁷, U = 8.6·10¹⁵.
 */
export function concentrationUncertaintyPerCm3(profile: UncertainProfile): number[] {
  const { depthNm, concentrationPerCm3, relativeDose, relativeRange } = profile;
  const last = depthNm.length - 1;
  return Array.from({ length: depthNm.length }, (_, i) => {
    const [before, after] = [Math.max(0, i - 1), Math.min(last, i + 1)];
    const widthNm = (depthNm[after] ?? 0) - (depthNm[before] ?? 0);
    const rise = (concentrationPerCm3[after] ?? 0) - (concentrationPerCm3[before] ?? 0);
    const here = concentrationPerCm3[i] ?? 0;
    const stretched = here + (widthNm > 0 ? ((depthNm[i] ?? 0) * rise) / widthNm : 0);
    return COVERAGE_FACTOR * Math.hypot(here * relativeDose, stretched * relativeRange);
  });
}
