import { runProcessService } from '@spectra/process-host';
import { rtpProcess } from '@spectra/rtp-process';
import { serveCalculators } from './serve-calculators.ts';
import { bringTools } from './tools.ts';

await runProcessService(rtpProcess, process.env, {
  calculators: serveCalculators,
  tools: { bring: bringTools, threadFile: new URL('./tool-thread.ts', import.meta.url) },
});
