import { runProcessService } from '@spectra/process-host';
import { rtpProcess } from '@spectra/rtp-process';
import { serveCalculators } from './serve-calculators.ts';

await runProcessService(rtpProcess, process.env, serveCalculators);
