/**
 * Runs batches 0 … total − 1, some side by side, each as soon as another has ended. Handing out one at a time keeps the
 * threads free for others in between, and a stop waits for no batch that has not begun.
 */
export async function runBatches<Batch>(work: {
  total: number;
  sideBySide: number;
  run: (batchIndex: number) => Promise<Batch>;
  done: (count: number) => void;
}): Promise<Batch[]> {
  const batches: Batch[] = [];
  let next = 0;
  const oneAfterAnother = async (): Promise<void> => {
    while (next < work.total) {
      const index = next;
      next += 1;
      batches.push(await work.run(index));
      work.done(batches.length);
    }
  };
  await Promise.all(Array.from({ length: work.sideBySide }, oneAfterAnother));
  return batches;
}
