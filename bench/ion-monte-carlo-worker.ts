import { parentPort, workerData } from 'node:worker_threads';
import { type ImplantInput, monteCarloPlan, runMonteCarloBatch } from '@spectra/ion-physics';

/** Runs every `threads`-th batch of one Monte Carlo run for the scaling bench; tells when its tables and its batches are done. */
const { input, ions, thread, threads } = workerData as {
  input: ImplantInput;
  ions: number;
  thread: number;
  threads: number;
};
const plan = monteCarloPlan(input, { ions, seed: 1 });
runMonteCarloBatch(plan, 0);
tell('ready');
parentPort?.once('message', () => {
  for (let i = thread; i < plan.batchCount; i += threads) runMonteCarloBatch(plan, i);
  tell('done');
  parentPort?.close();
});

function tell(message: string): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(message);
}
