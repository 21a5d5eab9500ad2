export type { DossierReader } from './dossier-reader.ts';
export { readCompliance, readResults } from './read-results.ts';
export { exportRun, type ExportEnd, type RunExport } from './export-run.ts';
export { readTelemetryFile, telemetryFormats, type TelemetryFormat } from './telemetry-files.ts';
