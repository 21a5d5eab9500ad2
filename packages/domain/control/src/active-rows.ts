import type { Dense } from './matrix.ts';

/** The limits of every row, and where the unconstrained minimum lies on it. */
export type RowLimits = {
  readonly freeRows: ArrayLike<number>;
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
};

/** A row that is beyond one of its limits: `side` is 1 for upper, −1 for lower. */
export type Violation = { readonly row: number; readonly side: 1 | -1; readonly amount: number };

type StepLength = { readonly length: number; readonly blocking: number };

/**
 * The working set of the dual active-set method: which rows are held at a limit, their multipliers, and a
 * Cholesky factor of the dual Hessian over them. Lives for one solve only.
 */
export class ActiveRows {
  readonly rowCount: number;
  readonly #dual: Float64Array;
  readonly #limits: RowLimits;
  /** Value of every row at the present point. */
  readonly #position: Float64Array;
  readonly #isActive: Uint8Array;
  #rows: number[] = [];
  #sides: (1 | -1)[] = [];
  #multipliers: number[] = [];
  /** Lower Cholesky factor, row-major with stride `rowCount` columns at most. */
  #factor: Float64Array[] = [];

  constructor(dual: Dense, limits: RowLimits) {
    this.rowCount = dual.rows;
    this.#dual = dual.values;
    this.#limits = limits;
    this.#position = Float64Array.from(limits.freeRows);
    this.#isActive = new Uint8Array(dual.rows);
  }

  rows(): readonly number[] {
    return this.#rows;
  }

  multipliers(): number[] {
    return [...this.#multipliers];
  }

  encode(): number[] {
    return this.#rows.map((row, index) => (row + 1) * this.#sides[index]!);
  }

  /** Takes over rows of an earlier solve, dropping what is dependent or would pull instead of push. */
  warmStart(encoded: readonly number[]): void {
    for (const code of encoded) {
      const row = Math.abs(code) - 1;
      const known = row >= 0 && row < this.rowCount && this.#isActive[row] === 0;
      if (known) this.#append({ row, side: code > 0 ? 1 : -1, multiplier: 0, tolerance: 1e-9 });
    }
    this.#resolveMultipliers();
    while (this.#dropWrongSigns()) this.#resolveMultipliers();
    this.#recomputePosition();
  }

  mostViolated(tolerance: number): Violation | null {
    let worst: Violation | null = null;
    let worstAmount = 0;
    for (let row = 0; row < this.rowCount; row += 1) {
      const at = this.#position[row]!;
      const above = at - this.#limits.upper[row]!;
      const below = this.#limits.lower[row]! - at;
      const amount = above > below ? above : below;
      if (amount <= worstAmount || this.#isActive[row] === 1) continue;
      const scale = 1 + Math.abs(above > below ? this.#limits.upper[row]! : this.#limits.lower[row]!);
      if (amount <= tolerance * scale) continue;
      worstAmount = amount;
      worst = { row, side: above > below ? 1 : -1, amount };
    }
    return worst;
  }

  /** Brings a violated row to its limit, dropping rows whose multipliers reach zero; false if none can. */
  enforce(violation: Violation, dependenceTolerance: number): boolean {
    const { row, side } = violation;
    const diagonal = this.#dualAt(row, row);
    let multiplier = 0;
    let remaining = violation.amount;
    for (;;) {
      const share = this.#shareOf(row);
      let curvature = diagonal;
      for (let j = 0; j < share.length; j += 1) curvature -= share[j]! * this.#dualAt(row, this.#rows[j]!);
      const independent = curvature > dependenceTolerance * diagonal;
      const full = independent ? remaining / curvature : Infinity;
      const partial = this.#longestStep(share, side);
      const length = Math.min(full, partial.length);
      if (length === Infinity) return false;
      this.#move({ row, side, share, length });
      multiplier += side * length;
      if (full <= partial.length) return this.#append({ row, side, multiplier, tolerance: 0 });
      remaining -= independent ? length * curvature : 0;
      this.#remove(partial.blocking);
    }
  }

  /** Removes accumulated rounding: solves once more for the multipliers of the final set. */
  polish(): void {
    if (this.#rows.length > 0) this.#resolveMultipliers();
  }

  /** Multiplier change of the active rows per unit multiplier of `row`: D_WW⁻¹ D_W,row. */
  #shareOf(row: number): Float64Array {
    const share = new Float64Array(this.#rows.length);
    for (let j = 0; j < share.length; j += 1) share[j] = this.#dualAt(row, this.#rows[j]!);
    this.#solve(share);
    return share;
  }

  #longestStep(share: Float64Array, side: 1 | -1): StepLength {
    let length = Infinity;
    let blocking = -1;
    for (let j = 0; j < share.length; j += 1) {
      const row = this.#rows[j]!;
      if (this.#limits.lower[row] === this.#limits.upper[row]) continue;
      const fall = share[j]! * side * this.#sides[j]!;
      const stock = Math.max(0, this.#multipliers[j]! * this.#sides[j]!);
      if (fall > 1e-14 && stock / fall < length) {
        length = stock / fall;
        blocking = j;
      }
    }
    return { length, blocking };
  }

  #move(step: { row: number; side: 1 | -1; share: Float64Array; length: number }): void {
    const signed = step.side * step.length;
    this.#shiftPosition(step.row, signed);
    for (let j = 0; j < step.share.length; j += 1) {
      const change = signed * step.share[j]!;
      this.#multipliers[j]! -= change;
      this.#shiftPosition(this.#rows[j]!, -change);
    }
  }

  #shiftPosition(row: number, multiplier: number): void {
    if (multiplier === 0) return;
    const start = row * this.rowCount;
    for (let i = 0; i < this.rowCount; i += 1) this.#position[i]! -= multiplier * this.#dual[start + i]!;
  }

  #append(entry: { row: number; side: 1 | -1; multiplier: number; tolerance: number }): boolean {
    const size = this.#rows.length;
    const line = new Float64Array(size + 1);
    let pivot = this.#dualAt(entry.row, entry.row);
    for (let j = 0; j < size; j += 1) {
      const other = this.#factor[j]!;
      let sum = this.#dualAt(entry.row, this.#rows[j]!);
      for (let k = 0; k < j; k += 1) sum -= line[k]! * other[k]!;
      line[j] = sum / other[j]!;
      pivot -= line[j]! * line[j]!;
    }
    if (!(pivot > entry.tolerance * this.#dualAt(entry.row, entry.row))) return false;
    line[size] = Math.sqrt(pivot);
    this.#factor.push(line);
    this.#rows.push(entry.row);
    this.#sides.push(entry.side);
    this.#multipliers.push(entry.multiplier);
    this.#isActive[entry.row] = 1;
    return true;
  }

  /** Drops one row and rebuilds the factor below it. */
  #remove(position: number): void {
    const later = this.#rows.slice(position + 1).map((row, offset) => ({
      row,
      side: this.#sides[position + 1 + offset]!,
      multiplier: this.#multipliers[position + 1 + offset]!,
      tolerance: 0,
    }));
    for (let j = position; j < this.#rows.length; j += 1) this.#isActive[this.#rows[j]!] = 0;
    this.#rows.length = position;
    this.#sides.length = position;
    this.#multipliers.length = position;
    this.#factor.length = position;
    for (const entry of later) this.#append(entry);
  }

  #dropWrongSigns(): boolean {
    const keep = this.#rows.map((row, j) => ({
      row,
      side: this.#sides[j]!,
      multiplier: this.#multipliers[j]!,
      tolerance: 1e-9,
    }));
    const good = keep.filter((entry) => entry.multiplier * entry.side >= 0 || this.#isEquality(entry.row));
    if (good.length === keep.length) return false;
    this.#isActive.fill(0);
    this.#rows = [];
    this.#sides = [];
    this.#multipliers = [];
    this.#factor = [];
    for (const entry of good) this.#append(entry);
    return true;
  }

  #isEquality(row: number): boolean {
    return this.#limits.lower[row] === this.#limits.upper[row];
  }

  #resolveMultipliers(): void {
    const target = new Float64Array(this.#rows.length);
    for (let j = 0; j < target.length; j += 1) {
      const row = this.#rows[j]!;
      const limit = this.#sides[j] === 1 ? this.#limits.upper[row]! : this.#limits.lower[row]!;
      target[j] = this.#limits.freeRows[row]! - limit;
    }
    this.#solve(target);
    this.#multipliers = Array.from(target);
  }

  #recomputePosition(): void {
    for (let i = 0; i < this.rowCount; i += 1) this.#position[i] = this.#limits.freeRows[i]!;
    for (let j = 0; j < this.#rows.length; j += 1) this.#shiftPosition(this.#rows[j]!, this.#multipliers[j]!);
  }

  #solve(x: Float64Array): void {
    const size = x.length;
    for (let i = 0; i < size; i += 1) {
      const line = this.#factor[i]!;
      let sum = x[i]!;
      for (let k = 0; k < i; k += 1) sum -= line[k]! * x[k]!;
      x[i] = sum / line[i]!;
    }
    for (let i = size - 1; i >= 0; i -= 1) {
      const line = this.#factor[i]!;
      const value = x[i]! / line[i]!;
      x[i] = value;
      for (let k = 0; k < i; k += 1) x[k]! -= line[k]! * value;
    }
  }

  #dualAt(row: number, column: number): number {
    return this.#dual[row * this.rowCount + column]!;
  }
}
