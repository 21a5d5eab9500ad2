import type { MonteCarloBatch } from '@spectra/ion-physics';

/**
 * Answers a function that keeps the counts of all batches in the first one it sees, so that a run of a million ions
 * holds one map and not two thousand. Counts are whole numbers: the order in which they are added changes nothing.
 */
export function foldCounts(): (batch: MonteCarloBatch) => MonteCarloBatch {
  let kept: { total: MonteCarloBatch; noDepths: Uint32Array; noMap: Uint32Array } | null = null;
  return (batch) => {
    if (kept === null) {
      const [depths, cells] = [batch.depthCounts.length, batch.mapCounts.length];
      kept = { total: batch, noDepths: new Uint32Array(depths), noMap: new Uint32Array(cells) };
      return batch;
    }
    addTo(kept.total.depthCounts, batch.depthCounts);
    addTo(kept.total.mapCounts, batch.mapCounts);
    // All the others share these two: they are sent to the thread once.
    return { ...batch, depthCounts: kept.noDepths, mapCounts: kept.noMap };
  };
}

function addTo(total: Uint32Array, counts: Uint32Array): void {
  for (let i = 0; i < counts.length; i += 1) total[i] = (total[i] ?? 0) + (counts[i] ?? 0);
}
