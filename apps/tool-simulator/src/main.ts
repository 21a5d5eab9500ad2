import { ionProcess } from '@spectra/ion-process';
import { rtpProcess } from '@spectra/rtp-process';
import {
  Gauge,
  createHealth,
  createLogger,
  createMetrics,
  readSettings,
  runService,
  startAdminServer,
  systemClock,
} from '@spectra/service-kit';
import { settingsSchema } from './settings.ts';
import { simulateTool } from './simulated-tool.ts';
import { ToolJournal } from './tool-journal.ts';
import { ToolServer } from './tool-server.ts';

const settings = readSettings(settingsSchema, process.env);
const logger = createLogger({ service: 'tool-simulator', level: settings.LOG_LEVEL });
const clock = systemClock;

const server = new ToolServer({
  host: settings.TOOL_LINK_HOST,
  port: settings.TOOL_LINK_PORT,
  clock,
  logger,
  makeTool: (process, equipment) => {
    const journal = new ToolJournal(settings.TOOL_JOURNAL_FOLDER, equipment, () => clock.nowMs());
    if (process === ionProcess.id) return simulateTool(ionProcess, { journal, clock });
    if (process === rtpProcess.id) return simulateTool(rtpProcess, { journal, clock });
    return null;
  },
});

const registry = createMetrics();
new Gauge({
  name: 'spectra_tools_energised',
  help: 'Simulated tools with energy on',
  registers: [registry],
  collect() {
    this.set(server.energisedCount);
  },
});
const health = createHealth({ service: 'tool-simulator', version: '0.1.0', clock, dependencies: {} });

await runService({
  name: 'tool-simulator',
  logger,
  tracesEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  parts: [startAdminServer({ port: settings.ADMIN_PORT, health, registry }), server],
});
