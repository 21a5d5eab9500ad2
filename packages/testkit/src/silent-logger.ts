import { createLogger, type Logger } from '@spectra/service-kit';

/** A logger that says nothing, for adapters under test. */
export function silentLogger(): Logger {
  return createLogger({ service: 'test', level: 'silent' });
}
