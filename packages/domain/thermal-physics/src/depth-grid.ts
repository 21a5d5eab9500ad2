/** Finite-volume grid over depth: nodes, distances between them, and cell widths, all in cm; node 0 is the surface. */
export type DepthGrid = {
  depthCm: Float64Array;
  spacingCm: Float64Array;
  cellCm: Float64Array;
};

/** What the grid must resolve: the implanted part and how far the dopant may reach. */
export type GridDemand = { implantEndCm: number; reachCm: number; refinement: number };

/**
 * Builds a graded grid: sub-nanometre cells at the surface (where dopant leaves), even cells through the implant,
 * widening cells below.
 *
 * spacing: from 0.4 nm by 4 % a node up to (implant depth)/260, even to the implant's end, then 6 % a node.
 * `refinement` divides every spacing and softens the ratios alike, so 2 halves the grid everywhere.
 */
export function buildDepthGrid(demand: GridDemand): DepthGrid {
  const { implantEndCm, reachCm, refinement } = demand;
  const evenCm = Math.max(implantEndCm / 260, SURFACE_SPACING_CM) / refinement;
  const depths = [0];
  let x = 0;
  let spacing = Math.min(SURFACE_SPACING_CM / refinement, evenCm);
  while (x < reachCm) {
    x += spacing;
    depths.push(x);
    if (x > implantEndCm) spacing *= 1 + 0.06 / refinement;
    else spacing = Math.min(evenCm, spacing * (1 + 0.04 / refinement));
  }
  return gridFrom(Float64Array.from(depths));
}

/**
 * Moves a profile onto the grid so that the dose is kept exactly: every cell gets the dose that the profile,
 * taken as exponential between its points, has inside it.
 */
export function remapProfile(
  grid: DepthGrid,
  depthNm: readonly number[],
  concentrationPerCm3: readonly number[],
): Float64Array {
  const dose = cumulativeDose(depthNm, concentrationPerCm3);
  const nodes = grid.depthCm.length;
  const remapped = new Float64Array(nodes);
  let edgeCm = 0;
  let doseAtEdge = 0;
  for (let i = 0; i < nodes; i += 1) {
    edgeCm += grid.cellCm[i] ?? 0;
    const doseBelow = i === nodes - 1 ? dose.total : dose.upTo(edgeCm);
    remapped[i] = Math.max(0, doseBelow - doseAtEdge) / (grid.cellCm[i] ?? 1);
    doseAtEdge = doseBelow;
  }
  return remapped;
}

/** Dose of a profile on the grid, 1/cm2. */
export function doseOnGrid(grid: DepthGrid, concentrationPerCm3: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < grid.cellCm.length; i += 1)
    sum += (concentrationPerCm3[i] ?? 0) * (grid.cellCm[i] ?? 0);
  return sum;
}

const SURFACE_SPACING_CM = 0.4e-7;

function gridFrom(depthCm: Float64Array): DepthGrid {
  const nodes = depthCm.length;
  const spacingCm = Float64Array.from(
    { length: nodes - 1 },
    (_, i) => (depthCm[i + 1] ?? 0) - (depthCm[i] ?? 0),
  );
  const cellCm = Float64Array.from(
    { length: nodes },
    (_, i) => ((spacingCm[i - 1] ?? 0) + (spacingCm[i] ?? 0)) / 2,
  );
  return { depthCm, spacingCm, cellCm };
}

/** Running dose of a profile; asked with increasing depths only. */
function cumulativeDose(depthNm: readonly number[], concentrationPerCm3: readonly number[]) {
  const startCm = (depthNm[0] ?? 0) * 1e-7;
  const sums = [(concentrationPerCm3[0] ?? 0) * startCm];
  for (let i = 1; i < depthNm.length; i += 1) {
    const widthCm = ((depthNm[i] ?? 0) - (depthNm[i - 1] ?? 0)) * 1e-7;
    const part = exponentialArea(concentrationPerCm3[i - 1] ?? 0, concentrationPerCm3[i] ?? 0, widthCm);
    sums.push((sums[i - 1] ?? 0) + part);
  }
  let piece = 1;
  const upTo = (depthCm: number): number => {
    const depth = depthCm * 1e7;
    if (depth <= (depthNm[0] ?? 0)) return (concentrationPerCm3[0] ?? 0) * depthCm;
    while (piece < depthNm.length - 1 && (depthNm[piece] ?? 0) < depth) piece += 1;
    const from = depthNm[piece - 1] ?? 0;
    const to = depthNm[piece] ?? 0;
    if (depth >= to) return sums[piece] ?? 0;
    const share = (depth - from) / (to - from);
    const upper = concentrationPerCm3[piece - 1] ?? 0;
    const lower = concentrationPerCm3[piece] ?? 0;
    const here = upper > 0 && lower > 0 ? upper * (lower / upper) ** share : upper + share * (lower - upper);
    return (sums[piece - 1] ?? 0) + exponentialArea(upper, here, (depth - from) * 1e-7);
  };
  return { upTo, total: sums.at(-1) ?? 0 };
}

/** Area under an exponential between two values; straight line where one is zero or both nearly agree. */
function exponentialArea(from: number, to: number, width: number): number {
  if (from <= 0 || to <= 0 || Math.abs(from / to - 1) < 1e-6) return ((from + to) / 2) * width;
  return (width * (from - to)) / Math.log(from / to);
}
