import { ionProcess } from '@spectra/ion-process';
import { runProcessService } from '@spectra/process-host';
import { serveCalculators } from './serve-calculators.ts';
import { bringTools } from './tools.ts';

await runProcessService(ionProcess, process.env, {
  calculators: serveCalculators,
  tools: { bring: bringTools, threadFile: new URL('./tool-thread.ts', import.meta.url) },
});
