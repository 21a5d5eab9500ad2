/** The JavaScript port of R's quadprog; matrices and vectors count from 1 (entry 0 is unused). */
declare module 'quadprog' {
  /** Minimises ½ bᵀDb − dᵀb subject to Aᵀb ≥ b0; `message` is empty when it succeeded. */
  export function solveQP(
    Dmat: number[][],
    dvec: number[],
    Amat: number[][],
    bvec: number[],
  ): { solution: number[]; message: string };
}
