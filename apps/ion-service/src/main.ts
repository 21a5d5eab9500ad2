import { ionProcess } from '@spectra/ion-process';
import { runProcessService } from '@spectra/process-host';
import { serveCalculators } from './serve-calculators.ts';

await runProcessService(ionProcess, process.env, serveCalculators);
