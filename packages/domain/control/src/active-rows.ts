import type { Dense } from './matrix.ts';
import type { SparseRows } from './sparse-rows.ts';
import { multiplySparse } from './sparse-rows.ts';

/** The fixed part of a programme: rows, what a multiplier on each does to the point, and to the rows. */
export type DualGeometry = { readonly sparse: SparseRows; readonly directions: Dense; readonly dual: Dense };

/** The limits of every row. */
export type RowLimits = { readonly lower: ArrayLike<number>; readonly upper: ArrayLike<number> };

/** A row that is beyond one of its limits: `side` is 1 for upper, −1 for lower. */
export type Violation = { readonly row: number; readonly side: 1 | -1; readonly amount: number };

type StepLength = { readonly length: number; readonly blocking: number };

/**
 * The working set of the dual active-set method: which rows are held at a limit, their multipliers, and a
 * Cholesky factor of the dual Hessian over them. Lives for one solve only.
 */
export class ActiveRows {
  readonly rowCount: number;
  readonly #geometry: DualGeometry;
  readonly #dual: Float64Array;
  readonly #limits: RowLimits;
  readonly #free: Float64Array;
  /** Value of every row at the unconstrained minimum, and at the present point. */
  readonly #freeRows: Float64Array;
  readonly #position: Float64Array;
  #point: Float64Array;
  readonly #isActive: Uint8Array;
  #rows: number[] = [];
  #sides: (1 | -1)[] = [];
  #multipliers: number[] = [];
  /** Rows of the lower Cholesky factor. */
  #factor: Float64Array[] = [];

  constructor(geometry: DualGeometry, free: Float64Array, limits: RowLimits) {
    this.rowCount = geometry.dual.rows;
    this.#geometry = geometry;
    this.#dual = geometry.dual.values;
    this.#limits = limits;
    this.#free = free;
    this.#point = Float64Array.from(free);
    this.#freeRows = new Float64Array(this.rowCount);
    multiplySparse(geometry.sparse, free, this.#freeRows);
    this.#position = Float64Array.from(this.#freeRows);
    this.#isActive = new Uint8Array(this.rowCount);
  }

  point(): Float64Array {
    return this.#point;
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
    this.#recomputePoint();
  }

  mostViolated(tolerance: number): Violation | null {
    let worst: Violation | null = null;
    let worstAmount = 0;
    const { lower, upper } = this.#limits;
    const position = this.#position;
    for (let row = 0; row < this.rowCount; row += 1) {
      const at = position[row]!;
      const above = at - upper[row]!;
      const below = lower[row]! - at;
      const amount = above > below ? above : below;
      if (amount <= worstAmount || this.#isActive[row] === 1) continue;
      const scale = 1 + Math.abs(above > below ? upper[row]! : lower[row]!);
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
    if (this.#rows.length === 0) return;
    this.#resolveMultipliers();
    this.#recomputePoint();
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
    if (signed === 0) return;
    this.#shiftPoint(step.row, signed);
    for (let j = 0; j < step.share.length; j += 1) {
      const change = signed * step.share[j]!;
      this.#multipliers[j]! -= change;
      this.#shiftPoint(this.#rows[j]!, -change);
    }
    multiplySparse(this.#geometry.sparse, this.#point, this.#position);
  }

  #shiftPoint(row: number, multiplier: number): void {
    const { columns, values } = this.#geometry.directions;
    const point = this.#point;
    const start = row * columns;
    for (let i = 0; i < columns; i += 1) point[i]! -= multiplier * values[start + i]!;
  }

  #append(entry: { row: number; side: 1 | -1; multiplier: number; tolerance: number }): boolean {
    const size = this.#rows.length;
    const line = new Float64Array(size + 1);
    const factor = this.#factor;
    const rows = this.#rows;
    const dual = this.#dual;
    const start = entry.row * this.rowCount;
    let pivot = dual[start + entry.row]!;
    for (let j = 0; j < size; j += 1) {
      const value = (dual[start + rows[j]!]! - partialDot(line, factor[j]!, j)) / factor[j]![j]!;
      line[j] = value;
      pivot -= value * value;
    }
    if (!(pivot > entry.tolerance * dual[start + entry.row]!)) return false;
    line[size] = Math.sqrt(pivot);
    this.#factor.push(line);
    this.#rows.push(entry.row);
    this.#sides.push(entry.side);
    this.#multipliers.push(entry.multiplier);
    this.#isActive[entry.row] = 1;
    return true;
  }

  /** Drops one row: its line leaves the factor, and plane rotations make the rest triangular again. */
  #remove(position: number): void {
    this.#isActive[this.#rows[position]!] = 0;
    this.#rows.splice(position, 1);
    this.#sides.splice(position, 1);
    this.#multipliers.splice(position, 1);
    this.#factor.splice(position, 1);
    for (let k = position; k < this.#factor.length; k += 1) rotateColumns(this.#factor, k);
  }

  #dropWrongSigns(): boolean {
    const before = this.#rows.length;
    for (let j = before - 1; j >= 0; j -= 1) {
      const pulls = this.#multipliers[j]! * this.#sides[j]! < 0;
      if (pulls && !this.#isEquality(this.#rows[j]!)) this.#remove(j);
    }
    return this.#rows.length < before;
  }

  #isEquality(row: number): boolean {
    return this.#limits.lower[row] === this.#limits.upper[row];
  }

  #resolveMultipliers(): void {
    const target = new Float64Array(this.#rows.length);
    for (let j = 0; j < target.length; j += 1) {
      const row = this.#rows[j]!;
      const limit = this.#sides[j] === 1 ? this.#limits.upper[row]! : this.#limits.lower[row]!;
      target[j] = this.#freeRows[row]! - limit;
    }
    this.#solve(target);
    this.#multipliers = Array.from(target);
  }

  #recomputePoint(): void {
    this.#point = Float64Array.from(this.#free);
    for (let j = 0; j < this.#rows.length; j += 1) this.#shiftPoint(this.#rows[j]!, this.#multipliers[j]!);
    multiplySparse(this.#geometry.sparse, this.#point, this.#position);
  }

  #solve(x: Float64Array): void {
    const size = x.length;
    for (let i = 0; i < size; i += 1) {
      const line = this.#factor[i]!;
      x[i] = (x[i]! - partialDot(line, x, i)) / line[i]!;
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

function partialDot(a: Float64Array, b: Float64Array, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k += 1) sum += a[k]! * b[k]!;
  return sum;
}

/** Turns columns k and k + 1 of all lines from k on so that line k ends on its diagonal. */
function rotateColumns(factor: readonly Float64Array[], k: number): void {
  const first = factor[k]!;
  const length = Math.hypot(first[k]!, first[k + 1]!);
  const cosine = first[k]! / length;
  const sine = first[k + 1]! / length;
  for (let i = k; i < factor.length; i += 1) {
    const line = factor[i]!;
    const left = line[k]!;
    const right = line[k + 1]!;
    line[k] = cosine * left + sine * right;
    line[k + 1] = cosine * right - sine * left;
  }
}
